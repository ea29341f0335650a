//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::config::Settings;
use crate::settings::values::Seeds;

/// Reproduces "Features that Maximizes Mutual Information, How do they Look Like?" (Seo 2019).
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed, or verify found a problem; a line that starts with `error:` says what and what to do
  2    invalid command line; nothing was started
  130  stopped by Ctrl-C; the same command, without --fresh, resumes";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train, measure and draw: every figure of the study from one command.
    ///
    /// Steps that are up to date are skipped. A run that was stopped, in whatever way, resumes
    /// within the epoch it was in.
    #[command(after_help = REPRODUCE_EXAMPLES)]
    Reproduce(ReproduceArgs),
    /// Train the encoders: writes a checkpoint and a table of losses for each case.
    Train(RunArgs),
    /// Measure mutual information with trained encoders, with controls: writes mi.parquet, the
    /// other tables and the summary.
    Measure(RunArgs),
    /// Draw the figures from the tables and checkpoints of a run.
    Figures(RunArgs),
    /// Check a run folder against its record; changes nothing.
    ///
    /// Prints a line for each missing, changed, unfinished or unknown file, with the command that
    /// fixes it, and exits with 1 if there is any. A folder made by --seeds is checked with all its
    /// runs.
    Verify(VerifyArgs),
    /// Download or unpack STL-10 into datasets/stl10_binary/, and verify it.
    #[command(after_help = FETCH_EXAMPLES)]
    Fetch(FetchArgs),
    /// Benchmark the crates against PyTorch, numba and numpy: writes results/bench/DATE/.
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Kill a small run at random times and restart it until it is done, many times: the results
    /// must equal those of a run that was not killed.
    #[command(after_help = SOAK_EXAMPLES)]
    Soak(Box<SoakArgs>),
    /// Run the tests under AddressSanitizer and Miri, which find memory errors in `unsafe` code.
    #[command(after_help = SANITIZE_EXAMPLES)]
    Sanitize(SanitizeArgs),
    /// Fuzz the readers of files with libFuzzer: writes results/fuzz/DATE.md.
    #[command(after_help = FUZZ_EXAMPLES)]
    Fuzz(FuzzArgs),
    /// Run every check of the project: format, lints, tests, docs, a smoke run, packages.
    Ci,
}

const REPRODUCE_EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce                             best data and preset available here
  cargo xtask reproduce --source sample             the sample photographs, no network
  cargo xtask reproduce --preset paper --device cuda
  cargo xtask reproduce --source train.parquet --seed 1 --run stl10-seed-1
  cargo xtask reproduce --seeds 0..3                a run for each of the seeds 0, 1, 2, and a comparison
  cargo xtask reproduce --config my.toml            keys are named like the flags";

const FETCH_EXAMPLES: &str = "\
Examples:
  cargo xtask fetch                                 the train split from the Hugging Face mirror (89 MB)
  cargo xtask fetch --splits train,test
  cargo xtask fetch --archive stl10_binary.tar.gz --splits train,test,unlabeled";

const BENCH_EXAMPLES: &str = "\
Every benchmark checks its answer before it is timed. The peers need Python with the packages of
peers/requirements.txt; without them only the crates are timed. Keep the machine idle.

Examples:
  cargo xtask bench                                 three rounds, about 25 minutes after the build
  cargo xtask bench --python venv/bin/python        peers from a virtual environment
  cargo xtask bench --rounds 1 --out /tmp/bench";

const SOAK_EXAMPLES: &str = "\
Examples:
  cargo xtask soak                                  200 kills, a few minutes: writes results/soak/DATE.md
  cargo xtask soak --kills 1000 --kill-seed 1
  cargo xtask soak --preset quick --cases b         a larger run; takes the settings of reproduce";

const SANITIZE_EXAMPLES: &str = "\
Needs Linux on x86-64, and a nightly compiler with Miri:
  rustup toolchain install nightly --component miri,rust-src

Examples:
  cargo xtask sanitize                              a quarter of an hour: writes results/sanitize/DATE.md
  cargo xtask sanitize --out /tmp/sanitize.md";

const FUZZ_EXAMPLES: &str = "\
Needs a nightly compiler and cargo-fuzz:
  rustup toolchain install nightly && cargo install cargo-fuzz --locked

Examples:
  cargo xtask fuzz                                  10 million executions, about ten minutes
  cargo xtask fuzz --factor 0.01 --out /tmp/fuzz.md";

/// Which run.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Name of the run under results/, or the path of its folder.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Folder of run folders [default: results/ of this repository].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
}

/// Number of kills, the run to kill, and where the report goes.
#[derive(Debug, Args)]
pub struct SoakArgs {
    /// Total number of kills.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub kills: usize,
    /// Seed of the times of the kills; where they land also depends on the machine.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub kill_seed: u64,
    /// Report to write; must not exist [default: results/soak/DATE.md].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Folder of data sets [default: datasets/ of this repository].
    #[arg(long, value_name = "DIR")]
    pub datasets: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

/// How much is fuzzed, and where the report goes.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// Share of the full campaign of 10 million executions.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub factor: f64,
    /// Report to write; must not exist [default: results/fuzz/DATE.md].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Where the report goes.
#[derive(Debug, Args)]
pub struct SanitizeArgs {
    /// Report to write; must not exist [default: results/sanitize/DATE.md].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How often everything is timed, and where the measurements go.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Rounds; each ratio is of two measurements of one round.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub rounds: usize,
    /// Python interpreter for the peers.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Folder to write; must not exist [default: results/bench/DATE].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// One run, or one for each of several seeds.
#[derive(Debug, Args)]
pub struct ReproduceArgs {
    /// A run for each seed: 0..4 (0 to 3), 0..=4 or 0,3,7. Their folders go into that of --run
    /// [default: local-DATA-PRESET-seeds], with means, intervals and differences over seeds.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,
    #[command(flatten)]
    pub run: RunArgs,
}

/// The settings of a run and where it goes.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Name of the run: its folder under results/ [default of train and reproduce:
    /// local-DATA-PRESET].
    #[arg(long)]
    pub run: Option<String>,
    /// Start over: replace what the run folder holds.
    #[arg(long)]
    pub fresh: bool,
    /// Settings from a TOML file whose keys are named like the flags; flags win.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of run folders [default: results/ of this repository].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Folder of data sets [default: datasets/ of this repository].
    #[arg(long, value_name = "DIR")]
    pub datasets: Option<PathBuf>,
    /// CPU threads [default: all cores]; results do not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub settings: Settings,
}

/// Where STL-10 comes from.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Splits to get: train, test, unlabeled (unlabeled only from the archive).
    #[arg(long, value_delimiter = ',', default_value = "train")]
    pub splits: Vec<stl_data::Split>,
    /// The official stl10_binary.tar.gz, downloaded before.
    #[arg(long, value_name = "FILE", conflicts_with = "parquet")]
    pub archive: Option<PathBuf>,
    /// A parquet file of the mirror, downloaded before: one split.
    #[arg(long, value_name = "FILE")]
    pub parquet: Option<PathBuf>,
    /// Folder of data sets [default: datasets/ of this repository].
    #[arg(long, value_name = "DIR")]
    pub datasets: Option<PathBuf>,
}
