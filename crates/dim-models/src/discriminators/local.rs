//! Local information: one score a location.

use candle_core::Tensor;
use candle_nn::Module;

use super::Scores;
use crate::error::Result;
use crate::layers::Conv2d;
use crate::parameters::ParameterBuilder;

/// Scores every location of the latent against the pixel of the image there: 1x1 convolutions
/// `1 + c -> hidden -> hidden -> 1` with ReLU between.
///
/// Source: Hjelm et al. 2019, section 3.2; the layout is this project's (`docs/method.md`).
#[derive(Debug, Clone)]
pub struct LocalDiscriminator {
    first: Conv2d,
    second: Conv2d,
    third: Conv2d,
}

impl LocalDiscriminator {
    /// Parameters `0`, `2`, `4`, as in `Sequential(conv, relu, conv, relu, conv)`.
    ///
    /// # Errors
    /// When the device cannot hold the parameters.
    pub fn new(
        mut params: ParameterBuilder<'_>,
        latent_channels: usize,
        hidden_channels: usize,
    ) -> Result<Self> {
        Ok(Self {
            first: Conv2d::new(params.under(0), 1 + latent_channels, hidden_channels, 1, 0, 1)?,
            second: Conv2d::new(params.under(2), hidden_channels, hidden_channels, 1, 0, 1)?,
            third: Conv2d::new(params.under(4), hidden_channels, 1, 1, 0, 1)?,
        })
    }

    /// # Shapes
    /// `x` `[batch, 1, h, w]`, `z` `[batch, c, h, w]`; scores `[batch, 1, h, w]`.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn scores(&self, x: &Tensor, z: &Tensor, negatives: usize) -> Result<Scores> {
        let rest = |h: &Tensor| self.third.forward(&self.second.forward(&h.relu()?)?.relu()?);
        let (image, latent) = (self.first.forward_first(x)?, self.first.forward_last(z)?);
        Ok(Scores::of_pairs(&image, &latent, negatives, rest)?)
    }
}
