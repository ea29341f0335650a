//! The measuring step: MI between every image and each of its maps, and the controls that a pass of
//! the trained encoder serves.

use anyhow::{Context, Result};
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, DeepInfoMax};
use mi_metrics::BinnedArray;

use super::encoding::{EncodedImage, Pass};
use super::maps_mi::mi_of_maps;
use super::pixels::shuffled;
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

/// The counter of the random order of [`partners`].
const PARTNERS: u64 = 100;

/// The position of [`Comparison::Trained`] in [`Comparison::ALL`].
const TRAINED: usize = 0;

/// Measures every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Measure, measure_all)
}

fn measure_all(session: &mut Session, inputs: &Inputs) -> Result<()> {
    let cases = session.config.cases.clone();
    let images = session.measured_images();
    status(&format!("measure: {images} images, {} bins", session.config.bins));
    let progress = Progress::new("measure", (images * cases.len()) as u64, "images");
    session.run.make_folder(CONTROLS)?;
    let table = |comparison: Comparison| TableWriter::new(&session.run.path(comparison.file()));
    let mut tables = Comparison::ALL.map(table).into_iter().collect::<Result<Vec<_>>>()?;
    let partners = partners(session.config.seed, images, session.images.dataset.len());
    for case in cases {
        let model = session.trained(case)?;
        let measuring = Measuring { session, model: &model, partners: &partners };
        let mean = measuring.add_rows(&mut tables, &progress)?;
        progress.milestone(&format!("case {case}: mean MI {mean:.4} nats"));
    }
    session.run.check_lock()?;
    session.record.start(&session.run, Step::Measure, inputs)?;
    tables.into_iter().try_for_each(TableWriter::finish)?;
    progress.finish("measured, with controls,");
    Ok(())
}

/// For each measured image another: the next in a random order, and for the last of the order the
/// first. A single measured image has the next of the data set.
fn partners(seed: u64, images: usize, available: usize) -> Vec<usize> {
    if images == 1 {
        return vec![1 % available];
    }
    let order = permutation(seed, Purpose::Subset, PARTNERS, images);
    let mut partners = vec![0; images];
    for (position, &image) in order.iter().enumerate() {
        partners[image] = order[(position + 1) % images];
    }
    partners
}

/// The measurement of one case.
struct Measuring<'a> {
    session: &'a Session,
    model: &'a DeepInfoMax,
    /// For each image, that of [`Comparison::OtherImage`].
    partners: &'a [usize],
}

impl Measuring<'_> {
    /// Adds the rows of the case to the table of each comparison; returns the mean MI.
    fn add_rows(&self, tables: &mut [TableWriter], progress: &Progress) -> Result<f64> {
        let Self { session, model, .. } = *self;
        let case: Case = model.case();
        let dataset = &session.images.dataset;
        let pass = Pass { dataset, model, progress, name: format!("measuring case {case}") };
        let images = session.measured_images();
        let mut sum = 0.0;
        let mut count = 0;
        for first in (0..images).step_by(BLOCK) {
            let block: Vec<usize> = (first..(first + BLOCK).min(images)).collect();
            let of_images: Vec<Vec<Vec<f64>>> = pass.map(&block, |image| {
                Comparison::ALL.into_iter().map(|comparison| self.mi(comparison, image)).collect()
            })?;
            let labels = &dataset.labels()[first..first + block.len()];
            for (position, table) in tables.iter_mut().enumerate() {
                let values = of_images.iter().flat_map(|of_image| &of_image[position]);
                let values: Vec<f32> = values.map(|&v| v as f32).collect();
                table.add(first, labels, case, &values)?;
            }
            let trained = of_images.iter().flat_map(|of_image| &of_image[TRAINED]);
            sum += trained.clone().sum::<f64>();
            count += trained.count();
        }
        Ok(sum / count as f64)
    }

    /// MI in nats: [`Comparison::values_per_image`] values.
    fn mi(&self, comparison: Comparison, image: &EncodedImage<'_>) -> Result<Vec<f64>> {
        let EncodedImage { aligned, maps, .. } = *image;
        let bins = self.session.config.bins;
        match comparison {
            Comparison::Trained => image.mi(bins),
            Comparison::OtherImage => {
                let other = self.partners[image.index];
                let failed = || format!("reading image {other}");
                mi_of_maps(&self.compared_pixels(other).with_context(failed)?, maps, bins)
            }
            Comparison::ShuffledPixels => {
                mi_of_maps(&shuffled(self.session.config.seed, image.index, aligned), maps, bins)
            }
            Comparison::SelfInformation => Ok(vec![BinnedArray::new(aligned, bins)?.entropy()]),
            Comparison::CommonField => image.common_field_mi(bins),
        }
    }

    /// The pixels of an image as the maps of the case are compared with them.
    fn compared_pixels(&self, index: usize) -> Result<Vec<f32>> {
        let image = self.session.images.dataset.gray_tensor(&[index], self.model.device())?;
        Ok(self.model.align_images(&image)?.flatten_all()?.to_vec1()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_has_another_as_partner_and_is_the_partner_of_one() {
        for images in [2, 7, 100] {
            let partners = partners(3, images, images);
            assert!(partners.iter().enumerate().all(|(image, &partner)| image != partner));
            let mut sorted = partners.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..images));
        }
        assert_eq!(partners(3, 1, 5), [1]);
        assert_eq!(partners(3, 1, 1), [0]);
    }
}
