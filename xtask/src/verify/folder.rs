//! One run folder beside its record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;
use dim_models::Case;

use super::problem::{Kind, Problem};
use crate::config::Settings;
use crate::record::{Record, quoted};
use crate::reproduce::{root, steps};
use crate::run::{CONFIG, RECORD, Run};
use crate::seeds;

/// A run folder and what its record says.
pub struct Folder {
    pub run: Run,
    pub record: Record,
    /// Digests that steps recorded of what they wrote, by name.
    pub outputs: BTreeMap<String, String>,
    /// The same of the runs that this folder holds.
    pub outputs_within: BTreeMap<String, String>,
    /// Every step that a whole run has.
    pub steps: Vec<String>,
    /// Settings as they stand in the file, by key; none in the folder of `--seeds`.
    pub settings: toml::Table,
    /// The command that does what is left to do.
    pub command: String,
    /// The command that measures anew.
    pub measure_again: String,
    /// Names of the run folders that this one holds.
    pub runs: BTreeSet<String>,
}

impl Folder {
    /// The folder of a run; a problem where what it holds cannot be told.
    pub fn of_run(folder: &Path) -> Result<Result<Self, Problem>> {
        let run = Run::look(folder)?;
        let path = run.path(CONFIG);
        let place = place(folder);
        let command = format!(
            "`cargo xtask reproduce --config {} {place}`",
            quoted(&path.display().to_string())
        );
        let record = match read_record(&run, &command) {
            Ok(record) => record,
            Err(problem) => return Ok(Err(problem)),
        };
        let parsed = fs::read_to_string(&path).map_err(anyhow::Error::from).and_then(|text| {
            Ok((toml::from_str::<toml::Table>(&text)?, toml::from_str::<Settings>(&text)?))
        });
        let (table, settings) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                // What trains takes no settings from the run.
                let trained = record.steps.iter().find(|(step, _)| step.starts_with("train-"));
                let command = trained.map(|(_, record)| record.command.replace(" --fresh", ""));
                return Ok(Err(Problem {
                    kind: if path.exists() { Kind::Changed } else { Kind::Missing },
                    file: CONFIG.to_owned(),
                    expected: "the settings of the run".to_owned(),
                    found: format!("{error:#}").replace('\n', " "),
                    mend: command.map_or("make the run anew".to_owned(), |command| {
                        format!("remove it if it is there, then `{command}`")
                    }),
                }));
            }
        };
        let cases: Vec<Case> = settings
            .cases
            .map_or(Case::ALL.to_vec(), |cases| cases.0.iter().map(|c| c.0).collect());
        Ok(Ok(Self {
            outputs: outputs(&record),
            outputs_within: BTreeMap::new(),
            steps: steps(&cases),
            settings: table,
            command,
            measure_again: format!("`cargo xtask measure --fresh {place}`"),
            runs: BTreeSet::new(),
            run,
            record,
        }))
    }

    /// The folder of `--seeds`, that holds `runs`; a problem where its record cannot be read.
    pub fn of_seeds(folder: &Path, runs: &[(&str, Folder)]) -> Result<Result<Self, Problem>> {
        let run = Run::look(folder)?;
        let of_runs = || runs.iter().flat_map(|(_, run)| run.record.steps.values());
        let asked = of_runs().map(|step| &step.command).find(|command| command.contains("--seeds"));
        let asked = asked.map_or("the command that made it".to_owned(), |c| {
            format!("`{}`", c.replace(" --fresh", ""))
        });
        let record = match read_record(&run, &asked) {
            Ok(record) => record,
            Err(problem) => return Ok(Err(problem)),
        };
        let within = |(name, run): &(&str, Folder)| {
            let name = (*name).to_owned();
            run.outputs.clone().into_iter().map(move |(o, digest)| (format!("{name}/{o}"), digest))
        };
        let command = record
            .steps
            .get(seeds::STEP)
            .map(|step| format!("`{}`", step.command.replace(" --fresh", "")));
        let command = command.unwrap_or(asked);
        Ok(Ok(Self {
            outputs: outputs(&record),
            outputs_within: runs.iter().flat_map(within).collect(),
            steps: vec![seeds::STEP.to_owned()],
            settings: toml::Table::new(),
            measure_again: command.clone(),
            command,
            runs: runs.iter().map(|(name, _)| (*name).to_owned()).collect(),
            run,
            record,
        }))
    }
}

/// The record, or what is wrong with it.
fn read_record(run: &Run, command: &str) -> Result<Record, Problem> {
    Record::read(run).map_err(|error| Problem {
        kind: Kind::Changed,
        file: RECORD.to_owned(),
        expected: "the record of the run".to_owned(),
        found: format!("{:#}", error.root_cause()).replace('\n', " "),
        mend: format!("{command} with --fresh"),
    })
}

/// The flags that name a run's folder.
fn place(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let results = absolute.parent().unwrap_or(&absolute);
    let run = format!("--run {}", quoted(&name));
    if results == root().join("results") {
        return run;
    }
    format!("{run} --results {}", quoted(&results.display().to_string()))
}

fn outputs(record: &Record) -> BTreeMap<String, String> {
    record.steps.values().flat_map(|step| step.outputs.clone()).collect()
}
