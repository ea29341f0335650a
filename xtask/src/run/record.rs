//! `run.toml`: the inputs and outputs of each step, the machine and the code that made them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::folder::{RECORD, RunFolder};
use super::step::Step;
use crate::support::command_line::command;
use crate::support::files;

/// Inputs of a step by name: `seed` -> `0`, `mi.parquet` -> its MD5.
pub type Inputs = BTreeMap<String, String>;

/// The record of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The data set.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
    /// The finished steps.
    #[serde(default)]
    pub steps: BTreeMap<Step, StepRecord>,
    /// Steps that have started and save their progress, but are not finished.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub started: BTreeMap<Step, Started>,
}

/// What a finished step was made from and what it wrote.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The command that was given.
    pub command: String,
    /// When the step ended, in seconds since 1970.
    pub finished_unix_s: u64,
    /// Wall time.
    pub seconds: f64,
    /// Peak memory of the process until then, in MiB, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_mib: Option<u64>,
    /// [`Step::revision`] of the code that made it.
    pub revision: u32,
    pub machine: BTreeMap<String, String>,
    pub inputs: Inputs,
    /// MD5 of each output.
    pub outputs: BTreeMap<String, String>,
}

/// What an unfinished step is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    pub revision: u32,
    pub inputs: Inputs,
}

/// How the results of a step compare with the inputs it would have now.
#[derive(Debug, PartialEq, Eq)]
pub enum StepStatus {
    /// Not done, or this output is missing.
    Missing(Option<String>),
    /// Made from the same inputs, by the same revision of the step.
    UpToDate,
    /// Made from the same inputs, by another revision of the step.
    OtherRevision(u32),
    /// Made from other inputs, or changed since: the differences, in words.
    Stale(Vec<String>),
}

impl Record {
    /// Reads the record of a run; empty if there is none yet.
    pub fn read(run: &RunFolder) -> Result<Self> {
        let path = run.path(RECORD);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| {
                format!(
                    "{} is damaged, or another version of this program wrote it; choose another \
                     folder with --run NAME, or replace the run with --fresh",
                    path.display()
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes the record.
    pub fn write(&self, run: &RunFolder) -> Result<()> {
        let text = toml::to_string(self).context("cannot express the record as TOML")?;
        let text = format!("# Generated: inputs and outputs of each step of this run.\n{text}");
        files::write(&run.writable_path(RECORD)?, text)
    }

    /// Compares the results of a step with the inputs it would have now.
    pub fn status(&self, run: &RunFolder, step: Step, inputs: &Inputs) -> Result<StepStatus> {
        let Some(record) = self.steps.get(&step) else {
            let differences = match self.started.get(&step) {
                Some(started) => differences(&started.inputs, inputs),
                None => Vec::new(),
            };
            let is_missing = differences.is_empty();
            return Ok(if is_missing {
                StepStatus::Missing(None)
            } else {
                StepStatus::Stale(differences)
            });
        };
        let differences = differences(&record.inputs, inputs);
        if !differences.is_empty() {
            return Ok(StepStatus::Stale(differences));
        }
        let mut changed = Vec::new();
        for (name, digest) in &record.outputs {
            match run.digest(name)? {
                None => return Ok(StepStatus::Missing(Some(name.clone()))),
                Some(found) if found == *digest => {}
                Some(_) => changed.push(format!("{name} was changed after it was written")),
            }
        }
        Ok(if !changed.is_empty() {
            StepStatus::Stale(changed)
        } else if record.revision != step.revision() {
            StepStatus::OtherRevision(record.revision)
        } else {
            StepStatus::UpToDate
        })
    }

    /// The given inputs that differ from those of the finished step, in words; none if it is not
    /// done.
    pub fn input_differences(&self, step: Step, inputs: &Inputs) -> Vec<String> {
        let Some(record) = self.steps.get(&step) else { return Vec::new() };
        let mut recorded = record.inputs.clone();
        recorded.retain(|name, _| inputs.contains_key(name));
        differences(&recorded, inputs)
    }

    /// Records that a step has started to write its outputs. Earlier results of the step are no
    /// longer recorded: files that are half old and half new must not be compared with their
    /// digests. Those that it no longer writes are removed.
    pub fn start(&mut self, run: &RunFolder, step: Step, inputs: &Inputs) -> Result<()> {
        let before = self.steps.remove(&step);
        let started = Started { revision: step.revision(), inputs: inputs.clone() };
        self.started.insert(step, started);
        self.write(run)?;
        let old = before.into_iter().flat_map(|record| record.outputs.into_keys());
        old.filter(|name| !step.writes(name)).try_for_each(|name| run.remove(&name))
    }

    /// Bytes of all recorded outputs that exist.
    pub fn size(&self, run: &RunFolder) -> u64 {
        let outputs = self.steps.values().flat_map(|step| step.outputs.keys());
        outputs.filter_map(|name| Some(fs::metadata(run.path(name)).ok()?.len())).sum()
    }

    /// Removes steps from the record, and the files they wrote.
    pub fn discard(&mut self, run: &RunFolder, is_discarded: impl Fn(Step) -> bool) -> Result<()> {
        let outputs: Vec<String> = self
            .steps
            .extract_if(.., |&step, _| is_discarded(step))
            .flat_map(|(_, record)| record.outputs.into_keys())
            .collect();
        self.started.retain(|&step, _| !is_discarded(step));
        self.write(run)?;
        outputs.iter().try_for_each(|output| run.remove(output))
    }

    /// Records a finished step and writes the record. Removes files that the step wrote before and
    /// no longer writes.
    pub fn finish(
        &mut self,
        run: &RunFolder,
        step: Step,
        inputs: Inputs,
        outputs: &[String],
        elapsed: Duration,
    ) -> Result<()> {
        run.check_lock()?;
        let digest = |name: &String| {
            let digest = run.digest(name)?.with_context(|| format!("{name} was not written"))?;
            Ok((name.clone(), digest))
        };
        let outputs: BTreeMap<_, _> = outputs.iter().map(digest).collect::<Result<_>>()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let record = StepRecord {
            command: command(),
            finished_unix_s: now.map_or(0, |since| since.as_secs()),
            seconds: (elapsed.as_secs_f64() * 100.0).round() / 100.0,
            peak_memory_mib: peak_memory_mib(),
            revision: step.revision(),
            machine: machine(),
            inputs,
            outputs,
        };
        let written: BTreeSet<String> = record.outputs.keys().cloned().collect();
        let before = self.steps.insert(step, record);
        self.started.remove(&step);
        self.write(run)?;
        let old = before.into_iter().flat_map(|record| record.outputs.into_keys());
        old.filter(|name| !written.contains(name)).try_for_each(|name| run.remove(&name))
    }
}

fn differences(recorded: &Inputs, current: &Inputs) -> Vec<String> {
    let names: BTreeSet<&String> = recorded.keys().chain(current.keys()).collect();
    let value = |inputs: &Inputs, name: &str| inputs.get(name).cloned().unwrap_or("none".into());
    names
        .into_iter()
        .filter(|name| recorded.get(*name) != current.get(*name))
        .map(|name| {
            format!("{name} was {}, is now {}", value(recorded, name), value(current, name))
        })
        .collect()
}

/// Where this process runs and what built it.
pub fn machine() -> BTreeMap<String, String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut machine = BTreeMap::from([
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("rustc".to_owned(), env!("RUSTC_VERSION").to_owned()),
        ("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("cores".to_owned(), cores.to_string()),
        ("threads".to_owned(), rayon::current_num_threads().to_string()),
    ]);
    if let Some(model) = cpu_model() {
        machine.insert("cpu".to_owned(), model);
    }
    machine
}

/// The largest resident set of this process so far.
fn peak_memory_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// The name of the processor, on Linux.
fn cpu_model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(seed: &str) -> Inputs {
        Inputs::from([("seed".to_owned(), seed.to_owned())])
    }

    /// A run whose summary is finished, with one output.
    fn finished(results: &std::path::Path) -> (RunFolder, Record) {
        let run = RunFolder::open(results, "run").unwrap();
        let mut record = Record::read(&run).unwrap();
        let status = record.status(&run, Step::Summary, &inputs("0")).unwrap();
        assert_eq!(status, StepStatus::Missing(None));
        files::write(&run.path("out.csv"), "1").unwrap();
        let outputs = ["out.csv".to_owned()];
        record.finish(&run, Step::Summary, inputs("0"), &outputs, Duration::ZERO).unwrap();
        let record = Record::read(&run).unwrap();
        (run, record)
    }

    #[test]
    fn a_step_is_up_to_date_until_its_output_is_gone() {
        let results = tempfile::tempdir().unwrap();
        let (run, record) = finished(results.path());
        let status = || record.status(&run, Step::Summary, &inputs("0")).unwrap();
        assert_eq!(status(), StepStatus::UpToDate);
        fs::remove_file(run.path("out.csv")).unwrap();
        assert_eq!(status(), StepStatus::Missing(Some("out.csv".to_owned())));
    }

    #[test]
    fn other_inputs_and_a_changed_output_are_stale() {
        let results = tempfile::tempdir().unwrap();
        let (run, record) = finished(results.path());
        let status = |seed| record.status(&run, Step::Summary, &inputs(seed)).unwrap();
        assert_eq!(status("1"), StepStatus::Stale(vec!["seed was 0, is now 1".to_owned()]));
        files::write(&run.path("out.csv"), "2").unwrap();
        let changed = "out.csv was changed after it was written".to_owned();
        assert_eq!(status("0"), StepStatus::Stale(vec![changed]));
    }

    #[test]
    fn another_revision_of_a_step_is_told_apart_from_other_inputs() {
        let results = tempfile::tempdir().unwrap();
        let (run, mut record) = finished(results.path());
        record.steps.get_mut(&Step::Summary).unwrap().revision = 7;
        let status = record.status(&run, Step::Summary, &inputs("0")).unwrap();
        assert_eq!(status, StepStatus::OtherRevision(7));
    }

    #[test]
    fn a_damaged_record_is_an_error_that_names_it() {
        let results = tempfile::tempdir().unwrap();
        let run = RunFolder::open(results.path(), "run").unwrap();
        fs::write(run.path(RECORD), "steps = 3").unwrap();
        let message = format!("{:#}", Record::read(&run).unwrap_err());
        assert!(message.contains("run.toml is damaged"), "{message}");
    }
}
