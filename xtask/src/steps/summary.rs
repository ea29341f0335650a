//! The summary step: statistics and words from all tables of a run, the values behind the study's
//! claims, and the losses of all cases in one table.

use anyhow::Result;

use crate::report::claims::claims;
use crate::report::measurements::Measurements;
use crate::report::summary::Summary;
use crate::run::folder::{CLAIMS, METRICS, SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD};
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::files;
use crate::tables::csv;

/// Writes the summary, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Summary, |session, _| write(session))
}

fn write(session: &Session) -> Result<()> {
    let measurements = Measurements::read(&session.run, &session.config.cases)?;
    let labels = session.images.dataset.labels();
    let labels = &labels[..session.measured_images()];
    let config = &session.config;
    let claims = claims(config.seed, &measurements, labels);
    let summary = Summary::new(session, &measurements, &claims)?;
    let path = |name| session.run.writable_path(name);
    csv::write(&path(METRICS)?, &measurements.losses)?;
    csv::write(&path(CLAIMS)?, &claims)?;
    csv::write(&path(SUMMARY_CSV)?, summary.rows())?;
    files::write(&path(SUMMARY_JSON)?, summary.json()?)?;
    files::write(&path(SUMMARY_MD)?, summary.markdown())
}
