//! What training reports: of a batch, of an epoch, and of the part of one that is done.

use candle_core::{DType, Tensor};

use crate::error::Result;
use crate::model::Losses;

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

/// The Euclidean norm of the gradient of all networks' parameters, before any clipping.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GradientNorm {
    /// Mean over the batches.
    pub mean: f64,
    /// The largest of a batch.
    pub max: f64,
}

/// How far an epoch has come.
#[derive(Debug, Clone, Copy)]
pub struct BatchProgress {
    /// One-based epoch.
    pub epoch: usize,
    /// Batches done in this epoch.
    pub batch: usize,
    /// Batches in an epoch.
    pub batches: usize,
    /// Losses of the batch just done.
    pub losses: LossValues,
    /// Norm of its gradient, before any clipping.
    pub gradient_norm: f64,
}

/// What one epoch (one pass over the training images) came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochMetrics {
    /// One-based epoch.
    pub epoch: usize,
    /// Losses, each the mean over the batches.
    pub losses: LossValues,
    /// Norm of the gradient.
    pub gradient_norm: GradientNorm,
    /// Images trained on.
    pub images: usize,
    /// Wall time in seconds; of an epoch that was resumed, that of its parts.
    pub seconds: f64,
}

/// The batches that are done of an epoch under way: nothing of any, where none is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Partial {
    /// Images in the source.
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

    /// The first that is not finite.
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
