//! The run commands: each opens a session and does one step, or all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use crate::cli::RunArgs;
use crate::record::command;
use crate::session::{Base, Session};
use crate::{figures, measure, summarise, train};

/// `cargo xtask reproduce`.
pub fn reproduce(args: &RunArgs) -> Result<()> {
    let start = Instant::now();
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("reproduce", args.fresh)?;
    train::train(&mut session)?;
    measure::measure(&mut session)?;
    summarise::summarise(&mut session)?;
    figures::figures(&mut session, false)?;
    session.conclude(start)
}

/// `cargo xtask train`.
pub fn train(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("train", args.fresh)?;
    train::train(&mut session)
}

/// `cargo xtask measure`.
pub fn measure(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.require_trained()?;
    if args.fresh {
        session.record.discard(&session.run, |step| step == measure::STEP)?;
    }
    session.record.is_due(&session.run, measure::STEP, &measure::inputs(&session)?)?;
    session.run.write_config(&session.config, &command())?;
    measure::measure(&mut session)?;
    summarise::summarise(&mut session)
}

/// `cargo xtask figures`: always draws, because it was asked to.
pub fn figures(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.require_trained()?;
    session.require_measured()?;
    session.run.write_config(&session.config, &command())?;
    figures::figures(&mut session, true)
}

/// The root of this repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
