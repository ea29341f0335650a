//! Runs the study: `cargo xtask reproduce` trains the four encoders, measures mutual information over
//! every image and draws every figure. See `docs/architecture.md`.

#![expect(
    unreachable_pub,
    reason = "a binary has no API: `pub` marks what a module offers the others"
)]

mod bench;
mod bounds;
mod ci;
mod cli;
mod config;
mod csv;
mod encoding;
mod estimate;
mod fetch;
mod figures;
mod files;
mod findings;
mod interrupt;
mod measure;
mod metrics;
mod mi_table;
mod named;
mod probe;
mod progress;
mod record;
mod reproduce;
mod ridge;
mod run;
mod sanitize;
mod seeds;
mod sensitivity;
mod session;
mod soak;
mod source;
mod space;
mod statistics;
mod summarise;
mod summary;
mod train;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

/// Every operation of a training step makes tensors of tens of megabytes. The system's allocator maps,
/// page-faults and unmaps each of them, which takes longer than the arithmetic; mimalloc keeps freed
/// memory for the next step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    interrupt::install();
    let result = match cli.command {
        Command::Reproduce(args) => reproduce::reproduce(&args),
        Command::Train(args) => reproduce::train(&args),
        Command::Measure(args) => reproduce::measure(&args),
        Command::Figures(args) => reproduce::figures(&args),
        Command::Fetch(args) => fetch::fetch(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Soak(args) => soak::soak(&args),
        Command::Sanitize(args) => sanitize::sanitize(&args),
        Command::Ci => ci::ci(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            let interrupted = error.downcast_ref::<interrupt::Interrupted>();
            progress::say(&interrupted.map_or_else(|| error.to_string(), ToString::to_string));
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(error) => {
            progress::say(&format!("error: {}", progress::explain(&error)));
            ExitCode::FAILURE
        }
    }
}
