//! Runs cargo and other programs, and counts the tests that they report.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, ensure};

use crate::support::paths::root;

/// The library crates.
pub const CRATES: [&str; 5] = ["stl-data", "mi-metrics", "mi-plots", "linear-probe", "dim-models"];

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

/// The cargo that runs this program, in the root of the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command, prints its output and counts the tests in it.
pub fn run_counting(name: &str, command: &mut Command, tests: &mut Tests) -> Result<ExitStatus> {
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
    child.wait().with_context(|| format!("waiting for {name}"))
}

/// The output of a program, which is one line.
pub fn one_line(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        // `cargo xtask` has set the toolchain that runs it.
        .env_remove("RUSTUP_TOOLCHAIN")
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    ensure!(output.status.success(), "`{program} {}` failed", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_add_up() {
        let mut tests = Tests::default();
        tests.count("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured");
        tests.count("test result: FAILED. 3 passed; 2 failed; 0 ignored");
        tests.count("running 4 tests");
        assert_eq!((tests.passed, tests.failed), (15, 2));
    }
}
