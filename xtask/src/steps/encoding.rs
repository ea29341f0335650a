//! Encodes many images, a few at a time on every core, and maps a function over them.

use anyhow::{Context, Result};
use candle_core::{CpuStorage, Device, Storage, Tensor};
use dim_models::DeepInfoMax;
use rayon::prelude::*;
use stl_data::{Dataset, PIXELS};

use crate::support::interrupt;
use crate::support::progress::Progress;

/// A pass of one encoder over images.
pub struct Pass<'a> {
    pub dataset: &'a Dataset,
    pub model: &'a DeepInfoMax,
    pub progress: &'a Progress,
    /// For messages: `measuring case A`.
    pub name: String,
}

/// One image and its maps; all squares, row-major.
pub struct EncodedImage<'a> {
    /// Its row in the data set.
    pub index: usize,
    /// As it is read: 96 x 96.
    pub pixels: &'a [f32],
    /// As the maps are compared with it: `side` x `side`.
    pub aligned: &'a [f32],
    /// As they are compared: `[maps, side, side]`.
    pub maps: &'a [f32],
    /// The side of a map as it is compared.
    pub side: usize,
}

/// The number of batches that are encoded at once, and of images in each. Their maps are in memory.
///
/// On a CPU each thread encodes and measures a few images at a time, so that no thread waits while
/// another reads or counts. On a GPU one batch is encoded while the maps of another are measured.
fn lanes(device: &Device) -> (usize, usize) {
    if device.is_cpu() { (rayon::current_num_threads(), 4) } else { (2, 64) }
}

impl Pass<'_> {
    /// Encodes the images with the given indices, and returns what `work` makes of each, in their
    /// order.
    pub fn map<R: Send>(
        &self,
        images: &[usize],
        work: impl Fn(&EncodedImage<'_>) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let (lanes, batch) = lanes(self.model.device());
        // One task a lane: a task that waits for its parts cannot start another batch meanwhile.
        let lane = images.len().div_ceil(lanes).max(1);
        let lanes = images.par_chunks(lane).map(|images| {
            let mut results = Vec::with_capacity(images.len());
            for indices in images.chunks(batch) {
                interrupt::check(|| {
                    format!(
                        "stopped while {}; the same command, without --fresh, runs this step from \
                         its start",
                        self.name
                    )
                })?;
                let of_batch = self.map_batch(indices, &work);
                results.extend(
                    of_batch
                        .with_context(|| format!("{}, images from {}", self.name, indices[0]))?,
                );
                self.progress.add(indices.len() as u64);
            }
            anyhow::Ok(results)
        });
        // All lanes run to their end or first error; the first error in the order of images is
        // returned.
        let lanes: Vec<Result<Vec<R>>> = lanes.collect();
        let mut results = Vec::with_capacity(images.len());
        for lane in lanes {
            results.extend(lane?);
        }
        Ok(results)
    }

    fn map_batch<R: Send>(
        &self,
        indices: &[usize],
        work: &(impl Fn(&EncodedImage<'_>) -> Result<R> + Sync),
    ) -> Result<Vec<R>> {
        let images = self.dataset.gray_tensor(indices, self.model.device())?;
        let encoded = self.model.encode(&images)?;
        let (_, maps, side, _) = encoded.maps.dims4()?;
        with_values(&images, |images| {
            with_values(&encoded.images, |aligned| {
                with_values(&encoded.maps, |values| {
                    let of_image = |(position, &index): (usize, &usize)| {
                        work(&EncodedImage {
                            index,
                            pixels: &images[position * PIXELS..][..PIXELS],
                            aligned: &aligned[position * side * side..][..side * side],
                            maps: &values[position * maps * side * side..][..maps * side * side],
                            side,
                        })
                    };
                    indices.par_iter().enumerate().map(of_image).collect()
                })
            })
        })
    }
}

/// Calls `f` with the tensor's values in order. Values in this machine's memory are not copied.
fn with_values<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    if let (Storage::Cpu(CpuStorage::F32(values)), Some((from, to))) =
        (&*storage, layout.contiguous_offsets())
    {
        return f(&values[from..to]);
    }
    drop(storage);
    f(&tensor.flatten_all()?.to_vec1()?)
}
