//! The measuring step: mutual information of every image with each of its maps, and with what it is to be
//! judged against.

use std::time::Instant;

use anyhow::Result;
use candle_core::DType;
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, DeepInfoMax, Encoded};
use mi_metrics::{BinnedArray, batch_mutual_information};
use stl_data::SIDE;

use crate::config::Config;
use crate::encoding::{Batch, Pass, with_values};
use crate::mi_table::TableWriter;
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::checkpoint;
use crate::session::Session;

/// The step's name in the record.
pub const STEP: &str = "measure";
/// Images in one row group of a table, whose MI is held in memory.
const BLOCK: usize = 1024;

/// What is compared with what: a table of MI each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// The image with the maps of the trained encoder: the study's measure.
    Trained,
    /// The image with the maps of the encoder as it was before training.
    Untrained,
    /// The image with its own maps after its pixels were put in random order: nothing is left but the
    /// estimator's bias, the floor.
    Shuffled,
    /// The image with itself: its entropy, the ceiling.
    Itself,
    /// The image with its maps, cut to the field that both cover instead of resizing the image. Of cases
    /// whose maps have the image's size there is nothing to cut, and no rows.
    SameField,
}

impl Pairing {
    pub const ALL: [Pairing; 5] = [
        Pairing::Trained,
        Pairing::Untrained,
        Pairing::Shuffled,
        Pairing::Itself,
        Pairing::SameField,
    ];

    /// The file of its table in the run.
    pub const fn table(self) -> &'static str {
        match self {
            Pairing::Trained => "mi.parquet",
            Pairing::Untrained => "controls/untrained.parquet",
            Pairing::Shuffled => "controls/shuffled.parquet",
            Pairing::Itself => "controls/itself.parquet",
            Pairing::SameField => "controls/same-field.parquet",
        }
    }

    /// Whether a case has rows.
    fn is_of(self, case: Case) -> bool {
        self != Pairing::SameField || matches!(case, Case::A | Case::B)
    }

    /// Numbers for each image: one a map.
    fn width(self, maps: usize) -> usize {
        if self == Pairing::Itself { 1 } else { maps }
    }

    /// The encoder whose maps are measured.
    fn model(self, session: &Session, case: Case) -> Result<DeepInfoMax> {
        if self == Pairing::Untrained {
            return untrained(session, case);
        }
        Ok(DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?)
    }

    /// Writes MI in nats, [`Self::width`] numbers for each image of the batch.
    fn measure(self, session: &Session, batch: &Batch<'_>, mi: &mut [f64]) -> Result<()> {
        let (_, maps, side, _) = batch.encoded.maps.dims4()?;
        let bins = session.config.bins;
        let of = |images: &[f32], values: &[f32], pixels: usize, mi: &mut [f64]| -> Result<()> {
            Ok(batch_mutual_information(images, values, pixels, maps, bins, mi)?)
        };
        let Encoded { images, maps: values } = &batch.encoded;
        with_values(images, |images| {
            with_values(values, |values| match self {
                Pairing::Trained | Pairing::Untrained => of(images, values, side * side, mi),
                Pairing::Shuffled => {
                    of(&shuffle(session.config.seed, batch, images), values, side * side, mi)
                }
                Pairing::Itself => {
                    for (image, mi) in images.chunks(side * side).zip(mi) {
                        *mi = BinnedArray::new(image, bins)?.entropy();
                    }
                    Ok(())
                }
                Pairing::SameField => with_values(&batch.images, |images| {
                    let common = SIDE.min(side);
                    of(&cut(images, SIDE, common), &cut(values, side, common), common * common, mi)
                }),
            })
        })
    }
}

/// The encoder of a case as training found it: the run's initial weights, no batch-norm statistics yet.
pub fn untrained(session: &Session, case: Case) -> Result<DeepInfoMax> {
    let Config { seed, .. } = session.config;
    let model = session.config.train_config()?.model;
    Ok(DeepInfoMax::new(case, &model, seed, DType::F32, &session.device)?)
}

/// Each image with its pixels in an order of its own.
fn shuffle(seed: u64, batch: &Batch<'_>, images: &[f32]) -> Vec<f32> {
    let pixels = images.len() / batch.indices.len();
    let of_image = |(image, &index): (&[f32], &usize)| {
        let order = permutation(seed, Purpose::PixelShuffle, index as u64, pixels);
        order.into_iter().map(|pixel| image[pixel]).collect::<Vec<_>>()
    };
    images.chunks(pixels).zip(batch.indices).flat_map(of_image).collect()
}

/// The middle `common` by `common` of each of the planes of `side` by `side`.
fn cut(planes: &[f32], side: usize, common: usize) -> Vec<f32> {
    let border = (side - common) / 2;
    let middle = border..border + common;
    let rows = |plane: &[f32]| {
        let rows = plane.chunks(side).skip(border).take(common);
        rows.flat_map(|row| row[middle.clone()].to_vec()).collect::<Vec<_>>()
    };
    planes.chunks(side * side).flat_map(rows).collect()
}

/// What the measurement depends on and is known before training.
pub fn known_inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["cases", "measure-images", "bins", "seed"])?;
    inputs.extend(code(&["stl-data", "dim-models", "mi-metrics", "encoding.rs", "measure.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    Ok(inputs)
}

/// What the measurement depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = known_inputs(session)?;
    inputs.extend(session.checkpoint_inputs()?);
    Ok(inputs)
}

/// Measures every case where that is due.
pub fn measure(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_due(&session.run, STEP, &inputs)? {
        say("measure: up to date");
        return Ok(());
    }
    let start = Instant::now();
    let cases = session.config.cases();
    let images = session.measured_images();
    say(&format!("measure: {images} images, {} bins", session.config.bins));
    let passes = Pairing::ALL.into_iter().flat_map(|p| cases.iter().map(move |&c| (p, c)));
    let passes = passes.filter(|(pairing, case)| pairing.is_of(*case)).count();
    let progress = Progress::new("measure", (images * passes) as u64, "images");
    for pairing in Pairing::ALL {
        let path = session.run.path(pairing.table());
        let mut table = TableWriter::new(&path)?;
        for case in cases.iter().copied().filter(|&case| pairing.is_of(case)) {
            let mean = measure_case(session, pairing, case, &mut table, &progress)?;
            if pairing == Pairing::Trained {
                progress.milestone(&format!("case {case}: mean MI {mean:.4} nats"));
            }
        }
        table.finish(&path)?;
    }
    progress.finish("measured, with controls,");
    let outputs = Pairing::ALL.map(|pairing| pairing.table().to_owned());
    session.record.finish(&session.run, STEP, inputs, &outputs, start.elapsed())
}

/// Adds a case's rows to the table; returns their mean.
fn measure_case(
    session: &Session,
    pairing: Pairing,
    case: Case,
    table: &mut TableWriter,
    progress: &Progress,
) -> Result<f64> {
    let model = pairing.model(session, case)?;
    let width = pairing.width(model.config().channels[3]);
    let labels = session.source.dataset.labels();
    let images = session.measured_images();
    let name = format!("measuring case {case}");
    let pass = Pass { dataset: &session.source.dataset, model: &model, progress, name };
    let mut sum = 0.0;
    for first in (0..images).step_by(BLOCK) {
        let block: Vec<usize> = (first..(first + BLOCK).min(images)).collect();
        let mut mi = vec![0.0; block.len() * width];
        pass.fill(&block, &mut mi, |batch, mi| pairing.measure(session, batch, mi))?;
        sum += mi.iter().sum::<f64>();
        let values: Vec<f32> = mi.into_iter().map(|v| v as f32).collect();
        table.add(first, &labels[first..first + block.len()], case, &values)?;
    }
    Ok(sum / (images * width) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_cut_out_of_each_plane() {
        let planes: Vec<f32> = (0..32).map(|v| v as f32).collect();
        assert_eq!(cut(&planes, 4, 2), [5.0, 6.0, 9.0, 10.0, 21.0, 22.0, 25.0, 26.0]);
        assert_eq!(cut(&planes, 4, 4), planes);
    }
}
