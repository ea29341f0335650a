//! What the objective itself says about a trained model.

use candle_core::{DType, Device, Tensor};

use super::{DeepInfoMax, Encoded};
use crate::config::Objective;
use crate::discriminators::Scores;
use crate::error::{Error, Result};
use crate::kernels::fused::Pairs;
use crate::ops;

/// The three lower bounds that one network's scores give, whichever of them it was trained for.
///
/// `T+` are the scores of positive pairs `(x~_i, z_i)`, `T-` those of negative pairs
/// `(x~_(i+k mod B), z_i)`, k = 1 to K; `sp` is softplus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// `mean(-sp(-T+)) - mean(sp(T-))`: at most 0, `-2 ln 2` for scores that are all 0. It grows
    /// with the information but is no number of nats.
    pub jsd: f64,
    /// `mean(T+) - ln mean exp(T-)`: nats, 0 for scores that are all equal. The mean under the
    /// logarithm is over all negative pairs of this one batch.
    pub dv: f64,
    /// `mean(T+ - ln(exp T+ + sum_k exp T-_k))`: at most 0, `-ln(1 + K)` for scores that are all
    /// equal. The bound on the information in nats is this plus `ln(1 + K)`, and so at most
    /// `ln(1 + K)`.
    pub infonce: f64,
}

/// The bounds of one batch by each network's scores; see [`DeepInfoMax::bounds`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InformationBounds {
    /// Between a location of the latent and the pixel there: scores of all locations of all images.
    pub local: Bounds,
    /// Between a whole latent and the whole image: a score an image.
    pub global: Bounds,
}

impl DeepInfoMax {
    /// The bounds on mutual information that the local and the global network give for one batch,
    /// in evaluation mode: nothing of the model changes and no gradient is tracked. An image's
    /// negatives are the `negatives` images after it in the batch, so that the bounds depend on
    /// batch and order. Sums are in `f64`; a model whose scores are not finite gives what is not.
    ///
    /// # Shapes
    /// `images` `[batch, 1, h, w]`, values in `[0, 1]`.
    ///
    /// # Errors
    /// [`Error::ImageShape`] for other images; [`Error::Setting`] unless there is a negative and
    /// more images than negatives.
    ///
    /// Source: Hjelm et al. 2019, equations 2, 4 and 5.
    pub fn bounds(&self, images: &Tensor, negatives: usize) -> Result<InformationBounds> {
        let [channels, height, width] = self.check_images(images)?;
        if !(1..images.dim(0)?).contains(&negatives) {
            let expected = "at least 1, and less than the images of the batch";
            return Err(Error::setting("negatives", negatives, expected));
        }
        let Encoded { images: x, maps: z } = self.encode(images)?;
        let pairs = Pairs {
            channels,
            hidden_channels: self.config.hidden_channels,
            latent: (height, width),
            negatives,
        };
        let scores = |name: &str| name.starts_with("local.") || name.starts_with("global.");
        let parameters: Vec<&Tensor> = self
            .parameters
            .trainable()
            .filter(|p| scores(&p.name))
            .map(|p| p.var.as_tensor())
            .collect();
        if let Some(scored) = ops::pairs::scores(pairs, &self.workspace, &parameters, &x, &z)? {
            return by_network(|objective| Ok(scored.bounds(objective)));
        }
        let local = on_cpu(&self.local.scores(&x, &z, negatives)?)?;
        let global = on_cpu(&self.global.scores(&x, &z, negatives)?)?;
        by_network(|objective| {
            let bound = |scores: &Scores| objective.bound(scores)?.to_scalar::<f64>();
            Ok([bound(&local)?, bound(&global)?])
        })
    }
}

/// From the local and the global bound of each objective.
fn by_network(of: impl Fn(Objective) -> Result<[f64; 2]>) -> Result<InformationBounds> {
    let (jsd, dv, infonce) = (of(Objective::Jsd)?, of(Objective::Dv)?, of(Objective::InfoNce)?);
    let [local, global] = [0, 1].map(|i| Bounds { jsd: jsd[i], dv: dv[i], infonce: infonce[i] });
    Ok(InformationBounds { local, global })
}

/// The scores as constants in f64, which not every device has.
fn on_cpu(scores: &Scores) -> Result<Scores> {
    let constant = |t: &Tensor| t.detach().to_device(&Device::Cpu)?.to_dtype(DType::F64);
    Ok(Scores {
        positive: constant(&scores.positive)?,
        negatives: scores.negatives.iter().map(constant).collect::<candle_core::Result<_>>()?,
    })
}

#[cfg(test)]
mod tests;
