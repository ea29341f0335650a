//! `cargo xtask ci`: every check of the project, cheapest first, with one line of totals.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::progress::{human, say};
use crate::reproduce::root;

const CRATES: [&str; 4] = ["stl-data", "mi-metrics", "mi-plots", "dim-models"];
const DENY_WARNINGS: [&str; 2] = ["-D", "warnings"];

/// Runs the checks; the first that fails ends them.
pub fn ci() -> Result<()> {
    let mut tests = Tests::default();
    let start = Instant::now();
    step("format", cargo(&["fmt", "--all", "--check"]), &mut tests)?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked"];
    let optional = ["--features", "stl-data/candle,mi-metrics/ndarray"];
    step("lints", cargo(&[&clippy[..], &["--"], &DENY_WARNINGS].concat()), &mut tests)?;
    step(
        "lints of optional features",
        cargo(&[&clippy[..], &optional, &["--"], &DENY_WARNINGS].concat()),
        &mut tests,
    )?;
    if is_installed("deny") {
        let deny = cargo(&["deny", "--locked", "check", "licenses", "bans", "sources"]);
        step("licences, duplicates, sources", deny, &mut tests)?;
    } else {
        say(
            "== licences, duplicates, sources: skipped; `cargo install cargo-deny --locked` has them checked",
        );
    }
    step("tests", cargo(&["test", "--workspace", "--locked"]), &mut tests)?;
    let optional_tests =
        ["test", "-p", "stl-data", "-p", "mi-metrics", "--all-features", "--locked"];
    step("tests of optional features", cargo(&optional_tests), &mut tests)?;
    let docs = ["doc", "--workspace", "--no-deps", "--locked"];
    let mut docs = cargo(&[&docs[..], &optional].concat());
    docs.env("RUSTDOCFLAGS", "-D warnings");
    step("docs", docs, &mut tests)?;
    smoke(&mut tests)?;
    let crates = CRATES.iter().flat_map(|name| ["-p", name]);
    let package: Vec<&str> =
        ["package", "--locked", "--allow-dirty"].into_iter().chain(crates).collect();
    step("packages", cargo(&package), &mut tests)?;
    say(&format!("every check passed in {}", human(start.elapsed())));
    say(&format!("{} passed, {} failed", tests.passed, tests.failed));
    Ok(())
}

/// The smoke run, through cargo (the tests may have replaced this program's file), into a folder that
/// goes away.
fn smoke(tests: &mut Tests) -> Result<()> {
    let results = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut reproduce = cargo(&["xtask", "reproduce", "--source", "sample", "--preset", "smoke"]);
    reproduce.arg("--results").arg(results.path());
    step("smoke reproduction", reproduce, tests)?;
    let figures = results.path().join("local-sample-smoke").join("figures");
    let drawn = std::fs::read_dir(&figures)
        .with_context(|| format!("the smoke run drew nothing into {}", figures.display()))?
        .count();
    if drawn != 18 {
        bail!("the smoke run wrote {drawn} figure files; expected 9 figures in 2 formats");
    }
    Ok(())
}

/// Totals of the test runner's closing lines.
#[derive(Debug, Default)]
pub struct Tests {
    pub passed: u64,
    pub failed: u64,
}

impl Tests {
    /// Counts `test result: ok. 12 passed; 0 failed; ...`.
    pub fn count(&mut self, line: &str) {
        let Some(result) = line.trim().strip_prefix("test result: ") else { return };
        let number = |word: &str| {
            let before = result.split(word).next().unwrap_or_default();
            before.split_whitespace().next_back().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0)
        };
        self.passed += number(" passed");
        self.failed += number(" failed");
    }
}

/// Whether cargo has this subcommand.
fn is_installed(subcommand: &str) -> bool {
    let mut asked = cargo(&[subcommand, "--version"]);
    asked.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs one check, passing its output on.
fn step(name: &str, mut command: Command, tests: &mut Tests) -> Result<()> {
    say(&format!("== {name}"));
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.with_context(|| format!("reading the output of {name}"))?;
            tests.count(&line);
            writeln!(std::io::stdout(), "{line}").context("cannot write to stdout")?;
        }
    }
    let status = child.wait().with_context(|| format!("waiting for {name}"))?;
    if !status.success() {
        say(&format!("{} passed, {} failed", tests.passed, tests.failed.max(1)));
        bail!("{name} failed ({status})");
    }
    say(&format!("== {name}: passed in {}", human(start.elapsed())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn closing_lines_add_up() {
        let mut tests = Tests::default();
        tests.count("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured");
        tests.count("test result: FAILED. 3 passed; 2 failed; 0 ignored");
        tests.count("running 4 tests");
        assert_eq!((tests.passed, tests.failed), (15, 2));
    }

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
