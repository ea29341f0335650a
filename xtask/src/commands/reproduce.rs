//! `cargo xtask reproduce`, `train`, `measure` and `figures`: all steps of a run, or some.

use std::time::Instant;

use anyhow::{Context, Result};
use dim_models::Case;

use crate::run::folder::{RunFolder, SUMMARY_MD};
use crate::run::session::{Base, Prepared, Session};
use crate::run::step::Step;
use crate::run::{disk_budget, plan};
use crate::settings::cli::RunArgs;
use crate::steps::{
    blur, bounds, figures, geometry, measure, probe, sensitivity, summary, train, unseen, untrained,
};
use crate::support::command_line::command;
use crate::support::progress::{format_duration, status};

/// `cargo xtask reproduce`: every step of one run.
pub fn reproduce(args: &RunArgs) -> Result<()> {
    let start = Instant::now();
    let mut session = open(args)?;
    announce(&mut session, "reproduce", args.fresh)?;
    disk_budget::with_disk_full_hint(&mut session, |session| {
        train::run(session)?;
        run_measuring(session)?;
        figures::run(session, false)
    })?;
    print_verdict(&session.run, start)
}

/// `cargo xtask train`.
pub fn train(args: &RunArgs) -> Result<()> {
    let mut session = open(args)?;
    announce(&mut session, "train", args.fresh)?;
    disk_budget::with_disk_full_hint(&mut session, train::run)
}

/// `cargo xtask measure`.
pub fn measure(args: &RunArgs) -> Result<()> {
    let mut session = open_existing(args)?;
    plan::require_trained(&session)?;
    if args.fresh {
        disk_budget::check_fresh(&session)?;
        session.record.discard(&session.run, |step| Step::MEASURING.contains(&step))?;
    }
    plan::check_measurement(&session, true)?;
    disk_budget::check(session.run.folder(), disk_budget::left(&session)?)?;
    disk_budget::with_disk_full_hint(&mut session, |session| {
        session.run.write_config(&session.config, &command())?;
        run_measuring(session)
    })
}

/// `cargo xtask figures`: draws them even if they are up to date.
pub fn figures(args: &RunArgs) -> Result<()> {
    let mut session = open_existing(args)?;
    plan::require_trained(&session)?;
    plan::require_measured(&session)?;
    disk_budget::with_disk_full_hint(&mut session, |session| {
        session.run.write_config(&session.config, &command())?;
        figures::run(session, true)
    })
}

/// Everything that is measured of trained encoders, and its summary.
fn run_measuring(session: &mut Session) -> Result<()> {
    measure::run(session)?;
    geometry::run(session)?;
    blur::run(session)?;
    untrained::run(session)?;
    unseen::run(session)?;
    sensitivity::run(session)?;
    bounds::run(session)?;
    probe::run(session)?;
    summary::run(session)
}

/// Opens a new or existing run, whose disk has room for it.
fn open(args: &RunArgs) -> Result<Session> {
    let prepared = Prepared::new(args, Base::Preset)?;
    let name = prepared.name(args.run.as_deref(), "");
    disk_budget::check_new_run(&prepared, &name)?;
    Session::open(prepared, &name, args.fresh)
}

/// Opens an existing run, with its settings.
fn open_existing(args: &RunArgs) -> Result<Session> {
    let prepared = Prepared::new(args, Base::Run)?;
    let name = prepared.name(args.run.as_deref(), "");
    Session::open(prepared, &name, args.fresh)
}

/// Prints what will be done, on which images and device. An error if it cannot be done.
fn announce(session: &mut Session, command_name: &str, is_fresh: bool) -> Result<()> {
    if is_fresh {
        disk_budget::check_fresh(session)?;
        session.record.discard(&session.run, |_| true)?;
        session.run.remove_outputs(Step::of_run(&Case::ALL).into_iter().flat_map(Step::files))?;
    }
    let cases = plan::cases_to_train(session)?;
    disk_budget::check(session.run.folder(), disk_budget::left(session)?)?;
    let training = match cases.len() {
        0 => "nothing to train".to_owned(),
        1 => "1 case to train".to_owned(),
        n => format!("{n} cases to train"),
    };
    status(&format!(
        "{command_name}: preset {} on {} ({} images), {} with {} threads: {training}",
        session.config.preset,
        session.images.description,
        session.images.dataset.len(),
        session.device_kind(),
        rayon::current_num_threads(),
    ));
    if !session.images.notices.is_empty() {
        status(&session.images.notices);
    }
    status(&format!("results go to {}", session.run.folder().display()));
    session.record.data = session.images.data();
    session.run.write_config(&session.config, &command())
}

/// Prints the verdict of a summary, and where it is.
pub fn print_verdict(run: &RunFolder, start: Instant) -> Result<()> {
    let path = run.path(SUMMARY_MD);
    let summary = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if let Some(verdict) = summary.lines().find(|line| line.starts_with("**")) {
        status(&verdict.replace("**", ""));
    }
    status(&format!("done in {}: {}", format_duration(start.elapsed()), path.display()));
    Ok(())
}
