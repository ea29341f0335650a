//! The measuring step: MI between every image and each of its maps, and the controls.

use std::slice;

use anyhow::Result;
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, DeepInfoMax};
use mi_metrics::{BinnedArray, image_against_maps};
use stl_data::SIDE;

use super::encoding::{EncodedImage, Pass};
use crate::run::folder::CONTROLS;
use crate::run::plan;
use crate::run::record::Inputs;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::comparison::Comparison;
use crate::tables::mi::TableWriter;

/// Images in one row group of a table; their MI is held in memory.
const BLOCK: usize = 1024;

/// The side of the smallest maps, those of case A: the field that is common to all cases.
const COMMON: usize = SIDE - 8;

/// The comparisons that one pass of the trained encoder serves.
const OF_TRAINED: [Comparison; 4] = [
    Comparison::Trained,
    Comparison::ShuffledPixels,
    Comparison::SelfInformation,
    Comparison::CommonField,
];

/// Measures every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Measure, measure_all)
}

fn measure_all(session: &mut Session, inputs: &Inputs) -> Result<()> {
    let cases = session.config.cases.clone();
    let images = session.measured_images();
    status(&format!("measure: {images} images, {} bins", session.config.bins));
    let progress = Progress::new("measure", (2 * images * cases.len()) as u64, "images");
    session.run.make_folder(CONTROLS)?;
    let table = |comparison: Comparison| TableWriter::new(&session.run.path(comparison.file()));
    let mut of_trained = OF_TRAINED.map(table).into_iter().collect::<Result<Vec<_>>>()?;
    let mut of_untrained = table(Comparison::Untrained)?;
    for case in cases {
        let trained = session.trained(case)?;
        let mean = measure_case(session, &OF_TRAINED, &trained, &mut of_trained, &progress)?;
        progress.milestone(&format!("case {case}: mean MI {mean:.4} nats"));
        let untrained = session.untrained(case)?;
        let table = slice::from_mut(&mut of_untrained);
        measure_case(session, &[Comparison::Untrained], &untrained, table, &progress)?;
    }
    session.run.check_lock()?;
    session.record.start(&session.run, Step::Measure, inputs)?;
    of_trained.into_iter().chain([of_untrained]).try_for_each(TableWriter::finish)?;
    progress.finish("measured, with controls,");
    Ok(())
}

/// Adds the rows of the model's case to the table of each comparison; returns the mean of the
/// first.
fn measure_case(
    session: &Session,
    comparisons: &[Comparison],
    model: &DeepInfoMax,
    tables: &mut [TableWriter],
    progress: &Progress,
) -> Result<f64> {
    let case: Case = model.case();
    let dataset = &session.images.dataset;
    let pass = Pass { dataset, model, progress, name: format!("measuring case {case}") };
    let images = session.measured_images();
    let mut sum = 0.0;
    let mut count = 0;
    for first in (0..images).step_by(BLOCK) {
        let block: Vec<usize> = (first..(first + BLOCK).min(images)).collect();
        let of_images = pass.map(&block, |image| {
            comparisons.iter().map(|&comparison| measure(session, comparison, image)).collect()
        })?;
        let of_images: Vec<Vec<Vec<f64>>> = of_images;
        let labels = &dataset.labels()[first..first + block.len()];
        for (position, table) in tables.iter_mut().enumerate() {
            let values = of_images.iter().flat_map(|of_image| &of_image[position]);
            let values: Vec<f32> = values.map(|&v| v as f32).collect();
            table.add(first, labels, case, &values)?;
        }
        sum += of_images.iter().flat_map(|of_image| &of_image[0]).sum::<f64>();
        count += of_images.iter().map(|of_image| of_image[0].len()).sum::<usize>();
    }
    Ok(sum / count as f64)
}

/// MI in nats: [`Comparison::values_per_image`] values.
fn measure(
    session: &Session,
    comparison: Comparison,
    image: &EncodedImage<'_>,
) -> Result<Vec<f64>> {
    let EncodedImage { pixels, resized, maps, side, .. } = *image;
    let bins = session.config.bins;
    let against_maps = |image: &[f32], maps: &[f32]| {
        let mut mi = vec![0.0; maps.len() / image.len()];
        image_against_maps(image, maps, bins, &mut mi)?;
        Ok(mi)
    };
    match comparison {
        Comparison::Trained | Comparison::Untrained => against_maps(resized, maps),
        Comparison::ShuffledPixels => {
            against_maps(&shuffle(session.config.seed, image.index, resized), maps)
        }
        Comparison::SelfInformation => Ok(vec![BinnedArray::new(resized, bins)?.entropy()]),
        Comparison::CommonField => {
            against_maps(&centre(pixels, SIDE, COMMON), &centre(maps, side, COMMON))
        }
    }
}

/// The pixels of an image in an order of its own.
fn shuffle(seed: u64, index: usize, pixels: &[f32]) -> Vec<f32> {
    let order = permutation(seed, Purpose::PixelShuffle, index as u64, pixels.len());
    order.into_iter().map(|pixel| pixels[pixel]).collect()
}

/// The central `size` x `size` of each plane of `side` x `side`. The centre of a map's pixel is
/// where that of the image is.
fn centre(planes: &[f32], side: usize, size: usize) -> Vec<f32> {
    let border = (side - size) / 2;
    let mut centres = Vec::with_capacity(planes.len() / (side * side) * size * size);
    for plane in planes.chunks(side * side) {
        for row in plane.chunks(side).skip(border).take(size) {
            centres.extend_from_slice(&row[border..border + size]);
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_of_every_plane_is_the_field_of_the_smallest_maps() {
        let side = COMMON + 4;
        let planes: Vec<f32> = (0..2 * side * side).map(|v| v as f32).collect();
        let centres = centre(&planes, side, COMMON);
        assert_eq!(centres.len(), 2 * COMMON * COMMON);
        assert_eq!(centres[0], (2 * side + 2) as f32);
        assert_eq!(centres[COMMON * COMMON], (side * side + 2 * side + 2) as f32);
        assert_eq!(centres[2 * COMMON * COMMON - 1], (2 * side * side - 2 * side - 3) as f32);
        let whole: Vec<f32> = (0..COMMON * COMMON).map(|v| v as f32).collect();
        assert_eq!(centre(&whole, COMMON, COMMON), whole);
    }
}
