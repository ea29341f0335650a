//! Local information: one score for each location.

use candle_core::Tensor;
use candle_nn::Module;

use super::Scores;
use crate::error::Result;
use crate::layers::Conv2d;
use crate::layers::description::NetworkLayer;
use crate::parameters::Parameters;

/// Scores every location of the latent against the pixel of the image there: 1x1 convolutions
/// `1 + c -> hidden -> hidden -> 1` with ReLU between.
///
/// Source: Hjelm et al. 2019, section 3.2; the layout is this project's (`docs/method.md`).
#[derive(Debug, Clone)]
pub(crate) struct LocalDiscriminator {
    first: Conv2d,
    second: Conv2d,
    third: Conv2d,
}

impl LocalDiscriminator {
    /// Parameters `local.0`, `2` and `4`, as in `Sequential(conv, relu, conv, relu, conv)`.
    ///
    /// # Errors
    /// If the device cannot hold the parameters.
    pub(crate) fn new(
        parameters: &mut Parameters,
        latent_channels: usize,
        hidden_channels: usize,
    ) -> Result<Self> {
        let hidden = hidden_channels;
        Ok(Self {
            first: Conv2d::pointwise(parameters, "local.0", 1 + latent_channels, hidden)?,
            second: Conv2d::pointwise(parameters, "local.2", hidden, hidden)?,
            third: Conv2d::pointwise(parameters, "local.4", hidden, 1)?,
        })
    }

    /// The layers, first to last.
    pub(crate) fn layers(&self) -> Vec<NetworkLayer> {
        [&self.first, &self.second, &self.third].into_iter().map(Conv2d::description).collect()
    }

    /// # Shapes
    /// `x` `[batch, 1, h, w]`, `z` `[batch, c, h, w]`; scores `[batch, 1, h, w]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub(crate) fn scores(&self, x: &Tensor, z: &Tensor, negatives: usize) -> Result<Scores> {
        let rest = |h: &Tensor| self.third.forward(&self.second.forward(&h.relu()?)?.relu()?);
        let (image, latent) = (self.first.forward_first(x)?, self.first.forward_last(z)?);
        Ok(Scores::of_pairs(&image, &latent, negatives, rest)?)
    }
}
