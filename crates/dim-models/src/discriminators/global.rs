//! Global information: one score for each image.

use candle_core::{D, Tensor};
use candle_nn::Module;

use super::Scores;
use crate::error::Result;
use crate::layers::description::{NetworkLayer, NetworkLayerKind};
use crate::layers::{Conv2d, Conv2dConfig, Linear};
use crate::parameters::Parameters;

/// Scores a whole latent against a whole image: two 3x3 stride-2 convolutions `1 + c -> hidden ->
/// hidden`, the mean over space, then linear `hidden -> hidden -> 1`, with ReLU between.
///
/// Source: Hjelm et al. 2019, section 3.1; the layout is this project's (`docs/method.md`).
#[derive(Debug, Clone)]
pub(crate) struct GlobalDiscriminator {
    first: Conv2d,
    second: Conv2d,
    hidden: Linear,
    last: Linear,
}

impl GlobalDiscriminator {
    /// The smallest latent height and width that both convolutions accept.
    pub(crate) const MIN_SIZE: usize = 7;

    /// Parameters `global.0`, `2`, `6` and `8`, as in `Sequential(conv, relu, conv, relu, pool,
    /// flatten, linear, relu, linear)`.
    ///
    /// # Errors
    /// If the device cannot hold the parameters.
    pub(crate) fn new(
        parameters: &mut Parameters,
        latent_channels: usize,
        hidden_channels: usize,
    ) -> Result<Self> {
        let hidden = hidden_channels;
        let conv = |in_channels| Conv2dConfig {
            in_channels,
            out_channels: hidden,
            kernel_size: 3,
            padding: 0,
            stride: 2,
        };
        Ok(Self {
            first: Conv2d::new(parameters, "global.0", conv(1 + latent_channels))?,
            second: Conv2d::new(parameters, "global.2", conv(hidden))?,
            hidden: Linear::new(parameters, "global.6", hidden, hidden)?,
            last: Linear::new(parameters, "global.8", hidden, 1)?,
        })
    }

    /// The layers, first to last.
    pub(crate) fn layers(&self) -> Vec<NetworkLayer> {
        let [first, second] = [self.first.description(), self.second.description()];
        let channels = second.outputs;
        let kind = NetworkLayerKind::MeanOverSpace;
        let pool = NetworkLayer { kind, inputs: channels, outputs: channels };
        vec![first, second, pool, self.hidden.description(), self.last.description()]
    }

    /// # Shapes
    /// `x` `[batch, 1, h, w]`, `z` `[batch, c, h, w]`; scores `[batch, 1]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub(crate) fn scores(&self, x: &Tensor, z: &Tensor, negatives: usize) -> Result<Scores> {
        let rest = |h: &Tensor| {
            let h = self.second.forward(&h.relu()?)?.relu()?;
            let pooled = h.mean(D::Minus1)?.mean(D::Minus1)?;
            self.last.forward(&self.hidden.forward(&pooled)?.relu()?)
        };
        let (image, latent) = (self.first.forward_first(x)?, self.first.forward_last(z)?);
        Ok(Scores::of_pairs(&image, &latent, negatives, rest)?)
    }
}
