//! The training loop.

use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};

use crate::adam::Adam;
use crate::case::Case;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::gradients;
use crate::images::{ImageSource, read_pixels};
use crate::model::DeepInfoMax;
use crate::random::{Purpose, permutation, prior_noise};

#[cfg(test)]
mod golden;
mod metrics;
mod state;

use metrics::Partial;
pub use metrics::{BatchProgress, EpochMetrics, GradientNorm, LossValues};

/// Trains one case: draws batches, takes steps of Adam, saves and resumes.
///
/// ```
/// use dim_models::{Case, Device, InMemoryImages, TrainConfig, Trainer};
///
/// let pixels = (0..4 * 16 * 16).map(|i| (i % 251) as f32 / 250.0).collect();
/// let images = InMemoryImages::new(pixels, 16, 16)?;
/// let config = TrainConfig { batch_size: 2, ..TrainConfig::default() };
/// let mut trainer = Trainer::new(Case::C, &config, &Device::Cpu)?;
/// let metrics = trainer.train_epoch(&images)?;
/// assert_eq!((metrics.epoch, metrics.images), (1, 4));
/// assert!(metrics.losses.total.is_finite());
/// # Ok::<(), dim_models::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    config: TrainConfig,
    model: DeepInfoMax,
    optimizer: Adam,
    epoch: usize,
    step: u64,
    partial: Partial,
}

impl Trainer {
    /// A trainer with initial weights drawn from the configured seed.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range.
    pub fn new(case: Case, config: &TrainConfig, device: &Device) -> Result<Self> {
        config.validate()?;
        let model = DeepInfoMax::new(case, &config.model, config.seed, DType::F32, device)?;
        let optimizer = Adam::new(model.parameters(), config.adam)?;
        Ok(Self {
            config: *config,
            model,
            optimizer,
            epoch: 0,
            step: 0,
            partial: Partial::default(),
        })
    }

    /// The model in training.
    pub fn model(&self) -> &DeepInfoMax {
        &self.model
    }

    /// Completed epochs; an epoch that was stopped does not count.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Trains for one epoch: one pass over the images in a new random order. A last batch that is
    /// not full is dropped.
    ///
    /// If the last epoch was stopped, by [`Self::train_epoch_with`] or by an error, this completes
    /// it.
    ///
    /// # Errors
    /// [`Error::TooFewImages`] if the images do not fill one batch; [`Error::ImageSize`] if they
    /// are too small; [`Error::Images`] if reading fails; [`Error::Pixel`] for a pixel outside
    /// `[0, 1]`; [`Error::NotFinite`] if a loss or a gradient is NaN or infinite;
    /// [`Error::OtherImages`] if an epoch resumes with another number of images. After an error the
    /// trainer is as it was after the last complete batch.
    pub fn train_epoch(&mut self, images: &dyn ImageSource) -> Result<EpochMetrics> {
        self.train_epoch_with(images, |_, _| ControlFlow::Continue(()))
    }

    /// [`Self::train_epoch`], with a callback after each batch.
    ///
    /// `on_batch` gets the trainer, whose state it may save ([`Self::save_state`]), and the
    /// progress of the epoch. It stops the training by returning [`ControlFlow::Break`]. The next
    /// call resumes with the next batch, in this trainer or in one that [`Self::resume`] made from
    /// the saved state. The result has the same bits as that of an epoch that was never stopped.
    ///
    /// # Errors
    /// Those of [`Self::train_epoch`], and [`Error::Stopped`] if `on_batch` stopped the training
    /// before the last batch.
    pub fn train_epoch_with(
        &mut self,
        images: &dyn ImageSource,
        mut on_batch: impl FnMut(&Self, BatchProgress) -> ControlFlow<()>,
    ) -> Result<EpochMetrics> {
        let (start, before) = (Instant::now(), self.partial.seconds);
        let epoch = self.epoch + 1;
        let (batch_size, batches) = (self.config.batch_size, images.len() / self.config.batch_size);
        if batches == 0 {
            return Err(Error::TooFewImages { images: images.len(), batch_size });
        }
        if self.partial.batches > 0 && self.partial.images != images.len() {
            let expected = self.partial.images;
            return Err(Error::OtherImages { epoch, expected, found: images.len() });
        }

        let order = permutation(self.config.seed, Purpose::Shuffle, epoch as u64, images.len());
        for (i, indices) in order.chunks_exact(batch_size).enumerate().skip(self.partial.batches) {
            let batch = i + 1;
            let (losses, gradient_norm) = self.train_batch(images, indices, (epoch, batch))?;
            self.partial.images = images.len();
            self.partial.add(&losses, gradient_norm);
            self.partial.seconds = before + start.elapsed().as_secs_f64();
            let progress = BatchProgress { epoch, batch, batches, losses, gradient_norm };
            if on_batch(self, progress).is_break() && batch < batches {
                return Err(Error::Stopped { epoch });
            }
        }

        self.partial.seconds = before + start.elapsed().as_secs_f64();
        self.epoch = epoch;
        Ok(std::mem::take(&mut self.partial).metrics(epoch, batch_size))
    }

    /// One step of every network on one batch: its losses and the norm of its gradient. If the step
    /// fails before the optimiser's part, nothing has changed.
    fn train_batch(
        &mut self,
        images: &dyn ImageSource,
        indices: &[usize],
        at: (usize, usize),
    ) -> Result<(LossValues, f64)> {
        let device = self.model.device().clone();
        let (height, width) = images.size();
        let pixels = read_pixels(images, indices)?;
        let x = Tensor::from_vec(pixels, (indices.len(), 1, height, width), &device)?;

        let [c, h, w] = self.model.latent_shape(height, width)?;
        let noise = prior_noise(self.config.seed, self.step, indices.len(), c * h * w);
        let noise = Tensor::from_vec(noise, (indices.len(), c, h, w), &device)?;

        let statistics = self.statistics()?;
        let (gradients, losses, norm) = match self.gradients(&x, &noise, at) {
            Ok(found) => found,
            Err(error) => {
                for (var, before) in statistics {
                    var.set(&before)?;
                }
                return Err(error);
            }
        };
        self.optimizer.step(&gradients)?;
        self.step += 1;
        Ok((losses, norm))
    }

    /// Forward and backward pass: batch-norm statistics change, weights do not. The gradients are
    /// finite and clipped; the norm is from before the clipping.
    fn gradients(
        &self,
        x: &Tensor,
        noise: &Tensor,
        (epoch, batch): (usize, usize),
    ) -> Result<(GradStore, LossValues, f64)> {
        let not_finite =
            |quantity: String, value: f64| Err(Error::NotFinite { quantity, value, epoch, batch });
        let losses = self.model.losses(x, noise, &self.config.objective)?;
        let mut gradients = losses.objective()?.backward()?;
        let losses = LossValues::of(&losses)?;
        if let Some((name, value)) = losses.fault() {
            return not_finite(name.to_owned(), value);
        }
        let parameters = self.model.parameters();
        let norm = match gradients::norm(parameters, &gradients)? {
            Ok(norm) => norm,
            Err((parameter, value)) => {
                return not_finite(format!("the gradient of {}", parameter.name), value.into());
            }
        };
        if let Some(largest) = self.config.clip_gradient_norm {
            gradients::clip(parameters, &mut gradients, norm, largest)?;
        }
        Ok((gradients, losses, norm))
    }

    /// Copies of the batch-norm statistics.
    fn statistics(&self) -> Result<Vec<(Var, Tensor)>> {
        let statistics = self.model.parameters().iter().filter(|p| !p.trainable);
        statistics.map(|p| Ok((p.var.clone(), p.var.as_tensor().copy()?))).collect()
    }
}
