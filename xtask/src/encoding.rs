//! Encoding many images, a few at a time on every core.

use anyhow::{Context, Result};
use candle_core::{CpuStorage, Device, Storage, Tensor};
use dim_models::{DeepInfoMax, Encoded};
use rayon::prelude::*;
use stl_data::Dataset;

use crate::interrupt;
use crate::progress::Progress;

/// A pass of one encoder over images.
pub struct Pass<'a> {
    pub dataset: &'a Dataset,
    pub model: &'a DeepInfoMax,
    pub progress: &'a Progress,
    /// What it is for, for messages: `measuring case A`.
    pub name: String,
}

/// How many batches are worked on at once, and how many images are in each: their maps are what is held.
///
/// On a CPU each thread encodes and measures a few images at a time, so that none waits while another
/// reads or counts. On a GPU one batch is encoded while the maps of another are measured.
fn lanes(device: &Device) -> (usize, usize) {
    if device.is_cpu() { (rayon::current_num_threads(), 4) } else { (2, 64) }
}

/// A few images, encoded.
pub struct Batch<'a> {
    /// Their rows in the data set.
    pub indices: &'a [usize],
    /// As they are read: `[batch, 1, 96, 96]`.
    pub images: Tensor,
    /// The same at the size of the maps, and the maps.
    pub encoded: Encoded,
}

impl Pass<'_> {
    /// Encodes the images with the given indices and has `work` make of each batch its part of `out`: as
    /// many numbers for each image.
    pub fn fill<T: Send>(
        &self,
        images: &[usize],
        out: &mut [T],
        work: impl Fn(&Batch<'_>, &mut [T]) -> Result<()> + Sync,
    ) -> Result<()> {
        if images.is_empty() {
            return Ok(());
        }
        let width = out.len() / images.len();
        let (lanes, batch) = lanes(self.model.device());
        // One task a lane: one that waits for its own parts cannot begin another batch meanwhile.
        let lane = images.len().div_ceil(lanes);
        let outcomes = images.par_chunks(lane).zip(out.par_chunks_mut(lane * width)).map(
            |(images, out)| {
                let mut batches = images.chunks(batch).zip(out.chunks_mut(batch * width));
                batches.try_for_each(|(indices, out)| {
                    interrupt::check(|| {
                        format!(
                            "it was {}; the same command, without --fresh, does this step from its start",
                            self.name
                        )
                    })?;
                    self.encode(indices)
                        .and_then(|batch| work(&batch, out))
                        .with_context(|| format!("{}, images from {}", self.name, indices[0]))?;
                    self.progress.add(indices.len() as u64);
                    anyhow::Ok(())
                })
            },
        );
        // All lanes run to their end or first fault; the first fault in the order of images is told.
        outcomes.collect::<Vec<_>>().into_iter().collect()
    }

    fn encode<'a>(&self, indices: &'a [usize]) -> Result<Batch<'a>> {
        let images = self.dataset.gray_tensor(indices, self.model.device())?;
        let encoded = self.model.encode(&images)?;
        Ok(Batch { indices, images, encoded })
    }
}

/// Gives `f` the tensor's values in order, without a copy where they lie so in this machine's memory.
pub fn with_values<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    if let (Storage::Cpu(CpuStorage::F32(values)), Some((from, to))) =
        (&*storage, layout.contiguous_offsets())
    {
        return f(&values[from..to]);
    }
    drop(storage);
    f(&tensor.flatten_all()?.to_vec1()?)
}

/// `count` of the `available` images, evenly spaced.
pub fn spread(available: usize, count: usize) -> Vec<usize> {
    let count = count.min(available);
    (0..count).map(|i| i * available / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_images_are_distinct_and_reach_over_all() {
        assert_eq!(spread(10, 3), [0, 3, 6]);
        assert_eq!(spread(3, 10), [0, 1, 2]);
        assert_eq!(spread(0, 4), [0usize; 0]);
    }
}
