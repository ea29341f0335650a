//! The run commands: each opens a session and does one step, or all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use dim_models::Case;

use crate::cli::{ReproduceArgs, RunArgs};
use crate::progress::{human, say};
use crate::record::command;
use crate::run::{Run, SUMMARY_MD};
use crate::session::{Base, Session};
use crate::{bounds, figures, measure, probe, seeds, sensitivity, space, summarise, train};

/// `cargo xtask reproduce`.
pub fn reproduce(args: &ReproduceArgs) -> Result<()> {
    match &args.seeds {
        Some(seeds) => seeds::reproduce(args, seeds),
        None => reproduce_run(&args.run),
    }
}

/// Every step of one run.
pub fn reproduce_run(args: &RunArgs) -> Result<()> {
    let start = Instant::now();
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("reproduce", args.fresh)?;
    space::within(&mut session, |session| {
        train::train(session)?;
        measure_all(session)?;
        figures::figures(session, false)
    })?;
    conclude(&session.run, start)
}

/// The steps of a whole run, in order.
pub fn steps(cases: &[Case]) -> Vec<String> {
    let after_training = [
        measure::STEP,
        sensitivity::STEP,
        bounds::STEP,
        probe::STEP,
        summarise::STEP,
        figures::STEP,
    ];
    let trainings = cases.iter().map(|&case| train::step(case));
    trainings.chain(after_training.map(str::to_owned)).collect()
}

/// Everything that is measured of trained encoders, and its summary.
fn measure_all(session: &mut Session) -> Result<()> {
    measure::measure(session)?;
    sensitivity::measure(session)?;
    bounds::measure(session)?;
    probe::measure(session)?;
    summarise::summarise(session)
}

/// The last lines: what came out, and where it is.
pub fn conclude(run: &Run, start: Instant) -> Result<()> {
    let path = run.path(SUMMARY_MD);
    let summary = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if let Some(verdict) = summary.lines().find(|line| line.starts_with("**")) {
        say(&verdict.replace("**", ""));
    }
    say(&format!("done in {}: {}", human(start.elapsed()), path.display()));
    Ok(())
}

/// `cargo xtask train`.
pub fn train(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("train", args.fresh)?;
    space::within(&mut session, train::train)
}

/// `cargo xtask measure`.
pub fn measure(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.require_trained()?;
    let steps = [measure::STEP, sensitivity::STEP, bounds::STEP, probe::STEP];
    if args.fresh {
        session.record.discard(&session.run, |step| steps.contains(&step))?;
    }
    session.record.is_due(&session.run, measure::STEP, &measure::inputs(&session)?)?;
    space::check(session.run.folder(), space::left(&session)?)?;
    space::within(&mut session, |session| {
        session.run.write_config(&session.config, &command())?;
        measure_all(session)
    })
}

/// `cargo xtask figures`: always draws, because it was asked to.
pub fn figures(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.require_trained()?;
    session.require_measured()?;
    space::within(&mut session, |session| {
        session.run.write_config(&session.config, &command())?;
        figures::figures(session, true)
    })
}

/// The root of this repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
