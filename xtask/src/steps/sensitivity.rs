//! The sensitivity step: mean MI by number of bins and estimator, to see whether the order of the
//! cases depends on them.

use anyhow::Result;
use dim_models::Case;
use mi_metrics::{BinnedArray, Estimator, JointHistogram, Ksg, Ties, ksg_mi};

use super::encoding::{EncodedImage, Pass, evenly_spaced};
use crate::maths::statistics::{mean, standard_deviation};
use crate::run::folder::SENSITIVITY;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::sensitivity::{EstimateRow, KSG};

/// Numbers of bins along each axis.
const BINS: [usize; 8] = [8, 12, 16, 20, 32, 64, 128, 256];

/// Images for every number of bins and every estimator: means over them are good to 0.01 nats, and
/// to much less for differences between cases.
const IMAGES: usize = 256;

/// Images for the estimator without bins, which takes a thousand times as long: a quarter of the
/// measured images, up to this many.
const IMAGES_KSG: usize = 8;

/// Neighbours of [`ksg_mi`]; Kraskov et al. advise 2 to 4.
const NEIGHBOURS: usize = 3;

/// Gray levels and rectified maps repeat values.
const TIES: Ties = Ties::Jitter { seed: 0 };

/// Measures some images of every case by every estimator, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Sensitivity, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let cases = &session.config.cases;
    let measured = session.measured_images();
    let images = evenly_spaced(measured, IMAGES);
    let images_ksg = evenly_spaced(measured, IMAGES_KSG.min(measured.div_ceil(4)));
    status(&format!("sensitivity: {} images, {} to {} bins", images.len(), BINS[0], BINS[7]));
    let total = cases.len() * (images.len() + images_ksg.len());
    let progress = Progress::new("sensitivity", total as u64, "images");
    let mut rows = Vec::new();
    for &case in cases {
        let model = session.trained(case)?;
        let name = format!("measuring case {case} by other estimators");
        let dataset = &session.images.dataset;
        let pass = Pass { dataset, model: &model, progress: &progress, name };
        let of_images = pass.map(&images, by_histogram)?;
        for (e, estimator) in Estimator::ALL.iter().enumerate() {
            for (b, bins) in BINS.into_iter().enumerate() {
                let values: Vec<f64> = of_images.iter().map(|of_image| of_image[e][b]).collect();
                rows.push(row(case, estimator.name(), Some(bins), &values));
            }
        }
        let values = pass.map(&images_ksg, by_neighbours)?;
        rows.push(row(case, KSG, None, &values));
    }
    csv::write(&session.run.writable_path(SENSITIVITY)?, &rows)?;
    progress.finish("measured by other estimators");
    Ok(())
}

fn row(case: Case, estimator: &str, bins: Option<usize>, of_images: &[f64]) -> EstimateRow {
    EstimateRow {
        case,
        estimator: estimator.to_owned(),
        bins,
        images: of_images.len(),
        mean_mi_nats: mean(of_images),
        mean_mi_sd: standard_deviation(of_images),
    }
}

/// The mean over the maps of an image, by estimator and number of bins.
fn by_histogram(image: &EncodedImage<'_>) -> Result<[[f64; BINS.len()]; Estimator::ALL.len()]> {
    let pixels = image.resized.len();
    let weight = pixels as f64 / image.maps.len() as f64;
    let mut means = [[0.0; BINS.len()]; Estimator::ALL.len()];
    for (b, bins) in BINS.into_iter().enumerate() {
        let binned = BinnedArray::new(image.resized, bins)?;
        for map in image.maps.chunks(pixels) {
            let joint = JointHistogram::new(&binned, &BinnedArray::new(map, bins)?)?;
            for (means, &estimator) in means.iter_mut().zip(&Estimator::ALL) {
                means[b] += weight * joint.estimate(estimator);
            }
        }
    }
    Ok(means)
}

/// The mean over the maps of an image, by nearest neighbours.
fn by_neighbours(image: &EncodedImage<'_>) -> Result<f64> {
    let maps = image.maps.chunks(image.resized.len());
    let mi = maps.map(|map| ksg_mi(image.resized, map, NEIGHBOURS, Ksg::One, TIES));
    Ok(mean(&mi.collect::<Result<Vec<f64>, _>>()?))
}
