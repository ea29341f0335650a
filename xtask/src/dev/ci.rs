//! `cargo xtask ci`: every check of the project, cheapest first, with one line of totals.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::cargo::{CRATES, Tests, cargo, run_counting};
use crate::support::progress::{format_duration, status};

const DENY_WARNINGS: [&str; 2] = ["-D", "warnings"];
const OPTIONAL_FEATURES: [&str; 2] = ["--features", "stl-data/candle,mi-metrics/ndarray"];

/// Runs the checks; the first that fails ends them.
pub fn ci() -> Result<()> {
    let mut tests = Tests::default();
    let start = Instant::now();
    step("format", cargo(&["fmt", "--all", "--check"]), &mut tests)?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked"];
    step("lints", cargo(&[&clippy[..], &["--"], &DENY_WARNINGS].concat()), &mut tests)?;
    step(
        "lints of optional features",
        cargo(&[&clippy[..], &OPTIONAL_FEATURES, &["--"], &DENY_WARNINGS].concat()),
        &mut tests,
    )?;
    if is_installed("deny") {
        let deny = cargo(&["deny", "--locked", "check", "licenses", "bans", "sources"]);
        step("licences, duplicates, sources", deny, &mut tests)?;
    } else {
        status(
            "== licences, duplicates, sources: skipped (not installed: `cargo install cargo-deny \
             --locked`)",
        );
    }
    step("tests", cargo(&["test", "--workspace", "--locked"]), &mut tests)?;
    let optional_tests =
        ["test", "-p", "stl-data", "-p", "mi-metrics", "--all-features", "--locked"];
    step("tests of optional features", cargo(&optional_tests), &mut tests)?;
    let docs = ["doc", "--workspace", "--no-deps", "--locked"];
    let mut docs = cargo(&[&docs[..], &OPTIONAL_FEATURES].concat());
    docs.env("RUSTDOCFLAGS", "-D warnings");
    step("docs", docs, &mut tests)?;
    smoke(&mut tests)?;
    let crates = CRATES.iter().flat_map(|name| ["-p", name]);
    let package: Vec<&str> =
        ["package", "--locked", "--allow-dirty"].into_iter().chain(crates).collect();
    step("packages", cargo(&package), &mut tests)?;
    status(&format!("every check passed in {}", format_duration(start.elapsed())));
    status(&format!("{} passed, {} failed", tests.passed, tests.failed));
    Ok(())
}

/// A smoke run, through cargo because the tests may have replaced this program's file, into a
/// temporary folder.
fn smoke(tests: &mut Tests) -> Result<()> {
    let results = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut reproduce = cargo(&["xtask", "reproduce", "--source", "sample", "--preset", "smoke"]);
    reproduce.arg("--results").arg(results.path());
    step("smoke reproduction", reproduce, tests)?;
    let figures = results.path().join("local-sample-smoke").join("figures");
    let drawn = std::fs::read_dir(&figures)
        .with_context(|| format!("the smoke run drew nothing into {}", figures.display()))?
        .count();
    if drawn != 24 {
        bail!("the smoke run wrote {drawn} figure files; expected 12 figures in 2 formats");
    }
    Ok(())
}

/// Whether cargo has this subcommand.
fn is_installed(subcommand: &str) -> bool {
    let mut version = cargo(&[subcommand, "--version"]);
    let version = version.stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Runs one check and prints its output.
fn step(name: &str, mut command: Command, tests: &mut Tests) -> Result<()> {
    status(&format!("== {name}"));
    let start = Instant::now();
    let ended = run_counting(name, &mut command, tests)?;
    if !ended.success() {
        status(&format!("{} passed, {} failed", tests.passed, tests.failed.max(1)));
        bail!("{name} failed ({ended})");
    }
    status(&format!("== {name}: passed in {}", format_duration(start.elapsed())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::support::paths::root;

    /// Source files below `folder` that hold `word`, as paths from the root.
    fn holding(word: &str, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(holding(word, &path));
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains(word)
            {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
        found
    }

    #[test]
    fn unsafe_is_in_the_named_modules_alone() {
        let lint = concat!("unsafe", "_code"); // not in this file
        let sources = CRATES.map(|name| root().join("crates").join(name).join("src"));
        let found: Vec<String> = sources
            .iter()
            .chain([&root().join("xtask").join("src")])
            .flat_map(|folder| holding(lint, folder))
            .collect();
        let is_named = |path: &String| {
            path.starts_with("crates/dim-models/src/kernels/")
                || path == "crates/mi-metrics/src/simd.rs"
        };
        assert!(found.len() > 1 && found.iter().all(is_named), "{found:?}");
    }

    #[test]
    fn libraries_start_no_program() {
        for name in CRATES {
            let found = holding("process::", &root().join("crates").join(name).join("src"));
            assert!(found.is_empty(), "{found:?}");
        }
    }
}
