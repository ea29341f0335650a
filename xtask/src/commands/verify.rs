//! `cargo xtask verify`: checks a run folder against its record. Changes nothing.
//!
//! Every recorded output must exist with its digest, every input that is a file must be the
//! recorded one, every step must be done, and there must be no other file.

mod checks;
mod folder;
mod problem;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::run::folder::{CONFIG, RECORD, check_name, seed_runs};
use crate::settings::cli::VerifyArgs;
use crate::support::paths;
use crate::support::progress::status;
use folder::Folder;
pub use problem::{Kind, Problem};

/// The result of a check.
pub struct Report {
    pub problems: Vec<Problem>,
    /// Recorded outputs, those of several runs together.
    pub outputs: usize,
    pub steps: usize,
}

/// Checks a run and prints a line for each problem; an error if there is any.
pub fn verify(args: &VerifyArgs) -> Result<()> {
    let results = args.results.clone().unwrap_or_else(paths::results);
    let folder = find(&results, &args.run)?;
    let Report { problems, outputs, steps } = check(&folder)?;
    problems.iter().for_each(|problem| status(&problem.to_string()));
    let place = folder.display();
    match problems.len() {
        0 => status(&format!("{place}: {outputs} outputs of {steps} steps match the record")),
        1 => bail!("1 problem in {place}"),
        n => bail!("{n} problems in {place}"),
    }
    Ok(())
}

/// Compares a run folder with its record. In the folder of several seeds, compares every run.
pub fn check(folder: &Path) -> Result<Report> {
    let seeds = seed_runs(folder);
    if !seeds.is_empty() && !folder.join(CONFIG).exists() {
        return check_seeds(folder, &seeds);
    }
    if [CONFIG, RECORD].iter().all(|name| !folder.join(name).exists()) {
        bail!("{} is not a run folder: it has neither {CONFIG} nor {RECORD}", folder.display());
    }
    let folder = match Folder::of_run(folder)? {
        Ok(folder) => folder,
        Err(problem) => return Ok(Report { problems: vec![problem], outputs: 0, steps: 0 }),
    };
    let problems = folder.problems()?;
    Ok(Report { problems, outputs: folder.outputs.len(), steps: folder.record.steps.len() })
}

fn check_seeds(folder: &Path, seeds: &[String]) -> Result<Report> {
    let mut all = Report { problems: Vec::new(), outputs: 0, steps: 0 };
    let mut runs = Vec::new();
    for seed in seeds {
        match Folder::of_run(&folder.join(seed))? {
            Ok(run) => {
                all.problems.extend(run.problems()?.into_iter().map(|p| p.within(seed)));
                all.outputs += run.outputs.len();
                all.steps += run.record.steps.len();
                runs.push((seed.as_str(), run));
            }
            Err(problem) => all.problems.push(problem.within(seed)),
        }
    }
    match Folder::of_seeds(folder, seeds, &runs)? {
        Ok(together) => {
            all.problems.extend(together.problems()?);
            all.outputs += together.outputs.len();
            all.steps += together.record.steps.len();
        }
        Err(problem) => all.problems.push(problem),
    }
    Ok(all)
}

/// A run of that name, else a folder of that path.
fn find(results: &Path, run: &Path) -> Result<PathBuf> {
    if let Some(name) = run.to_str().filter(|name| check_name(name).is_ok()) {
        let folder = results.join(name);
        if folder.is_dir() {
            return Ok(folder);
        }
    }
    if !run.is_dir() {
        bail!("there is no run `{}` in {}, and no such folder", run.display(), results.display());
    }
    Ok(run.to_owned())
}
