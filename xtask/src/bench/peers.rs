//! The peer programs of `benches/peers`: what a user would pick instead, in Python.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::Measurement;
use crate::reproduce::root;

/// The exit code of a peer that lacks a package.
const MISSING_PACKAGE: i32 = 3;

/// What came of running one.
pub(super) enum Outcome {
    /// Versions of Python and packages, and the figures.
    Measured { versions: BTreeMap<String, String>, measurements: Vec<Measurement> },
    /// Why it could not run here.
    Skipped(String),
}

/// A line of a peer's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Header {
        versions: BTreeMap<String, Option<String>>,
    },
    Figure {
        subject: String,
        program: String,
        parameter: String,
        unit: String,
        median: f64,
        low: f64,
        high: f64,
        blocks: usize,
    },
}

/// Runs a program with its arguments.
pub(super) fn run(python: &str, program: &[&str], round: usize) -> Result<Outcome> {
    let [file, arguments @ ..] = program else { bail!("a peer has a file") };
    let folder = root().join("benches").join("peers");
    let output =
        Command::new(python).arg(folder.join(file)).args(arguments).stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Outcome::Skipped(format!("there is no `{python}`; --python names another")));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot start {python}")),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(MISSING_PACKAGE) => return Ok(Outcome::Skipped(errors.trim().to_owned())),
        _ => bail!("{file} failed ({}):\n{errors}", output.status),
    }
    parse(&String::from_utf8_lossy(&output.stdout), round)
        .with_context(|| format!("reading the output of {file}"))
}

fn parse(text: &str, round: usize) -> Result<Outcome> {
    let (mut versions, mut measurements) = (BTreeMap::new(), Vec::new());
    for line in text.lines() {
        match serde_json::from_str(line).with_context(|| format!("the line {line}"))? {
            Line::Header { versions: found } => {
                versions.extend(found.into_iter().filter_map(|(name, v)| Some((name, v?))));
            }
            Line::Figure { subject, program, parameter, unit, median, low, high, blocks } => {
                measurements.push(Measurement {
                    round,
                    subject,
                    program,
                    parameter: parameter.to_lowercase(),
                    unit,
                    median,
                    low,
                    high,
                    timings: blocks,
                });
            }
        }
    }
    Ok(Outcome::Measured { versions, measurements })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_figures_are_read() {
        let text = r#"{"versions": {"python": "3.11.7", "numba": null}, "threads": 2}
{"subject": "training_step", "program": "pytorch_best", "parameter": "C", "unit": "images/s", "median": 91.8, "low": 85.4, "high": 108.9, "blocks": 5, "kept_waiting": 0}"#;
        let Outcome::Measured { versions, measurements } = parse(text, 2).unwrap() else {
            panic!("skipped")
        };
        assert_eq!(versions, BTreeMap::from([("python".to_owned(), "3.11.7".to_owned())]));
        let [figure] = &measurements[..] else { panic!("{measurements:?}") };
        assert_eq!((figure.parameter.as_str(), figure.median, figure.timings), ("c", 91.8, 5));
    }

    #[test]
    fn output_that_is_no_figure_is_an_error_that_shows_it() {
        let message = format!("{:#}", parse("Traceback", 1).err().unwrap());
        assert!(message.contains("Traceback"), "{message}");
    }

    #[test]
    fn a_missing_python_is_no_error() {
        let outcome = run("no-such-python", &["matmul.py"], 1).unwrap();
        assert!(matches!(outcome, Outcome::Skipped(why) if why.contains("no-such-python")));
    }
}
