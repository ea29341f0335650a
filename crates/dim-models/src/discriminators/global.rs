//! Global information: one score an image.

use candle_core::{D, Tensor};
use candle_nn::Module;

use super::Scores;
use crate::error::Result;
use crate::layers::{Conv2d, Linear};
use crate::parameters::ParameterBuilder;

/// Scores a whole latent against a whole image: two 3x3 stride-2 convolutions `1 + c -> hidden ->
/// hidden`, the mean over space, then linear `hidden -> hidden -> 1`, with ReLU between.
///
/// Source: Hjelm et al. 2019, section 3.1; the layout is this project's (`docs/method.md`).
#[derive(Debug, Clone)]
pub struct GlobalDiscriminator {
    first: Conv2d,
    second: Conv2d,
    hidden: Linear,
    last: Linear,
}

impl GlobalDiscriminator {
    /// The smallest latent height and width that both convolutions accept.
    pub const MIN_SIZE: usize = 7;

    /// Parameters `0`, `2`, `6`, `8`, as in `Sequential(conv, relu, conv, relu, pool, flatten, linear,
    /// relu, linear)`.
    ///
    /// # Errors
    /// When the device cannot hold the parameters.
    pub fn new(
        mut params: ParameterBuilder<'_>,
        latent_channels: usize,
        hidden_channels: usize,
    ) -> Result<Self> {
        Ok(Self {
            first: Conv2d::new(params.under(0), 1 + latent_channels, hidden_channels, 3, 0, 2)?,
            second: Conv2d::new(params.under(2), hidden_channels, hidden_channels, 3, 0, 2)?,
            hidden: Linear::new(params.under(6), hidden_channels, hidden_channels)?,
            last: Linear::new(params.under(8), hidden_channels, 1)?,
        })
    }

    /// # Shapes
    /// `x` `[batch, 1, h, w]`, `z` `[batch, c, h, w]`; scores `[batch, 1]`.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn scores(&self, x: &Tensor, z: &Tensor, negatives: usize) -> Result<Scores> {
        let rest = |h: &Tensor| {
            let h = self.second.forward(&h.relu()?)?.relu()?;
            let pooled = h.mean(D::Minus1)?.mean(D::Minus1)?;
            self.last.forward(&self.hidden.forward(&pooled)?.relu()?)
        };
        let (image, latent) = (self.first.forward_first(x)?, self.first.forward_last(z)?);
        Ok(Scores::of_pairs(&image, &latent, negatives, rest)?)
    }
}
