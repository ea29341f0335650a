//! Runs the study: `cargo xtask reproduce` trains the four encoders, measures mutual information
//! over every image and draws every figure. See `docs/architecture.md`.
//!
//! A folder may use those below it in this list, never those above or beside it.

#![expect(
    unreachable_pub,
    reason = "a binary has no API: `pub` marks what a module offers the others"
)]

mod dev;

mod commands;

mod steps;

mod report;

mod run;

mod tables;

mod settings;

mod maths;

mod support;

use std::process::ExitCode;

use clap::Parser;

use crate::settings::cli::{Cli, Command, ReproduceArgs};
use crate::support::interrupt::{self, Interrupted};
use crate::support::progress::{error_chain, status};

/// A training step makes tensors of tens of megabytes in every operation. The system's allocator
/// maps, page-faults and unmaps each of them, which takes longer than the arithmetic; mimalloc
/// keeps freed memory for the next step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    interrupt::install();
    let result = match cli.command {
        Command::Reproduce(ReproduceArgs { seeds: Some(seeds), run }) => {
            commands::seeds::reproduce_seeds(&run, &seeds)
        }
        Command::Reproduce(ReproduceArgs { seeds: None, run }) => {
            commands::reproduce::reproduce(&run)
        }
        Command::Train(args) => commands::reproduce::train(&args),
        Command::Measure(args) => commands::reproduce::measure(&args),
        Command::Figures(args) => commands::reproduce::figures(&args),
        Command::Fetch(args) => commands::fetch::fetch(&args),
        Command::Verify(args) => commands::verify::verify(&args),
        Command::Bench(args) => dev::bench::bench(&args),
        Command::Soak(args) => dev::soak::soak(&args),
        Command::Sanitize(args) => dev::sanitize::sanitize(&args),
        Command::Fuzz(args) => dev::fuzz::fuzz(&args),
        Command::Ci => dev::ci::ci(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<Interrupted>() {
            Some(interrupted) => {
                status(&interrupted.to_string());
                ExitCode::from(interrupt::EXIT_CODE)
            }
            None => {
                status(&format!("error: {}", error_chain(&error)));
                ExitCode::FAILURE
            }
        },
    }
}
