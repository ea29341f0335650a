//! Everything that can be wrong with a folder, looked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use dim_models::Case;

use super::folder::Folder;
use super::problem::{Kind, Problem};
use crate::measure::Pairing;
use crate::run::{
    BOUNDS, CONFIG, FIGURES, LOCK, METRICS, PROBE, RECORD, SENSITIVITY, SUMMARY_CSV, SUMMARY_JSON,
    SUMMARY_MD, checkpoint, state,
};
use crate::{
    bounds, figures, files, measure, metrics, probe, seeds, sensitivity, summarise, train,
};

impl Folder {
    /// Everything that is wrong.
    pub fn problems(&self) -> Result<Vec<Problem>> {
        let mut problems = self.outputs_amiss();
        let amiss: BTreeSet<String> =
            problems.iter().map(|p| file_of(&p.file).to_owned()).collect();
        problems.extend(self.inputs_amiss(&amiss)?);
        problems.extend(self.settings_amiss());
        problems.extend(self.unfinished());
        problems.extend(self.files_amiss()?);
        Ok(problems)
    }

    /// Recorded outputs that are gone or changed; where the cases share a file, a line is enough.
    fn outputs_amiss(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut told = BTreeSet::new();
        for (step, record) in &self.record.steps {
            for (name, digest) in &record.outputs {
                let file = file_of(name);
                if told.contains(file) {
                    continue;
                }
                let expected = format!("MD5 {digest} (step `{step}`)");
                if !self.run.path(file).exists() {
                    told.insert(file);
                    problems.push(Problem {
                        kind: Kind::Missing,
                        file: file.to_owned(),
                        expected,
                        found: "no file".to_owned(),
                        mend: self.command.clone(),
                    });
                    continue;
                }
                let found = match self.run.digest(name) {
                    Ok(Some(found)) if found == *digest => continue,
                    Ok(Some(found)) => format!("MD5 {found}"),
                    Ok(None) => "no such rows".to_owned(),
                    Err(error) => format!("what cannot be read: {}", error.root_cause()),
                };
                let is_table = file == name || metrics::read(&self.run.path(METRICS)).is_ok();
                if !is_table {
                    told.insert(file);
                }
                // Whole rows of a case are made again with its weights.
                let weights = record.outputs.keys().find(|other| *other == file_of(other));
                let removed = if is_table && file != name { weights } else { None };
                let removed = removed.map_or(file, String::as_str);
                problems.push(Problem {
                    kind: Kind::Changed,
                    file: name.clone(),
                    expected,
                    found,
                    mend: format!("remove {removed}, then {}", self.command),
                });
            }
        }
        problems
    }

    /// Steps that were made from other files than those of the steps before; `amiss` are told already.
    fn inputs_amiss(&self, amiss: &BTreeSet<String>) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for (step, record) in &self.record.steps {
            for (name, made_from) in record.inputs.iter().filter(|(name, _)| self.is_file(name)) {
                let recorded = self.outputs.get(name).or_else(|| self.outputs_within.get(name));
                let found = match recorded {
                    Some(digest) => Some(digest.clone()),
                    None if amiss.contains(name) => continue,
                    None => self.run.digest(name)?,
                };
                if found.as_ref() == Some(made_from) {
                    continue;
                }
                problems.push(Problem {
                    kind: Kind::Inconsistent,
                    file: name.clone(),
                    expected: format!("MD5 {made_from}, which step `{step}` was made from"),
                    found: found.map_or("no file".to_owned(), |digest| format!("MD5 {digest}")),
                    mend: if is_measured(step) { &self.measure_again } else { &self.command }
                        .clone(),
                });
            }
        }
        Ok(problems)
    }

    /// Whether an input is a file of this folder, there or not: neither data, setting or code, nor a file
    /// that lies with the data.
    fn is_file(&self, input: &str) -> bool {
        let is_in_a_folder = input.contains('/') && !input.starts_with("code ");
        is_in_a_folder
            || self.outputs.keys().any(|name| file_of(name) == input)
            || self.run.path(input).is_file()
    }

    /// Settings in the file that steps were made with other values of.
    fn settings_amiss(&self) -> Vec<Problem> {
        let mut told = BTreeSet::new();
        let mut problems = Vec::new();
        for (step, record) in &self.record.steps {
            for (key, value) in &self.settings {
                let Some(recorded) = record.inputs.get(key).filter(|r| **r != value.to_string())
                else {
                    continue;
                };
                // The device is recorded by its kind.
                if key != "device" && told.insert(key) {
                    problems.push(Problem {
                        kind: Kind::Inconsistent,
                        file: CONFIG.to_owned(),
                        expected: format!("{key} = {recorded}, as step `{step}` had it"),
                        found: format!("{key} = {value}"),
                        mend: format!("put {key} = {recorded} back"),
                    });
                }
            }
        }
        problems
    }

    /// Steps that are not done, in one problem.
    fn unfinished(&self) -> Option<Problem> {
        let undone: Vec<&str> = self.undone().map(String::as_str).collect();
        (!undone.is_empty()).then(|| Problem {
            kind: Kind::Unfinished,
            file: RECORD.to_owned(),
            expected: format!("{} steps", self.steps.len()),
            found: format!("no {}", undone.join(", ")),
            mend: self.command.clone(),
        })
    }

    fn undone(&self) -> impl Iterator<Item = &String> {
        self.steps.iter().filter(|step| !self.record.steps.contains_key(*step))
    }

    /// Files that are neither outputs nor the run's own.
    fn files_amiss(&self) -> Result<Vec<Problem>> {
        let mut names = Vec::new();
        collect(self.run.folder(), "", &self.runs, &mut names)?;
        let known: BTreeSet<&str> =
            self.outputs.keys().map(|name| file_of(name)).chain([CONFIG, RECORD, LOCK]).collect();
        let problem = |name: &String| {
            let base = name.rsplit('/').next().unwrap_or(name);
            let of_case = Case::ALL.into_iter().find(|&case| *name == state(case));
            let (kind, expected, found, mend) = if files::is_unfinished(base) {
                let found = "what a writer that was killed left";
                (Kind::Leftover, "no such file", found.to_owned(), "remove it")
            } else if let Some(case) = of_case {
                let is_done = self.record.steps.contains_key(&train::step(case));
                let over = if is_done { "over" } else { "not over" };
                let found = format!("the state of the training of case {case}, which is {over}");
                (Kind::Leftover, "no such file after the training", found, &*self.command)
            } else if let Some(step) = self.undone().find(|step| writes(step, name)) {
                let found = format!("a file of step `{step}`, which is not done");
                (Kind::Unrecorded, "a recorded file", found, &*self.command)
            } else {
                let found = "a file that no step recorded".to_owned();
                (Kind::Unrecorded, "no such file", found, "remove it")
            };
            let (expected, mend) = (expected.to_owned(), mend.to_owned());
            Problem { kind, file: name.clone(), expected, found, mend }
        };
        Ok(names.iter().filter(|name| !known.contains(name.as_str())).map(problem).collect())
    }
}

/// The file that an output is, or is part of.
fn file_of(output: &str) -> &str {
    output.split('#').next().unwrap_or(output)
}

/// Whether a step's results are only replaced where `--fresh` asks for it.
fn is_measured(step: &str) -> bool {
    [measure::STEP, sensitivity::STEP, bounds::STEP, probe::STEP].contains(&step)
}

/// Whether a step writes a file of that name.
fn writes(step: &str, name: &str) -> bool {
    let is_figure = name.starts_with(&format!("{FIGURES}/fig-"));
    match step {
        measure::STEP => Pairing::ALL.iter().any(|pairing| pairing.table() == name),
        sensitivity::STEP => name == SENSITIVITY,
        bounds::STEP => name == BOUNDS,
        probe::STEP => name == PROBE,
        summarise::STEP => [SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD].contains(&name),
        figures::STEP => is_figure,
        seeds::STEP => is_figure || [seeds::SEEDS_CSV, SUMMARY_JSON, SUMMARY_MD].contains(&name),
        training => {
            let is_of = |case: &Case| train::step(*case) == training && checkpoint(*case) == name;
            name == METRICS || Case::ALL.iter().any(is_of)
        }
    }
}

/// Every file under a folder by relative path, in order, without those in run folders of their own.
fn collect(
    folder: &Path,
    prefix: &str,
    runs: &BTreeSet<String>,
    names: &mut Vec<String>,
) -> Result<()> {
    let failed = || format!("cannot list {}", folder.display());
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .with_context(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.file_type().with_context(failed)?.is_dir() {
            names.push(name);
        } else if !runs.contains(&name) {
            collect(&entry.path(), &format!("{name}/"), runs, names)?;
        }
    }
    Ok(())
}
