//! `run.toml`: which inputs each step had, which outputs it wrote, on what machine, with what code.
//!
//! A step is skipped when its recorded inputs equal those at hand and its outputs are still what it
//! wrote.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::progress::say;
use crate::run::{RECORD, Run};

/// Inputs of a step by name, in words: `seed` -> `0`, `code dim-models` -> a digest.
pub type Inputs = BTreeMap<String, String>;

/// The record of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The data that the run shows.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
    /// A record a step: `train-a`, ..., `measure`, `summary`, `figures`.
    #[serde(default)]
    pub steps: BTreeMap<String, StepRecord>,
    /// The inputs of steps that were begun, saved what they had done, and are not finished.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub begun: BTreeMap<String, Inputs>,
}

/// The record of one step.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The command that was given.
    pub command: String,
    /// When the step ended, in seconds since 1970.
    pub finished_unix_s: u64,
    /// Wall time.
    pub seconds: f64,
    /// The most memory that the process held until then, in MiB, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_mib: Option<u64>,
    /// Where it ran.
    pub machine: BTreeMap<String, String>,
    /// What it was made from.
    pub inputs: Inputs,
    /// MD5 of each output.
    pub outputs: BTreeMap<String, String>,
}

/// What is to be done about a step.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// Not done yet, or an output is gone.
    Missing,
    /// Done, from these very inputs.
    UpToDate,
    /// Done, from other inputs, or changed since: the differences, in words.
    Stale(Vec<String>),
}

impl Record {
    /// Reads the record of a run; empty where there is none yet.
    pub fn read(run: &Run) -> Result<Self> {
        let path = run.path(RECORD);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| {
                format!("{} is damaged; remove it, or use --fresh", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes the record.
    pub fn write(&self, run: &Run) -> Result<()> {
        let text = toml::to_string(self).context("cannot express the record as TOML")?;
        files::write(&run.to_write(RECORD)?, format!("# Generated: what made this run.\n{text}"))
    }

    /// Compares a step with its record.
    pub fn state(&self, run: &Run, step: &str, inputs: &Inputs) -> Result<State> {
        let Some(record) = self.steps.get(step) else {
            let begun =
                self.begun.get(step).map_or_else(Vec::new, |begun| differences(begun, inputs));
            return Ok(if begun.is_empty() { State::Missing } else { State::Stale(begun) });
        };
        let differences = differences(&record.inputs, inputs);
        if !differences.is_empty() {
            return Ok(State::Stale(differences));
        }
        let mut changed = Vec::new();
        for (name, digest) in &record.outputs {
            match run.digest(name)? {
                None => return Ok(State::Missing),
                Some(found) if found == *digest => {}
                Some(_) => changed.push(format!("{name} was changed after it was written")),
            }
        }
        Ok(if changed.is_empty() { State::UpToDate } else { State::Stale(changed) })
    }

    /// True where the step has to be done; an error where doing it would replace results made from
    /// other inputs.
    pub fn is_due(&self, run: &Run, step: &str, inputs: &Inputs) -> Result<bool> {
        match self.state(run, step, inputs)? {
            State::UpToDate => Ok(false),
            State::Missing => Ok(true),
            State::Stale(differences) => Err(other_results(run, step, &differences)),
        }
    }

    /// True where the step has to be done, and says so where it is done again because its inputs or outputs
    /// changed: for steps of minutes, whose results are made again from the checkpoints.
    pub fn is_to_do(&self, run: &Run, step: &str, inputs: &Inputs) -> Result<bool> {
        match self.state(run, step, inputs)? {
            State::UpToDate => {
                say(&format!("{step}: up to date"));
                Ok(false)
            }
            State::Stale(differences) => {
                say(&format!("{step} is done again:\n  {}", differences.join("\n  ")));
                Ok(true)
            }
            State::Missing => Ok(true),
        }
    }

    /// The inputs among those given that a step was done with other values of; nothing where it was not
    /// done.
    pub fn differences(&self, step: &str, inputs: &Inputs) -> Vec<String> {
        let mut recorded =
            self.steps.get(step).map_or_else(|| inputs.clone(), |r| r.inputs.clone());
        recorded.retain(|name, _| inputs.contains_key(name));
        differences(&recorded, inputs)
    }

    /// Records that a step is begun, whose work will be saved as it goes.
    pub fn begin(&mut self, run: &Run, step: &str, inputs: &Inputs) -> Result<()> {
        self.begun.insert(step.to_owned(), inputs.clone());
        self.write(run)
    }

    /// Bytes of all recorded outputs that are there.
    pub fn size(&self, run: &Run) -> u64 {
        let outputs = self.steps.values().flat_map(|step| step.outputs.keys());
        outputs.filter_map(|name| Some(fs::metadata(run.path(name)).ok()?.len())).sum()
    }

    /// Forgets steps and removes what they wrote.
    pub fn discard(&mut self, run: &Run, is_discarded: impl Fn(&str) -> bool) -> Result<()> {
        let outputs: Vec<String> = self
            .steps
            .extract_if(.., |step, _| is_discarded(step))
            .flat_map(|(_, record)| record.outputs.into_keys())
            .collect();
        self.begun.retain(|step, _| !is_discarded(step));
        self.write(run)?;
        outputs.iter().try_for_each(|output| run.remove(output))
    }

    /// Records a finished step and writes the record; removes what the step wrote before and now does
    /// not.
    pub fn finish(
        &mut self,
        run: &Run,
        step: &str,
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
        let record = StepRecord {
            command: command(),
            finished_unix_s: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            seconds: (elapsed.as_secs_f64() * 100.0).round() / 100.0,
            peak_memory_mib: peak_memory_mib(),
            machine: machine(),
            inputs,
            outputs,
        };
        let kept = record.outputs.clone();
        let before = self.steps.insert(step.to_owned(), record);
        self.begun.remove(step);
        self.write(run)?;
        let dropped = before.into_iter().flat_map(|r| r.outputs.into_keys());
        dropped.filter(|name| !kept.contains_key(name)).try_for_each(|name| run.remove(&name))
    }
}

/// The error of a run that holds other results than those asked for.
pub fn other_results(run: &Run, step: &str, differences: &[String]) -> anyhow::Error {
    anyhow!(
        "{} holds other results of step `{step}`:\n  {}\n\
         use --fresh to replace them, or --run NAME to keep them",
        run.folder().display(),
        differences.join("\n  ")
    )
}

/// The inputs without the code and the kind of device, which a later step may have others of.
pub fn settings_of(inputs: &Inputs) -> Inputs {
    let is_setting = |name: &String| name != "device" && !name.starts_with("code ");
    inputs
        .iter()
        .filter(|(name, _)| is_setting(name))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

fn differences(recorded: &Inputs, current: &Inputs) -> Vec<String> {
    let mut names: Vec<&String> = recorded.keys().chain(current.keys()).collect();
    names.sort();
    names.dedup();
    let value = |inputs: &Inputs, name: &str| inputs.get(name).cloned().unwrap_or("none".into());
    names
        .into_iter()
        .filter(|name| recorded.get(*name) != current.get(*name))
        .map(|name| format!("{name}: {} then, {} now", value(recorded, name), value(current, name)))
        .collect()
}

/// The command line as a user would type it.
pub fn command() -> String {
    let mut command = "cargo xtask".to_owned();
    for argument in std::env::args_os().skip(1) {
        command += " ";
        command += &quoted(&argument.to_string_lossy());
    }
    command
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=+@".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// Digests of the sources that a step's numbers depend on.
pub fn code(parts: &[&str]) -> Inputs {
    let all = [
        ("stl-data", env!("SOURCE_STL_DATA")),
        ("dim-models", env!("SOURCE_DIM_MODELS")),
        ("mi-metrics", env!("SOURCE_MI_METRICS")),
        ("mi-plots", env!("SOURCE_MI_PLOTS")),
        ("xtask", env!("SOURCE_XTASK")),
        ("train.rs", env!("SOURCE_TRAIN_RS")),
        ("measure.rs", env!("SOURCE_MEASURE_RS")),
        ("sensitivity.rs", env!("SOURCE_SENSITIVITY_RS")),
        ("bounds.rs", env!("SOURCE_BOUNDS_RS")),
        ("probe.rs", env!("SOURCE_PROBE_RS")),
    ];
    all.into_iter()
        .filter(|(name, _)| parts.contains(name))
        .map(|(name, digest)| (format!("code {name}"), digest.to_owned()))
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

/// The processor's name, where the system tells it in a file.
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

    #[test]
    fn a_step_is_due_once_and_again_when_its_output_is_gone() {
        let results = tempfile::tempdir().unwrap();
        let run = Run::open(results.path(), "run").unwrap();
        let mut record = Record::read(&run).unwrap();
        assert!(record.is_due(&run, "train", &inputs("0")).unwrap());

        files::write(&run.path("out.csv"), "1").unwrap();
        record.finish(&run, "train", inputs("0"), &["out.csv".to_owned()], Duration::ZERO).unwrap();
        let record = Record::read(&run).unwrap();
        assert!(!record.is_due(&run, "train", &inputs("0")).unwrap());

        fs::remove_file(run.path("out.csv")).unwrap();
        assert!(record.is_due(&run, "train", &inputs("0")).unwrap());
    }

    #[test]
    fn other_inputs_or_a_changed_output_are_refused() {
        let results = tempfile::tempdir().unwrap();
        let run = Run::open(results.path(), "run").unwrap();
        let mut record = Record::default();
        files::write(&run.path("out.csv"), "1").unwrap();
        record.finish(&run, "train", inputs("0"), &["out.csv".to_owned()], Duration::ZERO).unwrap();

        let message = record.is_due(&run, "train", &inputs("1")).unwrap_err().to_string();
        assert!(message.contains("seed: 0 then, 1 now"), "{message}");

        files::write(&run.path("out.csv"), "2").unwrap();
        let message = record.is_due(&run, "train", &inputs("0")).unwrap_err().to_string();
        assert!(message.contains("out.csv was changed"), "{message}");
    }

    #[test]
    fn a_damaged_record_is_an_error_that_names_it() {
        let results = tempfile::tempdir().unwrap();
        let run = Run::open(results.path(), "run").unwrap();
        fs::write(run.path(RECORD), "steps = 3").unwrap();
        let message = format!("{:#}", Record::read(&run).unwrap_err());
        assert!(message.contains("run.toml is damaged"), "{message}");
    }
}
