//! The peer programs of `peers`: what a user would pick instead, in Python.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Measurement, check_interrupt};
use crate::support::paths::root;

/// The exit code of a peer that lacks a package.
const MISSING_PACKAGE: i32 = 3;

/// What came of running one.
pub(super) enum Outcome {
    /// Versions of Python and packages, and the measurements.
    Measured { versions: BTreeMap<String, String>, measurements: Vec<Measurement> },
    /// Why there are none.
    Skipped(String),
}

/// A line of a peer's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Header { versions: BTreeMap<String, Option<String>>, threads: usize },
    Measurement(Measurement),
}

/// Runs a program with its arguments, on as many threads as ours.
pub(super) fn run(python: &str, program: &[&str], round: usize) -> Result<Outcome> {
    let [file, arguments @ ..] = program else { bail!("a peer has a file") };
    let folder = root().join("peers");
    let threads = rayon::current_num_threads();
    let threads_of_peer = match *file {
        "histogram_mi.py" if threads > 1 => format!("1,{threads}"),
        _ => threads.to_string(),
    };
    let output = Command::new(python)
        .arg(folder.join(file))
        .args(arguments)
        .args(["--threads", &threads_of_peer])
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Outcome::Skipped(format!(
                "`{python}` does not exist; choose another with --python"
            )));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot start {python}")),
    };
    check_interrupt()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(MISSING_PACKAGE) => return Ok(Outcome::Skipped(errors.trim().to_owned())),
        _ => {
            let last = errors.trim().lines().last().unwrap_or("without output").to_owned();
            return Ok(Outcome::Skipped(format!("it failed ({}): {last}", output.status)));
        }
    }
    match parse(&String::from_utf8_lossy(&output.stdout), threads, round) {
        Ok(outcome) => Ok(outcome),
        Err(error) => Ok(Outcome::Skipped(format!("its output is not a measurement: {error:#}"))),
    }
}

fn parse(text: &str, threads: usize, round: usize) -> Result<Outcome> {
    let (mut versions, mut measurements) = (BTreeMap::new(), Vec::new());
    for line in text.lines() {
        match serde_json::from_str(line).with_context(|| format!("the line {line}"))? {
            Line::Header { versions: found, threads: of_peer } => {
                ensure!(of_peer == threads, "{of_peer} threads, not {threads}");
                versions.extend(found.into_iter().filter_map(|(name, v)| Some((name, v?))));
            }
            Line::Measurement(measurement) => {
                let parameter = measurement.parameter.to_lowercase();
                measurements.push(Measurement { round, parameter, ..measurement });
            }
        }
    }
    Ok(Outcome::Measured { versions, measurements })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_measurements_are_read() {
        let text = r#"{"versions": {"python": "3.11.7", "numba": null}, "threads": 2}
{"subject": "training_step", "program": "pytorch_best", "parameter": "C", "unit": "images/s",
"median": 91.8, "low": 85.4, "high": 108.9, "blocks": 5, "kept_waiting": 0}"#
            .replace(",\n", ",");
        let Outcome::Measured { versions, measurements } = parse(&text, 2, 2).unwrap() else {
            panic!("skipped")
        };
        assert_eq!(versions, BTreeMap::from([("python".to_owned(), "3.11.7".to_owned())]));
        let [measurement] = &measurements[..] else { panic!("{measurements:?}") };
        assert_eq!(
            (measurement.parameter.as_str(), measurement.median, measurement.timings),
            ("c", 91.8, 5)
        );
    }

    #[test]
    fn output_that_is_not_a_measurement_is_an_error_that_shows_it() {
        let message = format!("{:#}", parse("Traceback", 2, 1).err().unwrap());
        assert!(message.contains("Traceback"), "{message}");
    }

    #[test]
    fn a_missing_python_is_no_error() {
        let outcome = run("no-such-python", &["matmul.py"], 1).unwrap();
        assert!(matches!(outcome, Outcome::Skipped(why) if why.contains("no-such-python")));
    }
}
