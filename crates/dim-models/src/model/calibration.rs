//! Batch-norm statistics from one pass over images.

use std::ops::ControlFlow;

use candle_core::Tensor;

use super::DeepInfoMax;
use crate::config::LARGEST_BATCH;
use crate::encoder::BatchMoments;
use crate::error::{Error, Result};
use crate::images::{ImageSource, read_pixels};
use crate::ops;

impl DeepInfoMax {
    /// Replaces the running statistics of batch norm by those of one pass over `images` in training
    /// mode, where each layer is normalised by the statistics of its own batch. The running mean
    /// and variance become plain averages, over the batches, of each batch's mean and *unbiased*
    /// variance. Weights do not change, and what the statistics were before does not matter.
    ///
    /// An untrained encoder starts with mean 0 and variance 1, which fit no layer: in evaluation
    /// mode it is a network that training never sees. After calibration it is the one that training
    /// starts from.
    ///
    /// Batches are `batch_size` consecutive images in the order of the source. A last batch that is
    /// not full is dropped, unless it is the only one. Only the first three layers of the encoder
    /// run, and memory does not grow with the number of images. On the CPU the result has the same
    /// bits on any number of threads.
    ///
    /// `on_batch` is called after each batch with the number of images done so far. It stops the
    /// pass by returning [`ControlFlow::Break`].
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use dim_models::{Case, DType, DeepInfoMax, Device, InMemoryImages, ModelConfig};
    ///
    /// let pixels = (0..6 * 16 * 16).map(|i| (i % 251) as f32 / 250.0).collect();
    /// let images = InMemoryImages::new(pixels, 16, 16)?;
    /// let model = DeepInfoMax::new(Case::C, &ModelConfig::default(), 0, DType::F32, &Device::Cpu)?;
    /// let mut done = 0;
    /// model.calibrate_batch_norm(&images, 2, |images| {
    ///     done = images;
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(done, 6);
    /// # Ok::<(), dim_models::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a batch size outside 1 to 65,536; [`Error::TooFewImages`] without
    /// images; [`Error::ImageSize`] if they are too small; [`Error::Images`] if reading fails;
    /// [`Error::Pixel`] for a pixel outside `[0, 1]`; [`Error::CalibrationStopped`] if `on_batch`
    /// stopped it before the last batch; [`Error::Candle`] if the device fails. After an error the
    /// statistics are as they were.
    ///
    /// Source: PyTorch's `torch.optim.swa_utils.update_bn`.
    pub fn calibrate_batch_norm(
        &self,
        images: &dyn ImageSource,
        batch_size: usize,
        mut on_batch: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<()> {
        if !(1..=LARGEST_BATCH).contains(&batch_size) {
            return Err(Error::setting("batch-size", batch_size, "1 to 65536"));
        }
        if images.is_empty() {
            return Err(Error::TooFewImages { images: 0, batch_size });
        }
        let batch_size = batch_size.min(images.len());
        let batches = images.len() / batch_size;
        let (height, width) = images.size();
        self.latent_shape(height, width)?;

        let mut sums: Vec<BatchMoments> = Vec::new();
        for batch in 0..batches {
            let indices: Vec<usize> = (batch * batch_size..(batch + 1) * batch_size).collect();
            let pixels = read_pixels(images, &indices)?;
            let x = Tensor::from_vec(pixels, (batch_size, 1, height, width), &self.device)?;
            let moments = self.batch_moments(&x.to_dtype(self.parameters.dtype())?)?;
            if sums.is_empty() {
                sums = moments;
            } else {
                sums.iter_mut().zip(&moments).for_each(|(sum, batch)| sum.add(batch));
            }
            if on_batch((batch + 1) * batch_size).is_break() && batch + 1 < batches {
                return Err(Error::CalibrationStopped);
            }
        }
        self.encoder.set_running_averages(&sums, batches)
    }

    /// The moments of each batch norm for a batch of images in training mode.
    fn batch_moments(&self, images: &Tensor) -> Result<Vec<BatchMoments>> {
        let (_, _, height, width) = images.dims4()?;
        let encoder = self.encoder_shape((height, width));
        let parameters = self.encoder_parameters();
        match ops::encode::batch_moments(encoder, &self.workspace, &parameters, images)? {
            Some(moments) => self.encoder.unbiased(&moments, images),
            None => self.encoder.batch_moments(images),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;
    use crate::case::Case;
    use crate::config::{Alignment, ModelConfig, ObjectiveConfig};
    use crate::images::InMemoryImages;
    use crate::kernels::simd::Isa;

    const CONFIG: ModelConfig =
        ModelConfig { channels: [2, 3, 4, 5], hidden_channels: 6, alignment: Alignment::Resize };
    const SIDE: usize = 17;

    fn images(count: usize) -> InMemoryImages {
        let pixel = |i: usize| (i * 7919 % 251 + i / (SIDE * SIDE) * 40 % 90) as f32 / 340.0;
        InMemoryImages::new((0..count * SIDE * SIDE).map(pixel).collect(), SIDE, SIDE).unwrap()
    }

    fn model(case: Case, dtype: DType) -> DeepInfoMax {
        DeepInfoMax::new(case, &CONFIG, 4, dtype, &Device::Cpu).unwrap()
    }

    fn calibrate(model: &DeepInfoMax, images: &InMemoryImages, batch_size: usize) {
        model.calibrate_batch_norm(images, batch_size, |_| ControlFlow::Continue(())).unwrap();
    }

    fn all(model: &DeepInfoMax) -> Vec<(String, Vec<f64>)> {
        let values = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1();
        model.parameters().iter().map(|p| (p.name.clone(), values(&p.var).unwrap())).collect()
    }

    #[test]
    fn one_batch_gives_the_statistics_that_training_moves_towards() {
        for case in Case::ALL {
            let (trained, calibrated) = (model(case, DType::F64), model(case, DType::F64));
            calibrate(&calibrated, &images(4), 4);
            let indices: Vec<usize> = (0..4).collect();
            let x = read_pixels(&images(4), &indices).unwrap();
            let x = Tensor::from_vec(x, (4, 1, SIDE, SIDE), &Device::Cpu).unwrap();
            let [c, h, w] = trained.latent_shape(SIDE, SIDE).unwrap();
            let noise = Tensor::zeros((4, c, h, w), DType::F64, &Device::Cpu).unwrap();
            let x = x.to_dtype(DType::F64).unwrap();
            trained.losses(&x, &noise, &ObjectiveConfig::default()).unwrap();
            for ((name, moved), (_, found)) in all(&trained).into_iter().zip(all(&calibrated)) {
                let start = if name.ends_with("running_var") { 0.9 } else { 0.0 };
                let by = if name.contains("running") { 0.1 } else { 1.0 };
                for (moved, found) in moved.into_iter().zip(found) {
                    let error = (moved - start - by * found).abs();
                    assert!(error < 1e-12, "case {case}: {name} is {found}, moved {moved}");
                }
            }
        }
    }

    #[test]
    fn every_kernel_path_agrees_with_candle() {
        for case in Case::ALL {
            let expected = model(case, DType::F64);
            calibrate(&expected, &images(7), 3);
            for isa in Isa::available() {
                let mut found = model(case, DType::F32);
                found.compute_with(isa);
                calibrate(&found, &images(7), 3);
                for ((name, found), (_, expected)) in all(&found).into_iter().zip(all(&expected)) {
                    for (found, expected) in found.into_iter().zip(expected) {
                        let error = (found - expected).abs();
                        assert!(error < 1e-5, "case {case}, {isa:?}: {name} is {found}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_bits_depend_neither_on_threads_nor_on_earlier_statistics_nor_on_a_short_last_batch() {
        let run = |threads, count: usize, times: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let model = model(Case::D, DType::F32);
            pool.install(|| (0..times).for_each(|_| calibrate(&model, &images(count), 4)));
            all(&model)
        };
        let once = run(1, 8, 1);
        assert_eq!(run(2, 8, 1), once);
        assert_eq!(run(3, 8, 1), once);
        assert_eq!(run(2, 8, 2), once);
        assert_eq!(run(2, 11, 1), once);
        assert_ne!(run(2, 12, 1), once);
    }

    #[test]
    fn fewer_images_than_a_batch_are_one_batch() {
        let [short, whole] = [(); 2].map(|()| model(Case::A, DType::F32));
        calibrate(&short, &images(3), 64);
        calibrate(&whole, &images(3), 3);
        assert_eq!(all(&short), all(&whole));
        let tracked = short.parameters().get("encoder.4.num_batches_tracked").unwrap();
        assert_eq!(tracked.var.to_scalar::<i64>().unwrap(), 1);
    }

    #[test]
    fn a_pass_that_is_stopped_or_fails_changes_nothing() {
        let model = model(Case::B, DType::F32);
        let before = all(&model);
        let mut seen = Vec::new();
        let stopped = model.calibrate_batch_norm(&images(9), 3, |done| {
            seen.push(done);
            if done == 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(Error::CalibrationStopped)), "{stopped:?}");
        assert_eq!(seen, [3, 6]);

        let run = |images: &InMemoryImages, batch_size| {
            model.calibrate_batch_norm(images, batch_size, |_| ControlFlow::Continue(()))
        };
        let mut pixels = vec![0.5; 4 * 81];
        pixels[3 * 81 + 5] = f32::NAN;
        let broken = InMemoryImages::new(pixels, 9, 9).unwrap();
        assert!(matches!(run(&broken, 2), Err(Error::Pixel { image: 3, pixel: 5, .. })));
        assert!(matches!(run(&images(0), 2), Err(Error::TooFewImages { images: 0, .. })));
        for batch_size in [0, LARGEST_BATCH + 1] {
            let refused = run(&images(4), batch_size);
            assert!(matches!(refused, Err(Error::Setting { name: "batch-size", .. })));
        }
        assert_eq!(all(&model), before);
    }

    #[test]
    fn images_that_are_too_small_are_refused() {
        let tiny = InMemoryImages::new(vec![0.5; 128], 8, 8).unwrap();
        let refused = model(Case::A, DType::F32)
            .calibrate_batch_norm(&tiny, 2, |_| ControlFlow::Continue(()));
        assert!(matches!(refused, Err(Error::ImageSize { minimum: 15, .. })), "{refused:?}");
    }

    #[test]
    fn a_stop_after_the_last_batch_is_too_late() {
        let model = model(Case::C, DType::F32);
        model.calibrate_batch_norm(&images(5), 5, |_| ControlFlow::Break(())).unwrap();
    }
}
