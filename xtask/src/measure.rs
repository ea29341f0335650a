//! The measuring step: mutual information of every image with each of its maps, and with what it is to be
//! judged against.

use std::time::Instant;

use anyhow::Result;
use candle_core::DType;
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, DeepInfoMax, Encoded};
use mi_metrics::{BatchShape, BinnedArray, batch_mutual_information};
use stl_data::SIDE;

use crate::config::Config;
use crate::encoding::{Batch, Pass, with_values};
use crate::mi_table::TableWriter;
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{CONTROLS, checkpoint};
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
    /// The image, its pixels in random order, with its maps: nothing is left but the estimator's bias, the
    /// floor.
    Shuffled,
    /// The image with itself: its entropy, the ceiling.
    Itself,
    /// The image with its maps over the field that the maps of all cases cover, the middle 88 x 88 pixels, with
    /// nothing resized.
    SameField,
}

/// The side of the smallest maps, those of case A: the field that is common to all cases.
const COMMON: usize = SIDE - 8;

/// What one pass of the trained encoder is measured for.
const OF_TRAINED: [Pairing; 4] =
    [Pairing::Trained, Pairing::Shuffled, Pairing::Itself, Pairing::SameField];

impl Pairing {
    /// The untrained encoder's, then [`OF_TRAINED`].
    pub const ALL: [Pairing; 5] = [
        Pairing::Untrained,
        Pairing::Trained,
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

    /// Numbers for each image: one a map.
    pub fn width(self, maps: usize) -> usize {
        if self == Pairing::Itself { 1 } else { maps }
    }

    /// Writes MI in nats, [`Self::width`] numbers for each image of the batch.
    fn measure(self, session: &Session, batch: &Batch<'_>, mi: &mut [f64]) -> Result<()> {
        let (_, maps, side, _) = batch.encoded.maps.dims4()?;
        let bins = session.config.bins;
        let of = |images: &[f32], values: &[f32], pixels: usize, mi: &mut [f64]| -> Result<()> {
            let shape = BatchShape { pixels, maps_per_image: maps };
            Ok(batch_mutual_information(images, values, shape, bins, mi)?)
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
                    of(&cut(images, SIDE), &cut(values, side), COMMON * COMMON, mi)
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

/// The middle [`COMMON`] by [`COMMON`] of each of the planes of `side` by `side`: the centre of a map's pixel
/// lies where the image's does.
fn cut(planes: &[f32], side: usize) -> Vec<f32> {
    let border = (side - COMMON) / 2;
    let rows = |plane: &[f32]| {
        let rows = plane.chunks(side).skip(border).take(COMMON);
        rows.flat_map(|row| row[border..border + COMMON].to_vec()).collect::<Vec<_>>()
    };
    planes.chunks(side * side).flat_map(rows).collect()
}

/// What the measurement depends on and is known before training.
pub fn known_inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["cases", "measure-images", "bins", "seed"])?;
    inputs.extend(code(&["stl-data", "dim-models", "mi-metrics", "measure.rs"]));
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
    let progress = Progress::new("measure", (2 * images * cases.len()) as u64, "images");
    session.run.make_folder(CONTROLS)?;
    let mut tables = Pairing::ALL
        .into_iter()
        .map(|pairing| TableWriter::new(&session.run.path(pairing.table())))
        .collect::<Result<Vec<_>>>()?;
    let [untrained_table, trained_tables @ ..] = &mut tables[..] else { return Ok(()) };
    for &case in &cases {
        let model = DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?;
        let mean = measure_case(session, &OF_TRAINED, &model, trained_tables, &progress)?;
        progress.milestone(&format!("case {case}: mean MI {mean:.4} nats"));
        let model = untrained(session, case)?;
        let tables = std::slice::from_mut(untrained_table);
        measure_case(session, &[Pairing::Untrained], &model, tables, &progress)?;
    }
    session.run.check_lock()?;
    tables.into_iter().try_for_each(TableWriter::finish)?;
    progress.finish("measured, with controls,");
    let outputs = Pairing::ALL.map(|pairing| pairing.table().to_owned());
    session.record.finish(&session.run, STEP, inputs, &outputs, start.elapsed())
}

/// Adds the rows of the model's case to a table for each pairing; the mean of the first.
fn measure_case(
    session: &Session,
    pairings: &[Pairing],
    model: &DeepInfoMax,
    tables: &mut [TableWriter],
    progress: &Progress,
) -> Result<f64> {
    let case = model.case();
    let widths: Vec<usize> =
        pairings.iter().map(|pairing| pairing.width(model.config().channels[3])).collect();
    let width = widths.iter().sum();
    let dataset = &session.source.dataset;
    let images = session.measured_images();
    let pass = Pass { dataset, model, progress, name: format!("measuring case {case}") };
    let mut sum = 0.0;
    for first in (0..images).step_by(BLOCK) {
        let block: Vec<usize> = (first..(first + BLOCK).min(images)).collect();
        // Of each image what every pairing makes of it.
        let mut mi = vec![0.0; block.len() * width];
        pass.fill(&block, &mut mi, |batch, out| {
            let mut start = 0;
            for (pairing, &width_of) in pairings.iter().zip(&widths) {
                let mut of_pairing = vec![0.0; batch.indices.len() * width_of];
                pairing.measure(session, batch, &mut of_pairing)?;
                for (out, mi) in out.chunks_mut(width).zip(of_pairing.chunks(width_of)) {
                    out[start..start + width_of].copy_from_slice(mi);
                }
                start += width_of;
            }
            Ok(())
        })?;
        let labels = &dataset.labels()[first..first + block.len()];
        let mut start = 0;
        for (table, &width_of) in tables.iter_mut().zip(&widths) {
            let of_pairing = mi.chunks(width).flat_map(|row| &row[start..start + width_of]);
            let values: Vec<f32> = of_pairing.map(|&v| v as f32).collect();
            table.add(first, labels, case, &values)?;
            start += width_of;
        }
        sum += mi.chunks(width).flat_map(|row| &row[..widths[0]]).sum::<f64>();
    }
    Ok(sum / (images * widths[0]) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_every_plane_is_the_field_of_the_smallest_maps() {
        let side = COMMON + 4;
        let planes: Vec<f32> = (0..2 * side * side).map(|v| v as f32).collect();
        let middle = cut(&planes, side);
        assert_eq!(middle.len(), 2 * COMMON * COMMON);
        assert_eq!(middle[0], (2 * side + 2) as f32);
        assert_eq!(middle[COMMON * COMMON], (side * side + 2 * side + 2) as f32);
        assert_eq!(middle[2 * COMMON * COMMON - 1], (2 * side * side - 2 * side - 3) as f32);
        let whole: Vec<f32> = (0..COMMON * COMMON).map(|v| v as f32).collect();
        assert_eq!(cut(&whole, COMMON), whole);
    }
}
