//! The bounds on mutual information that a model's own networks give.

use candle_core::{DType, Device, Tensor};

use super::{DeepInfoMax, Encoded};
use crate::config::Objective;
use crate::discriminators::Scores;
use crate::error::{Error, Result};
use crate::kernels::fused::Pairs;
use crate::ops;

/// Three bounds from the scores of one network, whichever of them it was trained for.
///
/// `T+` are the scores of the positive pairs `(x~_i, z_i)`, `T-` those of the negative pairs
/// `(x~_(i+k mod B), z_i)` for k = 1 to K; `sp` is softplus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// `mean(-sp(-T+)) - mean(sp(T-))`: at most 0; `-2 ln 2` if all scores are 0. It grows with the
    /// information but does not measure it: it is not in nats of information.
    pub jsd: f64,
    /// `mean(T+) - ln mean exp(T-)`: nats; 0 if all scores are equal. The mean under the logarithm
    /// is over all negative pairs of the batch.
    pub dv: f64,
    /// `mean(T+ - ln(exp T+ + sum_k exp T-_k))`: at most 0; `-ln(1 + K)` if all scores are equal.
    /// The bound on the information, in nats, is this plus `ln(1 + K)`: at most `ln(1 + K)`.
    pub infonce: f64,
}

/// The result of [`DeepInfoMax::bounds`]: the bounds of one batch by each network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InformationBounds {
    /// By the local network: between a location of the latent and the pixel there.
    pub local: Bounds,
    /// By the global network: between a whole latent and the whole image.
    pub global: Bounds,
}

impl DeepInfoMax {
    /// The bounds on mutual information that the local and the global network give for one batch,
    /// in evaluation mode: the model does not change and no gradient is tracked.
    ///
    /// The negatives of an image are the `negatives` images after it in the batch, so the bounds
    /// depend on the batch and its order. Sums are in `f64`. Scores that are not finite give bounds
    /// that are not finite.
    ///
    /// # Shapes
    /// `images` `[batch, 1, h, w]`, values in `[0, 1]`.
    ///
    /// # Errors
    /// [`Error::ImageShape`] or [`Error::ImageSize`] for other images; [`Error::Setting`] if
    /// `negatives` is 0 or not less than the number of images; [`Error::Candle`] if the device
    /// fails.
    ///
    /// Source: Hjelm et al. 2019, equations 2, 4 and 5.
    pub fn bounds(&self, images: &Tensor, negatives: usize) -> Result<InformationBounds> {
        let [channels, height, width] = self.check_images(images)?;
        if !(1..images.dim(0)?).contains(&negatives) {
            let expected = "at least 1, and fewer than the images of the batch";
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

/// The result of both networks, given a function from an objective to the local and global bound.
fn by_network(of: impl Fn(Objective) -> Result<[f64; 2]>) -> Result<InformationBounds> {
    let (jsd, dv, infonce) = (of(Objective::Jsd)?, of(Objective::Dv)?, of(Objective::InfoNce)?);
    let [local, global] = [0, 1].map(|i| Bounds { jsd: jsd[i], dv: dv[i], infonce: infonce[i] });
    Ok(InformationBounds { local, global })
}

/// The scores as constants in f64, on the CPU: not every device has f64.
fn on_cpu(scores: &Scores) -> Result<Scores> {
    let constant = |t: &Tensor| t.detach().to_device(&Device::Cpu)?.to_dtype(DType::F64);
    Ok(Scores {
        positive: constant(&scores.positive)?,
        negatives: scores.negatives.iter().map(constant).collect::<candle_core::Result<_>>()?,
    })
}

#[cfg(test)]
mod tests;
