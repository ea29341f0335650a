//! The summary step: what a run found, in tables and words, from all that it measured.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::files;
use crate::findings::{self, Findings};
use crate::record::{Inputs, code};
use crate::run::{SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD};
use crate::session::Session;
use crate::summary::Summary;

/// The step's name in the record.
pub const STEP: &str = "summary";

/// Sums the measurement up, unless that is up to date. It takes no time, so like the figures it is
/// made again wherever its inputs or its outputs changed.
pub fn summarise(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_to_do(&session.run, STEP, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    let summary = Summary::new(session, &Findings::open(&session.run)?);
    files::write(&session.run.to_write(SUMMARY_CSV)?, summary.csv())?;
    files::write(&session.run.to_write(SUMMARY_JSON)?, summary.json()?)?;
    files::write(&session.run.to_write(SUMMARY_MD)?, summary.markdown())?;
    let outputs = [SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD].map(str::to_owned);
    session.record.finish(&session.run, STEP, inputs, &outputs, start.elapsed())
}

fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs =
        session.inputs(&["preset", "iterations", "train-images", "seed", "cases", "bins"])?;
    inputs.extend(code(&["xtask"]));
    let tables = findings::inputs(&session.run);
    inputs.extend(
        tables.context("the summary needs a run that is measured (`cargo xtask measure`)")?,
    );
    Ok(inputs)
}
