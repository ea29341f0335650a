//! `cargo xtask sanitize`: the tests under AddressSanitizer, which checks the vector kernels' loads
//! and stores, and under Miri, which finds any undefined behaviour but runs only the portable path.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::cargo::{Tests, one_line, run_counting};
use super::report_file;
use crate::run::record::machine;
use crate::settings::cli::SanitizeArgs;
use crate::support::command_line::command;
use crate::support::interrupt;
use crate::support::paths::root;
use crate::support::progress::{format_duration, status};

/// Given even if it is the host's: build scripts and macros are then built without the sanitizer.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Threads that rayon keeps to the end are not a leak, and crossbeam's epochs need tree borrows.
/// Without the last flag, Miri adds errors to the results of mathematical functions.
const MIRI_FLAGS: &str = "-Zmiri-disable-isolation -Zmiri-ignore-leaks -Zmiri-tree-borrows \
                          -Zmiri-deterministic-floats";

/// Tests of one crate under one tool.
struct Campaign {
    tool: Tool,
    package: &'static str,
    /// The targets to test: cargo's flags.
    targets: &'static [&'static str],
    /// The tests to run: the test program's flags.
    tests: &'static [&'static str],
    note: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Address,
    Miri,
}

const CAMPAIGNS: [Campaign; 5] = [
    Campaign {
        tool: Tool::Address,
        package: "dim-models",
        targets: &["--tests"],
        tests: &[],
        note: "every test, each kernel on every instruction set here",
    },
    Campaign {
        tool: Tool::Address,
        package: "mi-metrics",
        targets: &["--tests"],
        tests: &[],
        note: "every test, counting at every level here",
    },
    Campaign {
        tool: Tool::Address,
        package: "stl-data",
        targets: &["--tests"],
        // It measures the resident set, most of which is the sanitizer's.
        tests: &["--skip", "a_parquet_file_is_never_in_memory_as_a_whole"],
        note: "every test except that of resident memory",
    },
    Campaign {
        tool: Tool::Miri,
        package: "dim-models",
        targets: &["--lib"],
        tests: &[
            "kernels::",
            "--skip=every_channel_count_agrees",
            "--skip=images_larger_than_a_block",
            "--skip=results_repeat_bit_for_bit",
            "--skip=are_right_to_rounding",
            "--skip=are_right_at_any_length",
        ],
        note: "kernels on the portable path, except for tests that take minutes",
    },
    Campaign {
        tool: Tool::Miri,
        package: "mi-metrics",
        targets: &["--lib"],
        tests: &[
            "--skip=counts_beyond_16_bits",
            "--skip=every_level_gives_the_bits",
            "--skip=values_are_those_of_scipy",
            "--skip=kd_tree",
            "--skip=every_8_bit_range",
            "--skip=inside_and_outside_the_table",
            "--skip=the_largest_counts",
        ],
        note: "unit tests at the baseline, except for those that take minutes",
    },
];

impl Campaign {
    fn command(&self) -> Command {
        // Through rustup: `cargo xtask` has set the toolchain that runs it in the environment.
        let mut cargo = Command::new("rustup");
        cargo.current_dir(root()).args(["run", "nightly", "cargo"]);
        for pinned in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
            cargo.env_remove(pinned);
        }
        cargo.env("HF_HUB_OFFLINE", "1");
        match self.tool {
            Tool::Address => cargo.arg("test").env("RUSTFLAGS", "-Zsanitizer=address"),
            // Two threads can race; proptest draws one example.
            Tool::Miri => cargo
                .args(["miri", "test"])
                .env("MIRIFLAGS", MIRI_FLAGS)
                .env("RAYON_NUM_THREADS", "2")
                .env("PROPTEST_CASES", "1"),
        };
        cargo.args(["--locked", "--target", TARGET, "-p", self.package]);
        cargo.args(self.targets).arg("--").args(self.tests);
        cargo
    }

    fn tool(&self) -> &'static str {
        match self.tool {
            Tool::Address => "AddressSanitizer",
            Tool::Miri => "Miri",
        }
    }

    /// Builds and runs the tests; seconds are of both.
    fn run(&self) -> Result<(Tests, f64)> {
        status(&format!("== {} on {}: {}", self.tool(), self.package, self.note));
        let (start, mut tests) = (Instant::now(), Tests::default());
        let ended = run_counting(self.tool(), &mut self.command(), &mut tests)
            .context("a nightly toolchain and rustup are needed")?;
        interrupt::check(|| "no report is written".to_owned())?;
        if !ended.success() {
            bail!("{} on {} failed ({ended})", self.tool(), self.package);
        }
        ensure!(tests.passed > 0, "{} ran no test of {}", self.tool(), self.package);
        Ok((tests, start.elapsed().as_secs_f64()))
    }
}

/// Runs the campaigns and writes the report. The first finding ends it, without a report.
pub fn sanitize(args: &SanitizeArgs) -> Result<()> {
    let start = Instant::now();
    let out = report_file::path(args.out.as_deref(), "sanitize", ".md")?;
    let commit = one_line("git", &["describe", "--always", "--dirty=, with changes"])?;
    let nightly = one_line("rustup", &["run", "nightly", "rustc", "--version"])
        .context("needed: rustup toolchain install nightly")?;
    let miri = one_line("rustup", &["run", "nightly", "cargo", "miri", "--version"])
        .context("needed: rustup +nightly component add miri rust-src")?;

    let mut rows = String::new();
    for campaign in &CAMPAIGNS {
        let (tests, seconds) = campaign.run()?;
        rows += &format!(
            "| {} | {} | {} | {} | {seconds:.0} |\n",
            campaign.tool(),
            campaign.package,
            campaign.note,
            tests.passed,
        );
    }
    let machine = machine();
    let cpu = machine.get("cpu").map_or("unknown", String::as_str);
    let report = format!(
        "<!-- Generated by `{}` -->\n# Sanitizers\n\n\
         At commit {commit}. No finding: no access outside of its allocation, no use after it was \
         freed and no leak (AddressSanitizer); no undefined behaviour, uninitialised values and \
         data races among it, on the portable path (Miri).\n\n\
         | tool | crate | tests | passed | seconds, build included |\n|---|---|---|---|---|\n{rows}\n\
         {nightly}, {miri}. {cpu}, {} threads; instruction sets beside the portable path: {}.\n\
         Seconds are by the clock; other work may have run beside it.\n",
        command(),
        machine.get("threads").map_or("unknown", String::as_str),
        instruction_sets(),
    );
    report_file::write(&out, &report)?;
    status(&format!("no finding, in {}: {}", format_duration(start.elapsed()), out.display()));
    Ok(())
}

/// The instruction sets of this CPU that the kernels have a path for.
fn instruction_sets() -> String {
    #[cfg(target_arch = "x86_64")]
    let found = [
        ("AVX2", is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")),
        ("AVX-512", is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let found = [("none", true)];
    let names: Vec<&str> = found.iter().filter(|set| set.1).map(|set| set.0).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_with_kernels_goes_through_both() {
        for package in ["dim-models", "mi-metrics"] {
            for tool in [Tool::Address, Tool::Miri] {
                assert!(CAMPAIGNS.iter().any(|c| c.package == package && c.tool == tool));
            }
        }
    }
}
