//! `cargo xtask bench`: the crates' benchmarks and the peer programs, in turn and several times, so
//! that every ratio is of two measurements made within minutes of each other.

mod comparison;
mod criterion;
mod peers;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::report_file;
use crate::run::record::machine;
use crate::settings::cli::BenchArgs;
use crate::support::command_line::command;
use crate::support::progress::{format_duration, status};
use crate::support::{files, interrupt};

/// One measurement of one round: the median of several timings, with the lowest and the highest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Measurement {
    /// A peer does not know it.
    #[serde(skip)]
    round: usize,
    /// The benchmark, for example `training_step`.
    subject: String,
    /// The program, for example `dim-models` or `pytorch_best`.
    program: String,
    /// For example the case, or bins and threads.
    parameter: String,
    unit: String,
    median: f64,
    low: f64,
    high: f64,
    #[serde(rename = "blocks")]
    timings: usize,
}

/// A benchmark of a crate, and the peer programs that do the same work, with their arguments.
struct Subject {
    package: &'static str,
    bench: &'static str,
    peers: &'static [&'static [&'static str]],
}

const SUBJECTS: [Subject; 4] = [
    Subject {
        package: "dim-models",
        bench: "training_step",
        peers: &[
            &["training_step.py", "--config", "best"],
            &["training_step.py", "--config", "default"],
            &["matmul.py"],
        ],
    },
    Subject {
        package: "dim-models",
        bench: "encoder",
        peers: &[&["training_step.py", "--config", "best", "--encoder"]],
    },
    Subject { package: "mi-metrics", bench: "histogram", peers: &[&["histogram_mi.py"]] },
    Subject { package: "stl-data", bench: "decode", peers: &[&["decode.py"]] },
];

/// The measurements so far.
struct Results {
    folder: PathBuf,
    machine: BTreeMap<String, String>,
    /// Why a peer was skipped.
    notes: BTreeMap<String, String>,
    all: Vec<Measurement>,
}

/// Runs everything and writes the results.
pub fn bench(args: &BenchArgs) -> Result<()> {
    let start = Instant::now();
    let folder = report_file::path(args.out.as_deref(), "bench", "")?;
    if args.rounds == 0 {
        bail!("--rounds is 0; expected 1 or more");
    }
    status("bench: building");
    criterion::build(&SUBJECTS)?;

    let mut machine = machine();
    machine.insert("command".to_owned(), command());
    machine.insert("rounds".to_owned(), args.rounds.to_string());
    let mut results = Results { folder, machine, notes: BTreeMap::new(), all: Vec::new() };
    for round in 1..=args.rounds {
        for subject in &SUBJECTS {
            status(&format!("bench: round {round}/{}: {}", args.rounds, subject.bench));
            // The second program finds a warmer machine: alternate.
            if round % 2 == 1 {
                results.all.extend(criterion::run(subject, round)?);
            }
            results.add_peers(subject, &args.python, round)?;
            if round % 2 == 0 {
                results.all.extend(criterion::run(subject, round)?);
            }
            results.write()?;
        }
    }
    let summary = results.folder.join("summary.md");
    status(&format!(
        "benchmarks done in {}: {}",
        format_duration(start.elapsed()),
        summary.display()
    ));
    let missing = comparison::missing(&results.all);
    if !missing.is_empty() {
        bail!("a measurement of these comparisons is missing: {}", missing.join("; "));
    }
    Ok(())
}

impl Results {
    /// Runs the peers of a subject. A peer that cannot run is noted and skipped.
    fn add_peers(&mut self, subject: &Subject, python: &str, round: usize) -> Result<()> {
        for program in subject.peers {
            let name = program.join(" ");
            status(&format!("bench: round {round}: {name}"));
            match peers::run(python, program, round)? {
                peers::Outcome::Measured { versions, measurements } => {
                    self.machine.extend(versions);
                    self.all.extend(measurements);
                }
                peers::Outcome::Skipped(why) => {
                    status(&format!("bench: {name} skipped: {why}"));
                    self.notes.insert(name, why);
                }
            }
        }
        Ok(())
    }

    fn write(&self) -> Result<()> {
        let Self { folder, machine, notes, all } = self;
        let comparisons = comparison::all(all);
        files::make_folder(folder)?;
        files::write(&folder.join("measurements.csv"), report::measurements_csv(all)?)?;
        files::write(&folder.join("ratios.csv"), report::ratios_csv(&comparisons)?)?;
        files::write(&folder.join("machine.toml"), report::machine(machine)?)?;
        files::write(
            &folder.join("summary.md"),
            report::markdown(machine, notes, &comparisons, all),
        )
    }
}

/// An error after Ctrl-C, which stops a benchmark or peer as well.
fn check_interrupt() -> Result<()> {
    interrupt::check(|| "the measurements so far are kept".to_owned())
}
