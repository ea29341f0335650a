//! The images that an encoder is trained on.

use anyhow::Result;
use dim_models::ImageSource;
use dim_models::random::{Purpose, permutation};
use stl_data::{Dataset, SIDE};

use crate::settings::config::Config;

/// The training images: a random part of the data set, read from it batch by batch.
pub struct TrainImages<'a> {
    dataset: &'a Dataset,
    indices: Vec<usize>,
}

impl<'a> TrainImages<'a> {
    /// Those that the configuration and its seed choose.
    pub fn new(config: &Config, dataset: &'a Dataset) -> Self {
        let available = dataset.len();
        let count = config.train_images.of(available);
        let mut indices = permutation(config.seed, Purpose::Subset, 0, available);
        indices.truncate(count);
        indices.sort_unstable();
        Self { dataset, indices }
    }

    /// The same images in the order of the first epoch, so that consecutive images are the batches
    /// that training starts with.
    pub fn in_first_epochs_order(self, seed: u64) -> Self {
        let order = permutation(seed, Purpose::Shuffle, 1, self.indices.len());
        Self { indices: order.into_iter().map(|i| self.indices[i]).collect(), ..self }
    }
}

impl ImageSource for TrainImages<'_> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn size(&self) -> (usize, usize) {
        (SIDE, SIDE)
    }

    fn read(
        &self,
        indices: &[usize],
        pixels: &mut [f32],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let indices: Vec<usize> = indices.iter().map(|&i| self.indices[i]).collect();
        Ok(self.dataset.gray_into(&indices, pixels)?)
    }
}
