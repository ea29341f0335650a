//! The checks of a run folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use dim_models::Case;

use super::folder::Folder;
use super::problem::{Kind, Problem};
use crate::run::folder::{CONFIG, LOCK, RECORD, training_state_file};
use crate::run::step::Step;
use crate::support::files;

impl Folder {
    /// All problems.
    pub fn problems(&self) -> Result<Vec<Problem>> {
        let mut problems = self.output_problems();
        let reported: BTreeSet<String> = problems.iter().map(|p| p.file.clone()).collect();
        problems.extend(self.input_problems(&reported)?);
        problems.extend(self.setting_problems());
        problems.extend(self.unfinished());
        problems.extend(self.file_problems()?);
        Ok(problems)
    }

    /// Recorded outputs that do not exist or were changed.
    fn output_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (step, record) in &self.record.steps {
            for (name, digest) in &record.outputs {
                let (kind, found, fix) = match self.run.digest(name) {
                    Ok(Some(found)) if found == *digest => continue,
                    Ok(None) => (Kind::Missing, "no file".to_owned(), self.command.clone()),
                    other => {
                        let found = match other {
                            Ok(found) => format!("MD5 {}", found.unwrap_or_default()),
                            Err(error) => format!("an unreadable file: {}", error.root_cause()),
                        };
                        (Kind::Changed, found, format!("remove {name}, then {}", self.command))
                    }
                };
                problems.push(Problem {
                    kind,
                    file: name.clone(),
                    expected: format!("MD5 {digest} (step `{step}`)"),
                    found,
                    fix,
                });
            }
        }
        problems
    }

    /// Steps that were made from other files than those of the steps before, except for files with
    /// a reported problem.
    fn input_problems(&self, reported: &BTreeSet<String>) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for (step, record) in &self.record.steps {
            for (name, made_from) in record.inputs.iter().filter(|(name, _)| self.is_file(name)) {
                let recorded = self.outputs.get(name).or_else(|| self.outputs_within.get(name));
                let found = match recorded {
                    Some(digest) => Some(digest.clone()),
                    None if reported.contains(name) => continue,
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
                    fix: match Step::MEASURING.contains(step) {
                        true => self.measure_again.clone(),
                        false => self.command.clone(),
                    },
                });
            }
        }
        Ok(problems)
    }

    /// Whether an input is a file of this folder, existing or not: neither data, a setting, nor a
    /// file beside the data.
    fn is_file(&self, input: &str) -> bool {
        input.contains('/') || self.outputs.contains_key(input) || self.run.path(input).is_file()
    }

    /// Settings in the file that differ from those that a step was made with.
    fn setting_problems(&self) -> Vec<Problem> {
        let mut reported = BTreeSet::new();
        let mut problems = Vec::new();
        for (step, record) in &self.record.steps {
            for (key, value) in &self.settings {
                let Some(recorded) = record.inputs.get(key).filter(|r| **r != value.to_string())
                else {
                    continue;
                };
                // The device is recorded by its kind.
                if key != "device" && reported.insert(key) {
                    problems.push(Problem {
                        kind: Kind::Inconsistent,
                        file: CONFIG.to_owned(),
                        expected: format!("{key} = {recorded}, as in step `{step}`"),
                        found: format!("{key} = {value}"),
                        fix: format!("set {key} = {recorded} again"),
                    });
                }
            }
        }
        problems
    }

    /// Steps that are not done, in one problem.
    fn unfinished(&self) -> Option<Problem> {
        let undone: Vec<String> = self.undone().map(Step::to_string).collect();
        (!undone.is_empty()).then(|| Problem {
            kind: Kind::Unfinished,
            file: RECORD.to_owned(),
            expected: format!("{} steps", self.steps.len()),
            found: format!("no {}", undone.join(", ")),
            fix: self.command.clone(),
        })
    }

    fn undone(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !self.record.steps.contains_key(step))
    }

    /// Files that are neither recorded outputs nor the run's own.
    fn file_problems(&self) -> Result<Vec<Problem>> {
        let mut names = Vec::new();
        collect(self.run.folder(), "", &self.runs, &mut names)?;
        let known: BTreeSet<&str> =
            self.outputs.keys().map(String::as_str).chain([CONFIG, RECORD, LOCK]).collect();
        let problem = |name: &String| {
            let base = name.rsplit('/').next().unwrap_or(name);
            let of_case = Case::ALL.into_iter().find(|&case| *name == training_state_file(case));
            let (kind, expected, found, fix) = if files::is_unfinished(base) {
                let found = "an unfinished file of a killed writer";
                (Kind::Leftover, "no such file", found.to_owned(), "remove it")
            } else if let Some(case) = of_case {
                let is_done = self.record.steps.contains_key(&Step::Train(case));
                let state = if is_done { "finished" } else { "unfinished" };
                let found = format!("the state of the training of case {case}, which is {state}");
                (Kind::Leftover, "no such file after the training", found, &*self.command)
            } else if let Some(step) = self.undone().find(|step| step.writes(name)) {
                let found = format!("a file of step `{step}`, which is not done");
                (Kind::Unrecorded, "a recorded file", found, &*self.command)
            } else {
                let found = "a file that no step recorded".to_owned();
                (Kind::Unrecorded, "no such file", found, "remove it")
            };
            let (expected, fix) = (expected.to_owned(), fix.to_owned());
            Problem { kind, file: name.clone(), expected, found, fix }
        };
        Ok(names.iter().filter(|name| !known.contains(name.as_str())).map(problem).collect())
    }
}

/// Every file in a folder by relative path, in order, without those of the given run folders.
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
