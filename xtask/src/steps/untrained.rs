//! The untrained step: the same measure of encoders that were not trained, for the initial weights
//! of several seeds.

use anyhow::Result;

use super::calibrated::calibrated;
use super::encoding::Pass;
use super::maps_mi::mean_and_largest;
use crate::maths::sampling::evenly_spaced;
use crate::maths::statistics::mean;
use crate::run::folder::UNTRAINED;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::settings::config::LARGEST_SEED;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::untrained::UntrainedRow;

/// Seeds of initial weights: the run's own and those after it.
const SEEDS: u64 = 12;

/// Images that are measured for each seed: means over them are good to 0.01 nats, and to much less
/// for differences between cases.
const IMAGES: usize = 256;

/// Measures every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Untrained, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let cases = &session.config.cases;
    let images = evenly_spaced(session.measured_images(), IMAGES);
    let bins = session.config.bins;
    status(&format!("untrained: initial weights of {SEEDS} seeds, {} images", images.len()));
    let total = cases.len() * SEEDS as usize * images.len();
    let progress = Progress::new("untrained", total as u64, "images");
    let mut rows = Vec::new();
    for &case in cases {
        for weights_seed in seeds(session.config.seed) {
            let model = calibrated(session, case, weights_seed)?;
            let dataset = &session.images.dataset;
            let name = format!("measuring case {case} untrained");
            let pass = Pass { dataset, model: &model, progress: &progress, name };
            let of_images = pass.map(&images, |image| {
                let (mean_mi, largest) = mean_and_largest(&image.mi(bins)?);
                Ok([mean_mi, largest, mean(&image.common_field_mi(bins)?)])
            })?;
            let over_images =
                |i: usize| mean(&of_images.iter().map(|of_image| of_image[i]).collect::<Vec<_>>());
            rows.push(UntrainedRow {
                case,
                weights_seed,
                images: images.len(),
                mean_mi_nats: over_images(0),
                max_mi_nats: over_images(1),
                common_field_nats: over_images(2),
            });
        }
    }
    csv::write(&session.run.writable_path(UNTRAINED)?, &rows)?;
    progress.finish("measured untrained");
    Ok(())
}

/// The run's seed and those after it; after the largest come the smallest.
fn seeds(first: u64) -> impl Iterator<Item = u64> {
    (0..SEEDS).map(move |i| (first + i) % (LARGEST_SEED + 1))
}
