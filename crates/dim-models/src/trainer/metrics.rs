//! What training reports of a batch and of an epoch.

use candle_core::{DType, Tensor};

use crate::error::Result;
use crate::model::Losses;

/// The values of the losses: of a batch, or the means over the batches of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossValues {
    /// `L`, the loss of the encoder; see [`Losses::total`](crate::Losses::total).
    pub total: f64,
    /// `-I_local`, minus the local bound.
    pub local: f64,
    /// `-I_global`, minus the global bound.
    pub global: f64,
    /// The prior term of `L`, without its weight, in nats.
    pub prior: f64,
}

/// The Euclidean norm of the gradient of all parameters of all networks, before clipping.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GradientNorm {
    /// The mean over the batches.
    pub mean: f64,
    /// The largest of all batches.
    pub max: f64,
}

/// The progress of an epoch after a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchProgress {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The batch within the epoch, from 1.
    pub batch: usize,
    /// The number of batches in an epoch.
    pub batches: usize,
    /// The losses of the batch.
    pub losses: LossValues,
    /// The norm of its gradient, before clipping.
    pub gradient_norm: f64,
}

/// The result of one epoch, which is one pass over the training images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochMetrics {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The losses: means over the batches.
    pub losses: LossValues,
    /// The norm of the gradient.
    pub gradient_norm: GradientNorm,
    /// The number of images that were trained on: whole batches.
    pub images: usize,
    /// Wall time in seconds. The parts of an epoch that was resumed are added up.
    pub seconds: f64,
}

/// The completed batches of an epoch that is not complete; zeros between two epochs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Partial {
    /// The number of images in the source.
    pub(super) images: usize,
    pub(super) batches: usize,
    /// Sums over the batches.
    pub(super) losses: LossValues,
    pub(super) norms: f64,
    pub(super) largest_norm: f64,
    pub(super) seconds: f64,
}

impl Partial {
    pub(super) fn add(&mut self, losses: &LossValues, norm: f64) {
        self.batches += 1;
        self.losses.total += losses.total;
        self.losses.local += losses.local;
        self.losses.global += losses.global;
        self.losses.prior += losses.prior;
        self.norms += norm;
        self.largest_norm = self.largest_norm.max(norm);
    }

    pub(super) fn metrics(&self, epoch: usize, batch_size: usize) -> EpochMetrics {
        let n = self.batches as f64;
        let LossValues { total, local, global, prior } = self.losses;
        EpochMetrics {
            epoch,
            losses: LossValues {
                total: total / n,
                local: local / n,
                global: global / n,
                prior: prior / n,
            },
            gradient_norm: GradientNorm { mean: self.norms / n, max: self.largest_norm },
            images: self.batches * batch_size,
            seconds: self.seconds,
        }
    }
}

impl LossValues {
    pub(super) fn of(losses: &Losses) -> Result<Self> {
        let value = |t: &Tensor| t.to_dtype(DType::F32)?.to_scalar::<f32>().map(f64::from);
        Ok(Self {
            total: value(&losses.total)?,
            local: value(&losses.local)?,
            global: value(&losses.global)?,
            prior: value(&losses.prior)?,
        })
    }

    /// The first value that is not finite, with the name of its loss.
    pub(super) fn fault(&self) -> Option<(&'static str, f64)> {
        [
            ("the local loss", self.local),
            ("the global loss", self.global),
            ("the prior loss", self.prior),
            ("the total loss", self.total),
        ]
        .into_iter()
        .find(|(_, value)| !value.is_finite())
    }
}
