//! The sensitivity step: does the answer depend on the number of bins, or on the estimator?

use std::time::Instant;

use anyhow::Result;
use dim_models::{Case, DeepInfoMax};
use mi_metrics::{BinnedArray, Estimator, JointHistogram, Ksg, Ties, ksg_mi};

use crate::csv::{Fields, Parse, Row, optional, write};
use crate::encoding::{Batch, Pass, spread, with_values};
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{SENSITIVITY, checkpoint};
use crate::session::Session;
use crate::statistics::{mean, standard_deviation};

/// The step's name in the record.
pub const STEP: &str = "sensitivity";

/// Numbers of bins along each axis.
const BINS: [usize; 8] = [8, 12, 16, 20, 32, 64, 128, 256];

/// Images that every number of bins and every estimator sees: means over them are good to 0.01 nats, and
/// paired between cases to much less.
const IMAGES: usize = 256;

/// Images for the estimator without bins, which takes a thousand times as long: a quarter of those measured, up
/// to this many.
const IMAGES_KSG: usize = 8;

/// Neighbours of [`ksg_mi`]; Kraskov et al. advise 2 to 4.
const NEIGHBOURS: usize = 3;

/// Gray levels and rectified maps repeat values.
const TIES: Ties = Ties::Jitter { seed: 0 };

/// The name of the estimator without bins.
pub const KSG: &str = "ksg";

/// Mean MI of a case by one estimator.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub case: Case,
    /// [`Estimator::name`], or [`KSG`].
    pub estimator: String,
    /// Bins along each axis; `None` of an estimator without.
    pub bins: Option<usize>,
    pub images: usize,
    /// Nats, over images and maps.
    pub mean: f64,
    /// Over images, of the mean over maps.
    pub sd: f64,
}

impl Row for Estimate {
    const COLUMNS: &'static [&'static str] =
        &["case", "estimator", "bins", "images", "mean_mi_nats", "mean_mi_sd"];

    fn fields(&self) -> Vec<String> {
        vec![
            self.case.id().to_owned(),
            self.estimator.clone(),
            optional(self.bins),
            self.images.to_string(),
            format!("{:.6}", self.mean),
            format!("{:.6}", self.sd),
        ]
    }
}

impl Parse for Estimate {
    fn parse(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            case: fields.next()?,
            estimator: fields.next()?,
            bins: fields.optional()?,
            images: fields.next()?,
            mean: fields.next()?,
            sd: fields.next()?,
        })
    }
}

/// What the step depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["cases", "measure-images"])?;
    inputs.extend(code(&["stl-data", "dim-models", "mi-metrics", "sensitivity.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    inputs.extend(session.checkpoint_inputs()?);
    Ok(inputs)
}

/// Measures some images of every case in many ways, where that is due.
pub fn measure(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_to_do(&session.run, STEP, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    let cases = session.config.cases();
    let measured = session.measured_images();
    let images = spread(measured, IMAGES);
    let images_ksg = spread(measured, IMAGES_KSG.min(measured.div_ceil(4)));
    say(&format!("sensitivity: {} images, {} to {} bins", images.len(), BINS[0], BINS[7]));
    let total = cases.len() * (images.len() + images_ksg.len());
    let progress = Progress::new("sensitivity", total as u64, "images");
    let mut rows = Vec::new();
    for case in cases {
        let model = DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?;
        let name = format!("measuring case {case} in many ways");
        let dataset = &session.source.dataset;
        let pass = Pass { dataset, model: &model, progress: &progress, name };
        let ways = BINS.len() * Estimator::ALL.len();
        let mut values = vec![0.0; images.len() * ways];
        pass.fill(&images, &mut values, by_histogram)?;
        let estimators =
            Estimator::ALL.iter().flat_map(|e| BINS.map(|bins| (e.name(), Some(bins))));
        for (way, (estimator, bins)) in estimators.enumerate() {
            let of_images: Vec<f64> = values.iter().skip(way).step_by(ways).copied().collect();
            rows.push(estimate(case, estimator, bins, &of_images));
        }
        let mut values = vec![0.0; images_ksg.len()];
        pass.fill(&images_ksg, &mut values, by_neighbours)?;
        rows.push(estimate(case, KSG, None, &values));
    }
    write(&session.run.to_write(SENSITIVITY)?, &rows)?;
    progress.finish("measured in other ways");
    session.record.finish(&session.run, STEP, inputs, &[SENSITIVITY.to_owned()], start.elapsed())
}

fn estimate(case: Case, estimator: &str, bins: Option<usize>, of_images: &[f64]) -> Estimate {
    Estimate {
        case,
        estimator: estimator.to_owned(),
        bins,
        images: of_images.len(),
        mean: mean(of_images),
        sd: standard_deviation(of_images),
    }
}

/// For each image the mean over its maps, `[images, Estimator::ALL, BINS]`.
fn by_histogram(batch: &Batch<'_>, out: &mut [f64]) -> Result<()> {
    let ways = BINS.len() * Estimator::ALL.len();
    let mut out = out.chunks_mut(ways);
    each_image(batch, |image, maps, pixels| {
        let out = out.next().unwrap_or_default();
        out.fill(0.0);
        let weight = pixels as f64 / maps.len() as f64;
        for (i, bins) in BINS.into_iter().enumerate() {
            let image = BinnedArray::new(image, bins)?;
            for map in maps.chunks(pixels) {
                let joint = JointHistogram::new(&image, &BinnedArray::new(map, bins)?)?;
                for (out, &estimator) in
                    out.iter_mut().skip(i).step_by(BINS.len()).zip(&Estimator::ALL)
                {
                    *out += weight * joint.estimate(estimator);
                }
            }
        }
        Ok(())
    })
}

/// For each image the mean over its maps.
fn by_neighbours(batch: &Batch<'_>, out: &mut [f64]) -> Result<()> {
    let mut out = out.iter_mut();
    each_image(batch, |image, maps, pixels| {
        let mi: Vec<f64> = maps
            .chunks(pixels)
            .map(|map| ksg_mi(image, map, NEIGHBOURS, Ksg::One, TIES))
            .collect::<Result<_, _>>()?;
        if let Some(out) = out.next() {
            *out = mean(&mi);
        }
        Ok(())
    })
}

/// Gives each image, at the size of its maps, to `f`, with all of its maps and the pixels of one.
fn each_image(
    batch: &Batch<'_>,
    mut f: impl FnMut(&[f32], &[f32], usize) -> Result<()>,
) -> Result<()> {
    let (_, maps, height, width) = batch.encoded.maps.dims4()?;
    let pixels = height * width;
    with_values(&batch.encoded.images, |images| {
        with_values(&batch.encoded.maps, |values| {
            let of_images = images.chunks(pixels).zip(values.chunks(maps * pixels));
            of_images.into_iter().try_for_each(|(image, maps)| f(image, maps, pixels))
        })
    })
}
