//! `cargo xtask fuzz`: fuzzes every reader of files with libFuzzer, from seeds and corpora that are
//! kept.
//!
//! A finding is a failed assertion, a panic, a single allocation above 64 MB, more than 1 GB in
//! all, or an input that takes over 20 s. The input is then in `fuzz/artifacts/` of the crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::cargo::one_line;
use super::report_file;
use crate::run::record::machine;
use crate::settings::cli::FuzzArgs;
use crate::support::command_line::command;
use crate::support::interrupt;
use crate::support::paths::root;
use crate::support::progress::{format_duration, status};

/// A fuzz target of a crate.
struct Target {
    package: &'static str,
    name: &'static str,
    /// Executions of a full campaign.
    executions: f64,
    /// Bytes of the longest input.
    longest: usize,
}

const PACKAGES: [&str; 2] = ["stl-data", "dim-models"];

const TARGETS: [Target; 6] = [
    Target { package: "stl-data", name: "lists", executions: 4_500_000.0, longest: 32_768 },
    Target { package: "stl-data", name: "binaries", executions: 5_500_000.0, longest: 64 },
    Target { package: "stl-data", name: "parquet", executions: 300_000.0, longest: 16_384 },
    Target { package: "stl-data", name: "archive", executions: 60_000.0, longest: 16_384 },
    Target { package: "dim-models", name: "checkpoint", executions: 150_000.0, longest: 8_192 },
    Target { package: "dim-models", name: "state", executions: 150_000.0, longest: 16_384 },
];

/// Fuzzes all targets side by side and writes the report. The first finding ends it, without a
/// report.
pub fn fuzz(args: &FuzzArgs) -> Result<()> {
    let start = Instant::now();
    ensure!(
        args.factor.is_finite() && args.factor > 0.0,
        "--factor is {}; expected a positive number",
        args.factor
    );
    let out = report_file::path(args.out.as_deref(), "fuzz", ".md")?;
    let commit = one_line("git", &["describe", "--always", "--dirty=, with changes"])?;
    let nightly = one_line("rustup", &["run", "nightly", "rustc", "--version"])
        .context("needed: rustup toolchain install nightly")?;
    let version = one_line("cargo", &["fuzz", "--version"])
        .context("needed: cargo install cargo-fuzz --locked")?;
    for package in PACKAGES {
        status(&format!("fuzz: building the targets of {package}"));
        let mut build = cargo_fuzz(package, &["build"]);
        let built = build.status().context("cannot start rustup")?;
        ensure!(built.success(), "the fuzz targets of {package} do not build ({built})");
        unpack_corpus(package)?;
    }
    let logs = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut running = Vec::new();
    for target in &TARGETS {
        running.push(Running::start(target, args.factor, logs.path())?);
    }
    status(&format!("fuzz: {} targets side by side", running.len()));
    wait(&mut running)?;
    let mut rows = String::new();
    for finished in &running {
        rows += &finished.row()?;
    }
    PACKAGES.into_iter().try_for_each(pack_corpus)?;
    report_file::write(&out, &report(&rows, &commit, &format!("{nightly}, {version}")))?;
    status(&format!("no finding, in {}: {}", format_duration(start.elapsed()), out.display()));
    Ok(())
}

/// A target that is being fuzzed; killed when dropped.
struct Running<'a> {
    target: &'a Target,
    child: Child,
    log: PathBuf,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'a> Running<'a> {
    fn start(target: &'a Target, factor: f64, logs: &Path) -> Result<Self> {
        let Target { package, name, executions, longest } = *target;
        let corpus = format!("fuzz/corpus/{name}");
        fs::create_dir_all(folder(package).join(&corpus))
            .with_context(|| format!("cannot make {corpus}"))?;
        let log = logs.join(format!("{package}-{name}.log"));
        let failed = || format!("cannot write {}", log.display());
        let output = fs::File::create(&log).with_context(failed)?;
        let errors = output.try_clone().with_context(failed)?;
        let seeds = format!("fuzz/seeds/{name}");
        let runs = format!("-runs={}", (executions * factor).ceil());
        let length = format!("-max_len={longest}");
        let limits = ["-timeout=20", "-rss_limit_mb=1024", "-malloc_limit_mb=64"];
        let mut command =
            cargo_fuzz(package, &["run", name, &corpus, &seeds, "--", &runs, &length]);
        command.args(limits).arg("-print_final_stats=1").stdout(output).stderr(errors);
        // Inputs pass through files.
        if Path::new("/dev/shm").is_dir() {
            command.env("TMPDIR", "/dev/shm");
        }
        let child = command.spawn().context("cannot start rustup")?;
        Ok(Self { target, child, log })
    }

    /// The row of the report, after the corpus is minimised.
    fn row(&self) -> Result<String> {
        let Target { package, name, .. } = *self.target;
        let log = self.log()?;
        let number = |before: &str| {
            let text = log.rsplit(before).next().filter(|_| log.contains(before)).unwrap_or("?");
            let digits: String =
                text.trim_start().chars().take_while(char::is_ascii_digit).collect();
            if digits.is_empty() { "?".to_owned() } else { digits }
        };
        let minimised = cargo_fuzz(package, &["cmin", name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("cannot start rustup")?;
        ensure!(minimised.success(), "cannot minimise the corpus of {package} {name}");
        let corpus = folder(package).join("fuzz/corpus").join(name);
        let inputs = fs::read_dir(&corpus)
            .with_context(|| format!("cannot list {}", corpus.display()))?
            .count();
        Ok(format!(
            "| {package} | {name} | {} | {} | {} | {} | {inputs} |\n",
            number("stat::number_of_executed_units:"),
            number("runs in "),
            number("stat::peak_rss_mb:"),
            number("cov: "),
        ))
    }

    fn log(&self) -> Result<String> {
        let bytes = fs::read(&self.log);
        let bytes = bytes.with_context(|| format!("cannot read {}", self.log.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Waits for all targets; an error with the end of the log for the first that fails.
fn wait(running: &mut [Running<'_>]) -> Result<()> {
    loop {
        interrupt::check(|| "no report is written".to_owned())?;
        let mut is_done = true;
        for target in running.iter_mut() {
            match target.child.try_wait().context("waiting for a fuzz target")? {
                Some(ended) if !ended.success() => {
                    let log = target.log()?;
                    let lines: Vec<&str> = log.lines().collect();
                    let last = lines[lines.len().saturating_sub(40)..].join("\n");
                    let Target { package, name, .. } = target.target;
                    bail!("{package} {name}: a finding, or a failure ({ended}):\n{last}");
                }
                Some(_) => {}
                None => is_done = false,
            }
        }
        if is_done {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn folder(package: &str) -> PathBuf {
    root().join("crates").join(package)
}

/// cargo-fuzz on the nightly toolchain, in the folder of a crate.
fn cargo_fuzz(package: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(folder(package)).args(["run", "nightly", "cargo", "fuzz"]).args(arguments);
    // `cargo xtask` has set the toolchain that runs it in the environment.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// Unpacks the corpus of earlier campaigns, unless there is one.
fn unpack_corpus(package: &str) -> Result<()> {
    let fuzz = folder(package).join("fuzz");
    if fuzz.join("corpus").is_dir() || !fuzz.join("corpus.tar.gz").is_file() {
        return Ok(());
    }
    tar(&fuzz, &["-xzf", "corpus.tar.gz"])
}

/// Packs the corpus without names and times of this machine: the same corpus gives the same file.
fn pack_corpus(package: &str) -> Result<()> {
    let owner = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--sort=name"];
    let format = ["--use-compress-program=gzip -9n", "-cf", "corpus.tar.gz", "corpus"];
    tar(&folder(package).join("fuzz"), &[&owner[..], &format].concat())
}

fn tar(folder: &Path, arguments: &[&str]) -> Result<()> {
    let mut tar = Command::new("tar");
    let ended = tar.current_dir(folder).args(arguments).status().context("cannot start tar")?;
    ensure!(ended.success(), "tar failed in {} ({ended})", folder.display());
    Ok(())
}

fn report(rows: &str, commit: &str, versions: &str) -> String {
    let machine = machine();
    let of = |key: &str| machine.get(key).map_or("unknown", String::as_str);
    format!(
        "<!-- Generated by `{}` -->\n# Fuzzing\n\n\
         At commit {commit}. No finding: no panic, no failed assertion, no allocation above 64 \
         MB, no more than 1 GB in all, no input over 20 s.\n\n\
         | crate | target | executions | seconds | peak MB | edges | corpus, minimised |\n\
         |---|---|---|---|---|---|---|\n{rows}\n\
         {versions}, AddressSanitizer, all targets side by side on {} cores of {}.\n",
        command(),
        of("cores"),
        of("cpu"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fuzz_target_of_the_crates_is_in_the_campaign() {
        for package in PACKAGES {
            let targets = folder(package).join("fuzz").join("fuzz_targets");
            for entry in fs::read_dir(targets).unwrap() {
                let name =
                    entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
                let is_in = TARGETS.iter().any(|t| t.package == package && t.name == name);
                assert!(is_in, "{package} {name}");
            }
        }
    }
}
