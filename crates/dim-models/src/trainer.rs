//! The training loop.

use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use candle_nn::Optimizer;

use crate::adam::Adam;
use crate::case::Case;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::images::ImageSource;
use crate::model::{DeepInfoMax, Losses};
use crate::random::{Purpose, permutation, prior_noise};

/// Trains one case.
///
/// ```
/// use dim_models::{Case, Device, InMemoryImages, TrainConfig, Trainer};
/// use std::ops::ControlFlow;
///
/// let images = InMemoryImages::new((0..4 * 16 * 16).map(|i| (i % 251) as f32 / 250.0).collect(), 16, 16)?;
/// let config = TrainConfig { batch_size: 2, ..TrainConfig::default() };
/// let mut trainer = Trainer::new(Case::C, &config, &Device::Cpu)?;
/// let metrics = trainer.train_iteration(&images, |_| ControlFlow::Continue(()))?;
/// assert_eq!((metrics.iteration, metrics.images), (1, 4));
/// assert!(metrics.losses.total.is_finite());
/// # Ok::<(), dim_models::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    config: TrainConfig,
    model: DeepInfoMax,
    optimizer: Adam,
    iteration: usize,
    step: u64,
}

/// Loss values, each a mean over what it is named for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossValues {
    /// `L`, the encoder's loss.
    pub total: f64,
    /// `-I_local`.
    pub local: f64,
    /// `-I_global`.
    pub global: f64,
    /// The prior term of `L`, before its weight.
    pub prior: f64,
}

/// How far an iteration has come.
#[derive(Debug, Clone, Copy)]
pub struct BatchProgress {
    /// One-based iteration.
    pub iteration: usize,
    /// Batches done in this iteration.
    pub batch: usize,
    /// Batches in an iteration.
    pub batches: usize,
    /// Losses of the batch just done.
    pub losses: LossValues,
}

/// What one iteration (one pass over the training images) came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IterationMetrics {
    /// One-based iteration.
    pub iteration: usize,
    /// Losses, each the mean over the batches.
    pub losses: LossValues,
    /// Images trained on.
    pub images: usize,
    /// Wall time in seconds.
    pub seconds: f64,
}

impl Trainer {
    /// A trainer with initial weights drawn from the configured seed.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range.
    pub fn new(case: Case, config: &TrainConfig, device: &Device) -> Result<Self> {
        config.validate()?;
        let model = DeepInfoMax::new(case, &config.model, config.seed, DType::F32, device)?;
        let trainable = model.parameters().trainable().map(|p| p.var.clone()).collect();
        let optimizer = Adam::new(trainable, config.adam)?;
        Ok(Self { config: *config, model, optimizer, iteration: 0, step: 0 })
    }

    /// The model in training.
    pub fn model(&self) -> &DeepInfoMax {
        &self.model
    }

    /// Iterations completed.
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// One pass over the images in a fresh random order, the last short batch dropped. `on_batch`
    /// sees every batch and may stop the training by returning [`ControlFlow::Break`].
    ///
    /// # Errors
    /// [`Error::TooFewImages`], [`Error::Images`] when reading fails, [`Error::Pixel`] for a pixel outside
    /// `[0, 1]`, [`Error::NotFinite`] when a loss
    /// is NaN or infinite, [`Error::Stopped`] when `on_batch` asked for it.
    pub fn train_iteration(
        &mut self,
        images: &dyn ImageSource,
        mut on_batch: impl FnMut(BatchProgress) -> ControlFlow<()>,
    ) -> Result<IterationMetrics> {
        let start = Instant::now();
        let iteration = self.iteration + 1;
        let (batch_size, batches) = (self.config.batch_size, images.len() / self.config.batch_size);
        if batches == 0 {
            return Err(Error::TooFewImages { images: images.len(), batch_size });
        }

        let order = permutation(self.config.seed, Purpose::Shuffle, iteration as u64, images.len());
        let mut sum = LossValues::default();
        for (i, indices) in order.chunks_exact(batch_size).enumerate() {
            let batch = i + 1;
            let losses = self.train_batch(images, indices)?;
            losses.check(iteration, batch)?;
            sum.add(&losses);
            let progress = BatchProgress { iteration, batch, batches, losses };
            if on_batch(progress).is_break() && batch < batches {
                return Err(Error::Stopped { iteration });
            }
        }

        self.iteration = iteration;
        Ok(IterationMetrics {
            iteration,
            losses: sum.divided_by(batches as f64),
            images: batches * batch_size,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// One step of every network on one batch.
    fn train_batch(&mut self, images: &dyn ImageSource, indices: &[usize]) -> Result<LossValues> {
        let device = self.model.device().clone();
        let (height, width) = images.size();
        let mut pixels = vec![0f32; indices.len() * height * width];
        images.read(indices, &mut pixels).map_err(Error::Images)?;
        check_pixels(&pixels, indices)?;
        let x = Tensor::from_vec(pixels, (indices.len(), 1, height, width), &device)?;

        let [c, h, w] = self.model.latent_shape(height, width)?;
        let noise = prior_noise(self.config.seed, self.step, indices.len(), c * h * w);
        let noise = Tensor::from_vec(noise, (indices.len(), c, h, w), &device)?;

        let losses = self.model.losses(&x, &noise, &self.config.objective)?;
        let gradients = losses.objective()?.backward()?;
        self.optimizer.step(&gradients)?;
        self.step += 1;
        LossValues::of(&losses)
    }
}

/// Batch norm and ReLU would turn a NaN pixel into a batch of zeros and a finite loss: look first.
fn check_pixels(pixels: &[f32], indices: &[usize]) -> Result<()> {
    match pixels.iter().position(|value| !(0.0..=1.0).contains(value)) {
        None => Ok(()),
        Some(at) => {
            let size = pixels.len() / indices.len();
            Err(Error::Pixel { image: indices[at / size], pixel: at % size, value: pixels[at] })
        }
    }
}

impl LossValues {
    fn of(losses: &Losses) -> Result<Self> {
        let value = |t: &Tensor| t.to_dtype(DType::F32)?.to_scalar::<f32>().map(f64::from);
        Ok(Self {
            total: value(&losses.total)?,
            local: value(&losses.local)?,
            global: value(&losses.global)?,
            prior: value(&losses.prior)?,
        })
    }

    fn check(&self, iteration: usize, batch: usize) -> Result<()> {
        let named = [
            ("the local loss", self.local),
            ("the global loss", self.global),
            ("the prior loss", self.prior),
            ("the total loss", self.total),
        ];
        match named.into_iter().find(|(_, value)| !value.is_finite()) {
            Some((quantity, value)) => Err(Error::NotFinite { quantity, value, iteration, batch }),
            None => Ok(()),
        }
    }

    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.local += other.local;
        self.global += other.global;
        self.prior += other.prior;
    }

    fn divided_by(self, n: f64) -> Self {
        Self {
            total: self.total / n,
            local: self.local / n,
            global: self.global / n,
            prior: self.prior / n,
        }
    }
}
