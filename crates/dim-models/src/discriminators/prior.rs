//! Prior matching: distinguishes latents from uniform noise.

use candle_core::Tensor;
use candle_nn::Module;

use crate::error::Result;
use crate::layers::Conv2d;
use crate::layers::description::NetworkLayer;
use crate::parameters::Parameters;

/// One logit for each location, high where `v` looks like uniform noise and low where it looks like
/// a squashed latent, given the image: 1x1 convolutions `1 + c -> hidden -> 1` with ReLU between.
///
/// Source: Hjelm et al. 2019, section 3.3; the layout is this project's (`docs/method.md`).
#[derive(Debug, Clone)]
pub(crate) struct PriorDiscriminator {
    first: Conv2d,
    second: Conv2d,
}

impl PriorDiscriminator {
    /// Parameters `prior.0` and `prior.2`, as in `Sequential(conv, relu, conv)`.
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
            first: Conv2d::pointwise(parameters, "prior.0", 1 + latent_channels, hidden)?,
            second: Conv2d::pointwise(parameters, "prior.2", hidden, 1)?,
        })
    }

    /// The layers, first to last.
    pub(crate) fn layers(&self) -> Vec<NetworkLayer> {
        [&self.first, &self.second].into_iter().map(Conv2d::description).collect()
    }

    /// The image's part of the first layer, shared by every `v` that goes with the image.
    ///
    /// # Shapes
    /// `x` `[batch, 1, h, w]`; result `[batch, hidden, h, w]`.
    ///
    /// # Errors
    /// If the shape does not fit.
    pub(crate) fn image_part(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.first.forward_first(x)?)
    }

    /// # Shapes
    /// `image_part` from [`Self::image_part`], `v` `[batch, c, h, w]` in `[0, 1]`; logits
    /// `[batch, 1, h, w]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub(crate) fn logits(&self, image_part: &Tensor, v: &Tensor) -> Result<Tensor> {
        let h = (image_part + self.first.forward_last(v)?)?;
        Ok(self.second.forward(&h.relu()?)?)
    }

    /// The same network as a constant: gradients pass through it to `v`, none reaches its weights.
    pub(crate) fn frozen(&self) -> Self {
        Self { first: self.first.frozen(), second: self.second.frozen() }
    }
}
