//! One run folder beside its record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;
use dim_models::Case;

use super::problem::{Kind, Problem};
use crate::run::folder::{CONFIG, RECORD, RunFolder};
use crate::run::record::Record;
use crate::run::step::Step;
use crate::settings::config::Settings;
use crate::support::command_line::quoted;
use crate::support::paths;

/// A run folder and its record.
pub struct Folder {
    pub run: RunFolder,
    pub record: Record,
    /// Recorded digests of outputs, by name.
    pub outputs: BTreeMap<String, String>,
    /// The same for the runs within this folder.
    pub outputs_within: BTreeMap<String, String>,
    /// Every step of a complete run.
    pub steps: Vec<Step>,
    /// Settings as they stand in the file, by key; none in the folder of `--seeds`.
    pub settings: toml::Table,
    /// The command that runs the steps that are left.
    pub command: String,
    /// The command that measures again.
    pub measure_again: String,
    /// Names of the run folders within this one.
    pub runs: BTreeSet<String>,
}

impl Folder {
    /// Reads the folder of a run; a problem if its record or settings cannot be read.
    pub fn of_run(folder: &Path) -> Result<Result<Self, Problem>> {
        let run = RunFolder::open_read_only(folder)?;
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
                // A training command does not read the settings of the run.
                let trained = record.steps.iter().find(|(step, _)| matches!(step, Step::Train(_)));
                let command = trained.map(|(_, record)| record.command.replace(" --fresh", ""));
                return Ok(Err(Problem {
                    kind: if path.exists() { Kind::Changed } else { Kind::Missing },
                    file: CONFIG.to_owned(),
                    expected: "the settings of the run".to_owned(),
                    found: format!("{error:#}").replace('\n', " "),
                    fix: command.map_or("make the run again".to_owned(), |command| {
                        format!("remove it if it exists, then `{command}`")
                    }),
                }));
            }
        };
        let cases: Vec<Case> = settings.cases.unwrap_or(Case::ALL.to_vec());
        Ok(Ok(Self {
            outputs: outputs(&record),
            outputs_within: BTreeMap::new(),
            steps: Step::of_run(&cases),
            settings: table,
            command,
            measure_again: format!("`cargo xtask measure --fresh {place}`"),
            runs: BTreeSet::new(),
            run,
            record,
        }))
    }

    /// Reads the folder of `--seeds` that holds `runs`; a problem if its record cannot be read.
    ///
    /// `seeds` names all runs, `runs` has those that can be read.
    pub fn of_seeds(
        folder: &Path,
        seeds: &[String],
        runs: &[(&str, Folder)],
    ) -> Result<Result<Self, Problem>> {
        let run = RunFolder::open_read_only(folder)?;
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
            .get(&Step::Seeds)
            .map(|step| format!("`{}`", step.command.replace(" --fresh", "")));
        let command = command.unwrap_or(asked);
        Ok(Ok(Self {
            outputs: outputs(&record),
            outputs_within: runs.iter().flat_map(within).collect(),
            steps: vec![Step::Seeds],
            settings: toml::Table::new(),
            measure_again: command.clone(),
            command,
            runs: seeds.iter().cloned().collect(),
            run,
            record,
        }))
    }
}

/// The record, or the problem with it.
fn read_record(run: &RunFolder, command: &str) -> Result<Record, Problem> {
    Record::read(run).map_err(|error| Problem {
        kind: Kind::Changed,
        file: RECORD.to_owned(),
        expected: "the record of the run".to_owned(),
        found: format!("{:#}", error.root_cause()).replace('\n', " "),
        fix: format!("{command} with --fresh"),
    })
}

/// The flags that name a run's folder.
fn place(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let results = absolute.parent().unwrap_or(&absolute);
    let run = format!("--run {}", quoted(&name));
    if results == paths::results() {
        return run;
    }
    format!("{run} --results {}", quoted(&results.display().to_string()))
}

fn outputs(record: &Record) -> BTreeMap<String, String> {
    record.steps.values().flat_map(|step| step.outputs.clone()).collect()
}
