//! The crates' own benchmarks: runs them and reads what criterion measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Measurement, Subject, check_interrupt};
use crate::maths::statistics::median;
use crate::support::paths::root;

/// Criterion's `benchmark.json`.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Throughput {
    elements: f64,
}

/// Criterion's `sample.json`: nanoseconds of each timing and how often it went round.
#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Builds the benchmarks, in the release profile that users of the crates have.
pub(super) fn build(subjects: &[Subject]) -> Result<()> {
    for subject in subjects {
        let mut command = cargo(subject);
        let status = command.arg("--no-run").status().context("cannot start cargo")?;
        if !status.success() {
            bail!("the benchmark {} does not build ({status})", subject.bench);
        }
    }
    Ok(())
}

/// Runs one benchmark, which checks its answer first, and reads its measurements.
pub(super) fn run(subject: &Subject, round: usize) -> Result<Vec<Measurement>> {
    let home = tempfile::tempdir().context("cannot make a temporary folder")?;
    let output = cargo(subject)
        .env("CRITERION_HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .context("cannot start cargo")?;
    check_interrupt()?;
    if !output.status.success() {
        bail!(
            "the benchmark {} failed ({}):\n{}",
            subject.bench,
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut found = Vec::new();
    read_folder(home.path(), round, &mut found)?;
    if found.is_empty() {
        bail!("the benchmark {} measured nothing", subject.bench);
    }
    Ok(found)
}

fn cargo(subject: &Subject) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(["bench", "--locked", "-p", subject.package, "--bench", subject.bench]);
    command.current_dir(root());
    command
}

fn read_folder(folder: &Path, round: usize, found: &mut Vec<Measurement>) -> Result<()> {
    let failed = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(failed)?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    for path in folders {
        if path.ends_with("new") {
            found.push(read(&path, round)?);
        } else {
            read_folder(&path, round, found)?;
        }
    }
    Ok(())
}

fn read(folder: &Path, round: usize) -> Result<Measurement> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let benchmark: Benchmark =
        serde_json::from_str(&text("benchmark.json")?).context("criterion's benchmark.json")?;
    let sample: Sample =
        serde_json::from_str(&text("sample.json")?).context("criterion's sample.json")?;
    benchmark.measurement(&sample, round)
}

impl Benchmark {
    /// `group/program/parameter` in the unit of its group.
    fn measurement(&self, sample: &Sample, round: usize) -> Result<Measurement> {
        let Some(Throughput { elements }) = self.throughput else {
            bail!("the benchmark {} does not say how much it does", self.group_id);
        };
        let unit = match self.group_id.as_str() {
            "training_step" | "encoder" | "decode_gray" => "images/s",
            "matmul" => "GFLOP/s",
            "histogram_mi" => "ns/pixel",
            other => bail!("no unit is known for the benchmark group {other}"),
        };
        let value = |ns: f64| match unit {
            "images/s" => elements / ns * 1e9,
            "GFLOP/s" => elements / ns,
            _ => ns / elements,
        };
        let values: Vec<f64> =
            sample.times.iter().zip(&sample.iters).map(|(t, n)| value(t / n)).collect();
        Ok(Measurement {
            round,
            subject: self.group_id.clone(),
            program: self.function_id.clone().unwrap_or_default(),
            parameter: self.value_str.clone().unwrap_or_default(),
            unit: unit.to_owned(),
            median: median(&values),
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            timings: values.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_are_per_element() {
        let folder = tempfile::tempdir().unwrap();
        let write = |at: &str, group: &str, elements: u64| {
            let new = folder.path().join(at).join("new");
            fs::create_dir_all(&new).unwrap();
            let benchmark = format!(
                r#"{{"group_id":"{group}","function_id":"ours","value_str":"c","throughput":{{"Elements":{elements}}}}}"#
            );
            fs::write(new.join("benchmark.json"), benchmark).unwrap();
            // 2, 1 and 4 microseconds.
            let sample = r#"{"sampling_mode":"Flat","iters":[2,4,1],"times":[4e3,4e3,4e3]}"#;
            fs::write(new.join("sample.json"), sample).unwrap();
        };
        write("a/one", "training_step", 64);
        write("b/two", "histogram_mi", 1000);
        let mut found = Vec::new();
        read_folder(folder.path(), 3, &mut found).unwrap();
        let [rate, time] = &found[..] else { panic!("{found:?}") };
        assert_eq!((rate.median, rate.low, rate.high), (32e6, 16e6, 64e6));
        assert_eq!((rate.round, rate.unit.as_str(), rate.parameter.as_str()), (3, "images/s", "c"));
        assert_eq!((time.median, time.low, time.high), (2.0, 1.0, 4.0));
    }
}
