//! The probe step: how well a linear classifier does on the frozen maps of each encoder, on those
//! of the untrained encoder, and on pixels.

mod features;
mod splits;

use anyhow::{Context, Result};
use dim_models::{Case, DeepInfoMax};
use linear_probe::{Pooling, RidgeClassifier};
use rayon::prelude::*;

use super::calibrated::calibrated;
use crate::run::folder::PROBE;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::interrupt;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::probe::{ProbeRow, Representation};
use features::Features;
use splits::{Split, Splits};

/// Ridge penalties to choose from, for features of variance 1.
const PENALTIES: [f64; 12] = [1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7];

/// Test images that are classified together, so that a fold does not hold a copy of all.
const TEST_BATCH: usize = 256;

/// Trains and tests every classifier, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Probe, |session, _| write_table(session))
}

fn write_table(session: &Session) -> Result<()> {
    let mut rows = Vec::new();
    match splits::splits(session)? {
        None => {
            status("probe: skipped (needs STL-10, or other images with classes than the sample)")
        }
        Some(splits) => {
            status(&format!("probe: linear classifiers, {}", splits.description));
            rows = probe_all(session, &splits)?;
        }
    }
    csv::write(&session.run.writable_path(PROBE)?, &rows)
}

fn probe_all(session: &Session, splits: &Splits) -> Result<Vec<ProbeRow>> {
    let cases = || session.config.cases.iter().map(|&case| Some(case));
    let mut subjects = vec![(Representation::Pixels, None)];
    subjects.extend(cases().map(|case| (Representation::Untrained, case)));
    subjects.extend(cases().map(|case| (Representation::Trained, case)));
    let images = subjects.len() * splits.labels.len();
    let progress = Progress::new("probe", images as u64, "images");
    let mut rows = Vec::new();
    for (representation, case) in subjects {
        let features = match model(session, representation, case)? {
            Some(model) => features::of_maps(
                session,
                &model,
                &[Pooling::Global, Pooling::Grid(8)],
                splits,
                &progress,
            )?,
            None => features::of_pixels(
                session,
                &[Pooling::Global, Pooling::Grid(8), Pooling::None],
                splits,
                &progress,
            )?,
        };
        for features in features {
            rows.extend(probe(representation, case, &features, splits)?);
        }
    }
    progress.finish("probed");
    Ok(rows)
}

/// The model whose maps are probed; `None` for pixels.
fn model(
    session: &Session,
    representation: Representation,
    case: Option<Case>,
) -> Result<Option<DeepInfoMax>> {
    match (representation, case) {
        (Representation::Trained, Some(case)) => session.trained(case).map(Some),
        (Representation::Untrained, Some(case)) => {
            calibrated(session, case, session.config.seed).map(Some)
        }
        _ => Ok(None),
    }
}

/// A classifier for each split.
fn probe(
    representation: Representation,
    case: Option<Case>,
    features: &Features,
    splits: &Splits,
) -> Result<Vec<ProbeRow>> {
    let of_split = |(fold, split): (usize, &Split)| {
        interrupt::check(|| {
            "stopped during the probe; the same command, without --fresh, runs it from its start"
                .to_owned()
        })?;
        let labels = |rows: &[usize]| rows.iter().map(|&i| splits.labels[i]).collect::<Vec<_>>();
        let classifier = RidgeClassifier::fit(
            &features.rows(&split.train),
            features.dimension,
            &labels(&split.train),
            &PENALTIES,
        )?;
        let mut correct = 0.0;
        for rows in split.test.chunks(TEST_BATCH) {
            let accuracy = classifier.accuracy(&features.rows(rows), &labels(rows))?;
            correct += (accuracy * rows.len() as f64).round();
        }
        Ok(ProbeRow {
            representation,
            case,
            pooling: features.pooling.to_string(),
            fold,
            classes: splits.classes,
            train_images: split.train.len(),
            test_images: split.test.len(),
            penalty: classifier.penalty(),
            accuracy: correct / split.test.len() as f64,
        })
    };
    let rows: Vec<Result<ProbeRow>> = splits.all.par_iter().enumerate().map(of_split).collect();
    let case = case.map_or(String::new(), |case| format!(" {case}"));
    let failed = || format!("probing {}{case}", representation.name());
    rows.into_iter().collect::<Result<_>>().with_context(failed)
}
