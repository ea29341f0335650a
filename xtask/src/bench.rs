//! `cargo xtask bench`: the crates' benchmarks and the peer programs, several times in turn, so that
//! every ratio is of two figures taken within minutes of each other.

mod comparison;
mod criterion;
mod peers;
mod report;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use anyhow::{Result, bail};

use crate::cli::BenchArgs;
use crate::files;
use crate::interrupt;
use crate::progress::{human, say};
use crate::record::{command, machine};
use crate::reproduce::root;

/// One figure of one round: the median of several timings, and the least and greatest of them.
#[derive(Debug, Clone, PartialEq)]
struct Measurement {
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

/// Runs everything and writes the results.
pub fn bench(args: &BenchArgs) -> Result<()> {
    let start = Instant::now();
    let folder = args.out.clone().unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        root().join("results").join("bench").join(date(now.as_secs() / 86_400))
    });
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
    let mut all: Vec<Measurement> = Vec::new();
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    for round in 1..=args.rounds {
        for subject in &SUBJECTS {
            interrupt::check(|| {
                format!(
                    "round {round} was being measured; earlier rounds are in {}",
                    folder.display()
                )
            })?;
            say(&format!("bench: round {round}/{}: {}", args.rounds, subject.bench));
            all.extend(criterion::run(subject, round)?);
            for program in subject.peers {
                match peers::run(&args.python, program, round)? {
                    peers::Outcome::Measured { versions, measurements } => {
                        machine.extend(versions);
                        all.extend(measurements);
                    }
                    peers::Outcome::Skipped(why) => {
                        if notes.insert(program.join(" "), why.clone()).is_none() {
                            say(&format!("bench: {} left out: {why}", program.join(" ")));
                        }
                    }
                }
            }
        }
        let comparisons = comparison::all(&all);
        files::write(&folder.join("measurements.csv"), report::csv(&all))?;
        files::write(&folder.join("ratios.csv"), report::ratios_csv(&comparisons))?;
        files::write(&folder.join("machine.toml"), report::machine(&machine)?)?;
        files::write(
            &folder.join("summary.md"),
            report::markdown(&machine, &notes, &comparisons, &all),
        )?;
    }
    say(&format!("benched in {}: {}", human(start.elapsed()), folder.join("summary.md").display()));
    Ok(())
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
