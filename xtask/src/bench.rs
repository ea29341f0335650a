//! `cargo xtask bench`: the crates' benchmarks and the peer programs, several times in turn, so that
//! every ratio is of two figures taken within minutes of each other.

mod comparison;
mod criterion;
mod peers;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::cli::BenchArgs;
use crate::files;
use crate::interrupt;
use crate::progress::{human, say};
use crate::record::{command, machine};
use crate::reproduce::root;

/// One figure of one round: the median of several timings, and the least and greatest of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Measurement {
    /// Which a peer does not know.
    #[serde(skip)]
    round: usize,
    /// What was done, for example `training_step`.
    subject: String,
    /// Who did it, for example `dim-models` or `pytorch_best`.
    program: String,
    /// On what, for example the case, or bins and threads.
    parameter: String,
    unit: String,
    median: f64,
    low: f64,
    high: f64,
    #[serde(rename = "blocks")]
    timings: usize,
}

/// A benchmark of a crate, and the peer programs with their arguments that do the same work.
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

/// What has been measured so far.
struct Results {
    folder: PathBuf,
    machine: BTreeMap<String, String>,
    /// Why a peer is not among the figures.
    notes: BTreeMap<String, String>,
    all: Vec<Measurement>,
}

/// Runs everything and writes the results.
pub fn bench(args: &BenchArgs) -> Result<()> {
    let start = Instant::now();
    let folder =
        args.out.clone().unwrap_or_else(|| root().join("results").join("bench").join(today()));
    if folder.exists() {
        bail!("{} exists: remove it, or name another with --out", folder.display());
    }
    if args.rounds == 0 {
        bail!("0 rounds measure nothing: 1 or more are needed");
    }
    say("bench: building");
    criterion::build(&SUBJECTS)?;

    let mut machine = machine();
    machine.insert("command".to_owned(), command());
    machine.insert("rounds".to_owned(), args.rounds.to_string());
    let mut results = Results { folder, machine, notes: BTreeMap::new(), all: Vec::new() };
    for round in 1..=args.rounds {
        for subject in &SUBJECTS {
            say(&format!("bench: round {round}/{}: {}", args.rounds, subject.bench));
            // Whoever comes second finds a warmer machine: take turns.
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
    say(&format!("benched in {}: {}", human(start.elapsed()), summary.display()));
    let missing = comparison::missing(&results.all);
    if !missing.is_empty() {
        bail!(
            "these comparisons are asked for, but a figure of theirs is missing: {}",
            missing.join("; ")
        );
    }
    Ok(())
}

impl Results {
    /// Runs the peers of a subject; one that cannot run is noted and left out.
    fn add_peers(&mut self, subject: &Subject, python: &str, round: usize) -> Result<()> {
        for program in subject.peers {
            let name = program.join(" ");
            say(&format!("bench: round {round}: {name}"));
            match peers::run(python, program, round)? {
                peers::Outcome::Measured { versions, measurements } => {
                    self.machine.extend(versions);
                    self.all.extend(measurements);
                }
                peers::Outcome::LeftOut(why) => {
                    say(&format!("bench: {name} is left out: {why}"));
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
        files::write(&folder.join("measurements.csv"), report::csv(all))?;
        files::write(&folder.join("ratios.csv"), report::ratios_csv(&comparisons))?;
        files::write(&folder.join("machine.toml"), report::machine(machine)?)?;
        files::write(
            &folder.join("summary.md"),
            report::markdown(machine, notes, &comparisons, all),
        )
    }
}

/// An error where the user pressed Ctrl-C, which stops a benchmark or peer too: not its own fault.
fn check_interrupt() -> Result<()> {
    interrupt::check(|| "figures measured so far are kept".to_owned())
}

/// The date in UTC, for names of results.
pub fn today() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    date(now.as_secs() / 86_400)
}

/// `2026-11-23`, from the days since 1970 (Howard Hinnant's `civil_from_days`).
fn date(days: u64) -> String {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_since_1970_become_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_780, "2026-11-23"),
        ] {
            assert_eq!(date(days), expected);
        }
    }
}
