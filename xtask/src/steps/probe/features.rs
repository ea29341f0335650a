//! Features of images for a linear classifier: pooled maps, or pooled pixels.

use anyhow::Result;
use dim_models::DeepInfoMax;
use linear_probe::Pooling;
use stl_data::{Dataset, PIXELS, SIDE};

use super::splits::Splits;
use crate::run::session::Session;
use crate::steps::encoding::Pass;
use crate::support::progress::Progress;

/// Images whose features are in memory twice, before they are put together.
const POOL_BATCH: usize = 1024;

/// Images of pixels that are read together.
const READ_BATCH: usize = 64;

/// Features of every image of the splits.
pub struct Features {
    pub pooling: Pooling,
    /// Values for each image.
    pub dimension: usize,
    values: Vec<f32>,
}

impl Features {
    /// Those of some images, `[rows.len(), dimension]`.
    pub fn rows(&self, rows: &[usize]) -> Vec<f32> {
        let row = |&i: &usize| &self.values[i * self.dimension..][..self.dimension];
        rows.iter().flat_map(row).copied().collect()
    }

    /// Without images yet.
    fn new(pooling: Pooling, planes: usize, side: usize, images: usize) -> Self {
        let dimension = planes * pooling.features_per_plane([side, side]);
        Self { pooling, dimension, values: Vec::with_capacity(images * dimension) }
    }
}

/// Features of every image of the splits, for each pooling, from the maps of a model.
pub fn of_maps(
    session: &Session,
    model: &DeepInfoMax,
    poolings: &[Pooling],
    splits: &Splits,
    progress: &Progress,
) -> Result<Vec<Features>> {
    let planes = model.config().channels[3];
    let new = |&pooling: &Pooling| Features::new(pooling, planes, SIDE, splits.labels.len());
    let mut features: Vec<Features> = poolings.iter().map(new).collect();
    for (dataset, images) in parts(session, splits) {
        let pass = Pass { dataset, model, progress, name: "probing".to_owned() };
        for block in images.chunks(POOL_BATCH) {
            let of_images: Vec<Vec<Vec<f32>>> = pass.map(block, |image| {
                let shape = [image.side, image.side];
                let pool = |pooling: &Pooling| Ok(pooling.pool(image.maps, shape)?);
                poolings.iter().map(pool).collect()
            })?;
            for of_image in of_images {
                for (features, values) in features.iter_mut().zip(of_image) {
                    features.values.extend(values);
                }
            }
        }
    }
    Ok(features)
}

/// Features of every image of the splits, for each pooling, from its gray pixels.
pub fn of_pixels(
    session: &Session,
    poolings: &[Pooling],
    splits: &Splits,
    progress: &Progress,
) -> Result<Vec<Features>> {
    let new = |&pooling: &Pooling| Features::new(pooling, 1, SIDE, splits.labels.len());
    let mut features: Vec<Features> = poolings.iter().map(new).collect();
    for (dataset, images) in parts(session, splits) {
        for indices in images.chunks(READ_BATCH) {
            let mut pixels = vec![0f32; indices.len() * PIXELS];
            dataset.gray_into(indices, &mut pixels)?;
            for features in &mut features {
                features.values.extend(features.pooling.pool(&pixels, [SIDE, SIDE])?);
            }
            progress.add(indices.len() as u64);
        }
    }
    Ok(features)
}

/// The data sets of the splits with the rows that take part, in the order of [`Splits::labels`].
fn parts<'a>(session: &'a Session, splits: &'a Splits) -> Vec<(&'a Dataset, Vec<usize>)> {
    let mut parts = vec![(&session.images.dataset, splits.images.clone())];
    parts.extend(splits.test.iter().map(|test| (test, (0..test.len()).collect())));
    parts
}
