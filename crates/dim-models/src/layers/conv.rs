//! Convolution and transposed convolution.

use candle_core::Tensor;
use candle_nn::Module;

use crate::error::Result;
use crate::ops;
use crate::parameters::ParameterBuilder;

/// A square convolution with bias.
///
/// # Shapes
/// Input `[batch, c_in, h, w]`, output `[batch, c_out, h', w']` with
/// `h' = (h + 2 padding - kernel) / stride + 1` rounded down, and `w'` likewise.
#[derive(Debug, Clone)]
pub struct Conv2d {
    weight: Tensor,
    bias: Tensor,
    padding: usize,
    stride: usize,
}

impl Conv2d {
    /// Parameters `weight` `[c_out, c_in, kernel, kernel]` and `bias` `[c_out]`.
    ///
    /// # Errors
    /// When the device cannot hold them.
    pub fn new(
        mut params: ParameterBuilder<'_>,
        c_in: usize,
        c_out: usize,
        kernel: usize,
        padding: usize,
        stride: usize,
    ) -> Result<Self> {
        let fan_in = c_in * kernel * kernel;
        Ok(Self {
            weight: params.uniform("weight", (c_out, c_in, kernel, kernel), fan_in)?,
            bias: params.uniform("bias", c_out, fan_in)?,
            padding,
            stride,
        })
    }

    /// The part of the output that the first input channels account for, without bias.
    ///
    /// With [`Self::forward_last`] this is the convolution of the concatenation, term by term:
    /// `W [x; z] = W_x x + W_z z`.
    pub(crate) fn forward_first(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let weight = self.weight.narrow(1, 0, x.dim(1)?)?;
        ops::conv2d(x, &weight, None, self.padding, self.stride)
    }

    /// The part of the output that the last input channels account for, with bias.
    pub(crate) fn forward_last(&self, z: &Tensor) -> candle_core::Result<Tensor> {
        let channels = z.dim(1)?;
        let first = self.weight.dim(1)?.saturating_sub(channels);
        let weight = self.weight.narrow(1, first, channels)?;
        ops::conv2d(z, &weight, Some(&self.bias), self.padding, self.stride)
    }

    /// The same layer as a constant: gradients pass through it to its input, none reaches it.
    pub(crate) fn frozen(&self) -> Self {
        Self { weight: self.weight.detach(), bias: self.bias.detach(), ..*self }
    }
}

impl Module for Conv2d {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        ops::conv2d(x, &self.weight, Some(&self.bias), self.padding, self.stride)
    }
}

/// A 3x3 transposed convolution with bias, stride 1, no padding: the image grows by 2.
///
/// # Shapes
/// Input `[batch, c_in, h, w]`, output `[batch, c_out, h + 2, w + 2]`.
#[derive(Debug, Clone)]
pub struct ConvTranspose2d {
    weight: Tensor,
    bias: Tensor,
}

impl ConvTranspose2d {
    /// Parameters `weight` `[c_in, c_out, 3, 3]` and `bias` `[c_out]`. The fan-in is `9 c_out`, as
    /// PyTorch has it.
    ///
    /// # Errors
    /// When the device cannot hold them.
    pub fn new(mut params: ParameterBuilder<'_>, c_in: usize, c_out: usize) -> Result<Self> {
        let fan_in = c_out * 9;
        Ok(Self {
            weight: params.uniform("weight", (c_in, c_out, 3, 3), fan_in)?,
            bias: params.uniform("bias", c_out, fan_in)?,
        })
    }
}

impl Module for ConvTranspose2d {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        ops::conv_transpose2d(x, &self.weight, Some(&self.bias))
    }
}
