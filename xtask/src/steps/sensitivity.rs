//! The sensitivity step: mean MI by number of bins and estimator, to see whether the order of the
//! cases depends on them, and how well all maps of a case together give the pixel.

use anyhow::Result;
use dim_models::Case;
use mi_metrics::{
    BinnedArray, Estimator, JointHistogram, Ksg, Ties, ksg_mi, linear_gaussian_mi, linear_r_squared,
};

use super::encoding::{EncodedImage, Pass};
use crate::maths::sampling::evenly_spaced;
use crate::maths::statistics::{mean, median, share_above_zero, standard_deviation};
use crate::run::folder::{JOINT, LEADS, SENSITIVITY};
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::joint::JointRow;
use crate::tables::sensitivity::{EQUAL_MASS, EstimateRow, KSG, LARGEST_SAMPLED, LeadRow};

/// Numbers of bins along each axis.
const BINS: [usize; 8] = [8, 12, 16, 20, 32, 64, 128, 256];

/// Numbers of equal-mass bins, which take longer: those of [`BINS`] that are sampled well enough.
fn equal_mass_bins() -> impl Iterator<Item = usize> {
    BINS.into_iter().filter(|&bins| bins <= LARGEST_SAMPLED)
}

/// Images for every number of bins and every estimator: means over them are good to 0.01 nats, and
/// to much less for differences between cases.
const IMAGES: usize = 256;

/// Images for equal-mass bins, which must be sorted, and for the estimator without bins, which
/// takes a thousand times as long as the others: up to a quarter of the measured images.
const IMAGES_SLOW: usize = 64;

/// Neighbours of [`ksg_mi`]; Kraskov et al. advise 2 to 4.
const NEIGHBOURS: usize = 3;

/// Gray levels and rectified maps repeat values.
const TIES: Ties = Ties::Jitter { seed: 0 };

/// The mean over the maps of each image, by one estimator with one number of bins.
struct Estimate {
    case: Case,
    estimator: &'static str,
    bins: Option<usize>,
    of_images: Vec<f64>,
}

/// Measures some images of every case by every estimator, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Sensitivity, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let cases = &session.config.cases;
    let measured = session.measured_images();
    let images = evenly_spaced(measured, IMAGES);
    let few = evenly_spaced(measured, IMAGES_SLOW.min(measured.div_ceil(4)));
    status(&format!(
        "sensitivity: {} images, {} to {} bins; {} without bins",
        images.len(),
        BINS[0],
        BINS[BINS.len() - 1],
        few.len()
    ));
    let total = cases.len() * (images.len() + few.len());
    let progress = Progress::new("sensitivity", total as u64, "images");
    let (mut estimates, mut joint) = (Vec::new(), Vec::new());
    for &case in cases {
        let model = session.trained(case)?;
        let name = format!("measuring case {case} by other estimators");
        let dataset = &session.images.dataset;
        let pass = Pass { dataset, model: &model, progress: &progress, name };
        let of_images = pass.map(&images, |image| Ok((by_histogram(image)?, r_squared(image)?)))?;
        for (e, estimator) in Estimator::ALL.iter().enumerate() {
            for (b, bins) in BINS.into_iter().enumerate() {
                let values = of_images.iter().map(|(by_histogram, _)| by_histogram[e][b]).collect();
                estimates.push(Estimate {
                    case,
                    estimator: estimator.name(),
                    bins: Some(bins),
                    of_images: values,
                });
            }
        }
        joint.push(joint_row(case, of_images.iter().filter_map(|&(_, r)| r).collect()));
        let of_few = pass.map(&few, |image| Ok((by_equal_mass(image)?, by_neighbours(image)?)))?;
        for (b, bins) in equal_mass_bins().enumerate() {
            let values = of_few.iter().map(|(by_equal_mass, _)| by_equal_mass[b]).collect();
            let bins = Some(bins);
            estimates.push(Estimate { case, estimator: EQUAL_MASS, bins, of_images: values });
        }
        let values = of_few.into_iter().map(|(_, by_neighbours)| by_neighbours).collect();
        estimates.push(Estimate { case, estimator: KSG, bins: None, of_images: values });
    }
    let path = |name| session.run.writable_path(name);
    csv::write(&path(SENSITIVITY)?, &estimates.iter().map(row).collect::<Vec<_>>())?;
    csv::write(&path(LEADS)?, &leads(&estimates))?;
    csv::write(&path(JOINT)?, &joint)?;
    progress.finish("measured by other estimators");
    Ok(())
}

fn row(estimate: &Estimate) -> EstimateRow {
    EstimateRow {
        case: estimate.case,
        estimator: estimate.estimator.to_owned(),
        bins: estimate.bins,
        images: estimate.of_images.len(),
        mean_mi_nats: mean(&estimate.of_images),
        mean_mi_sd: standard_deviation(&estimate.of_images),
    }
}

/// Every case less each later one, by every estimator and number of bins.
fn leads(estimates: &[Estimate]) -> Vec<LeadRow> {
    let mut rows = Vec::new();
    for (position, of) in estimates.iter().enumerate() {
        let is_same = |less: &&Estimate| less.estimator == of.estimator && less.bins == of.bins;
        for less in estimates[position + 1..].iter().filter(is_same) {
            let pairs = of.of_images.iter().zip(&less.of_images);
            let differences: Vec<f64> = pairs.map(|(of, less)| of - less).collect();
            rows.push(LeadRow {
                estimator: of.estimator.to_owned(),
                bins: of.bins,
                of: of.case,
                less: less.case,
                images: differences.len(),
                difference_nats: mean(&differences),
                difference_sd: standard_deviation(&differences),
                share_ahead: share_above_zero(&differences),
            });
        }
    }
    rows
}

fn joint_row(case: Case, of_images: Vec<f64>) -> JointRow {
    let information: Vec<f64> = of_images.iter().map(|&r| linear_gaussian_mi(r)).collect();
    let of_some = |value: f64| (!of_images.is_empty()).then_some(value);
    JointRow {
        case,
        images: of_images.len(),
        r_squared: of_some(mean(&of_images)),
        r_squared_sd: of_some(standard_deviation(&of_images)),
        gaussian_mi_nats: of_some(median(&information)),
    }
}

/// The mean over the maps of an image, by estimator and number of bins.
fn by_histogram(image: &EncodedImage<'_>) -> Result<[[f64; BINS.len()]; Estimator::ALL.len()]> {
    let pixels = image.aligned.len();
    let weight = pixels as f64 / image.maps.len() as f64;
    let mut means = [[0.0; BINS.len()]; Estimator::ALL.len()];
    for (b, bins) in BINS.into_iter().enumerate() {
        let binned = BinnedArray::new(image.aligned, bins)?;
        for map in image.maps.chunks(pixels) {
            let joint = JointHistogram::new(&binned, &BinnedArray::new(map, bins)?)?;
            for (means, &estimator) in means.iter_mut().zip(&Estimator::ALL) {
                means[b] += weight * joint.estimate(estimator);
            }
        }
    }
    Ok(means)
}

/// The mean over the maps of an image, by bins that hold equal numbers of pixels.
fn by_equal_mass(image: &EncodedImage<'_>) -> Result<Vec<f64>> {
    let pixels = image.aligned.len();
    let weight = pixels as f64 / image.maps.len() as f64;
    let of_bins = |bins| {
        let mut mean = 0.0;
        let binned = BinnedArray::equal_mass(image.aligned, bins)?;
        for map in image.maps.chunks(pixels) {
            let joint = JointHistogram::new(&binned, &BinnedArray::equal_mass(map, bins)?)?;
            mean += weight * joint.mutual_information();
        }
        Ok(mean)
    };
    equal_mass_bins().map(of_bins).collect()
}

/// The mean over the maps of an image, by nearest neighbours.
fn by_neighbours(image: &EncodedImage<'_>) -> Result<f64> {
    let maps = image.maps.chunks(image.aligned.len());
    let mi = maps.map(|map| ksg_mi(image.aligned, map, NEIGHBOURS, Ksg::One, TIES));
    Ok(mean(&mi.collect::<Result<Vec<f64>, _>>()?))
}

/// R^2 of the image on all its maps over the common field; `None` for a constant image.
fn r_squared(image: &EncodedImage<'_>) -> Result<Option<f64>> {
    Ok(linear_r_squared(&image.common_field_image(), &image.common_field_maps())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_are_paired_by_image_within_an_estimator() {
        let estimate = |case, estimator, of_images: &[f64]| Estimate {
            case,
            estimator,
            bins: Some(20),
            of_images: of_images.to_vec(),
        };
        let rows = leads(&[
            estimate(Case::A, "plug-in", &[0.5, 0.6]),
            estimate(Case::A, EQUAL_MASS, &[9.0, 9.0]),
            estimate(Case::C, "plug-in", &[0.4, 0.9]),
        ]);
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.of, row.less, row.images), (Case::A, Case::C, 2));
        assert!((row.difference_nats + 0.1).abs() < 1e-12, "{row:?}");
        assert_eq!(row.share_ahead, 0.5);
    }

    #[test]
    fn without_an_image_that_varies_there_is_no_r_squared() {
        let row = joint_row(Case::C, Vec::new());
        assert_eq!((row.images, row.r_squared, row.gaussian_mi_nats), (0, None, None));
    }
}
