//! Convolution and transposed convolution.

use candle_core::Tensor;
use candle_nn::Module;

use super::description::{NetworkLayer, NetworkLayerKind};
use crate::error::{Error, Result};
use crate::ops;
use crate::parameters::Parameters;

/// The sizes of a [`Conv2d`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dConfig {
    /// Channels of the input, 1 to 8192.
    pub in_channels: usize,
    /// Channels of the output, 1 to 8192.
    pub out_channels: usize,
    /// Height and width of the kernel, 1 to 8192.
    pub kernel_size: usize,
    /// Rows and columns of zeros on each side of the image, at most 8192.
    pub padding: usize,
    /// Rows and columns from one output pixel to the next, 1 to 8192.
    pub stride: usize,
}

const LARGEST: usize = 8192;

impl Conv2dConfig {
    fn validate(&self) -> Result<()> {
        for (name, size) in [
            ("in-channels", self.in_channels),
            ("out-channels", self.out_channels),
            ("kernel-size", self.kernel_size),
            ("stride", self.stride),
        ] {
            if !(1..=LARGEST).contains(&size) {
                return Err(Error::setting(name, size, "1 to 8192"));
            }
        }
        if self.padding > LARGEST {
            return Err(Error::setting("padding", self.padding, "at most 8192"));
        }
        Ok(())
    }
}

/// A square convolution with bias.
///
/// In f32 on the CPU these have this crate's kernels: 1x1 with stride 1 and no padding; 3x3 with
/// stride 1 and padding 0 to 2; 3x3 with stride 2 and no padding. The others run candle's.
///
/// # Shapes
/// Input `[batch, in_channels, h, w]`, output `[batch, out_channels, h', w']` with
/// `h' = (h + 2 padding - kernel_size) / stride + 1` rounded down, and `w'` likewise.
#[derive(Debug, Clone)]
pub struct Conv2d {
    weight: Tensor,
    bias: Tensor,
    padding: usize,
    stride: usize,
}

impl Conv2d {
    /// Registers `name.weight` `[out_channels, in_channels, kernel_size, kernel_size]` and
    /// `name.bias` `[out_channels]`.
    ///
    /// # Errors
    /// [`Error::Setting`] for a size outside its range; [`Error::Candle`] if the device cannot hold
    /// the parameters.
    pub fn new(parameters: &mut Parameters, name: &str, config: Conv2dConfig) -> Result<Self> {
        config.validate()?;
        let Conv2dConfig { in_channels, out_channels, kernel_size, padding, stride } = config;
        let shape = (out_channels, in_channels, kernel_size, kernel_size);
        let fan_in = in_channels * kernel_size * kernel_size;
        Ok(Self {
            weight: parameters.uniform(name, "weight", shape, fan_in)?,
            bias: parameters.uniform(name, "bias", out_channels, fan_in)?,
            padding,
            stride,
        })
    }

    /// A 1x1 convolution: the same linear map at every location.
    pub(crate) fn pointwise(
        parameters: &mut Parameters,
        name: &str,
        in_channels: usize,
        out_channels: usize,
    ) -> Result<Self> {
        let config =
            Conv2dConfig { in_channels, out_channels, kernel_size: 1, padding: 0, stride: 1 };
        Self::new(parameters, name, config)
    }

    /// The part of the output that comes from the first input channels, without bias.
    ///
    /// With [`Self::forward_last`] this is the convolution of the concatenation, term by term:
    /// `W [x; z] = W_x x + W_z z`.
    pub(crate) fn forward_first(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let weight = self.weight.narrow(1, 0, x.dim(1)?)?;
        ops::conv2d(x, &weight, None, self.padding, self.stride)
    }

    /// The part of the output that comes from the last input channels, with bias.
    pub(crate) fn forward_last(&self, z: &Tensor) -> candle_core::Result<Tensor> {
        let channels = z.dim(1)?;
        let first = self.weight.dim(1)?.saturating_sub(channels);
        let weight = self.weight.narrow(1, first, channels)?;
        ops::conv2d(z, &weight, Some(&self.bias), self.padding, self.stride)
    }

    /// What the layer does, read from what it computes with.
    pub(crate) fn description(&self) -> NetworkLayer {
        let shape = self.weight.dims();
        let kind = NetworkLayerKind::Convolution { kernel_size: shape[2], stride: self.stride };
        NetworkLayer { kind, inputs: shape[1], outputs: shape[0] }
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
/// Input `[batch, in_channels, h, w]`, output `[batch, out_channels, h + 2, w + 2]`.
#[derive(Debug, Clone)]
pub struct ConvTranspose2d {
    weight: Tensor,
    bias: Tensor,
}

impl ConvTranspose2d {
    /// Registers `name.weight` `[in_channels, out_channels, 3, 3]` and `name.bias`
    /// `[out_channels]`. The fan-in is `9 out_channels`, as in PyTorch.
    ///
    /// # Errors
    /// [`Error::Setting`] for channels outside 1 to 8192; [`Error::Candle`] if the device cannot
    /// hold the parameters.
    pub fn new(
        parameters: &mut Parameters,
        name: &str,
        in_channels: usize,
        out_channels: usize,
    ) -> Result<Self> {
        let config =
            Conv2dConfig { in_channels, out_channels, kernel_size: 3, padding: 0, stride: 1 };
        config.validate()?;
        let fan_in = out_channels * 9;
        let shape = (in_channels, out_channels, 3, 3);
        Ok(Self {
            weight: parameters.uniform(name, "weight", shape, fan_in)?,
            bias: parameters.uniform(name, "bias", out_channels, fan_in)?,
        })
    }
}

impl Module for ConvTranspose2d {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        ops::conv_transpose2d(x, &self.weight, Some(&self.bias))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;

    #[test]
    fn sizes_out_of_range_are_named() {
        let refused = |change: fn(&mut Conv2dConfig)| {
            let mut config = Conv2dConfig {
                in_channels: 1,
                out_channels: 2,
                kernel_size: 3,
                padding: 0,
                stride: 1,
            };
            change(&mut config);
            let mut parameters = Parameters::new(0, DType::F32, &Device::Cpu);
            match Conv2d::new(&mut parameters, "conv", config) {
                Err(Error::Setting { name, .. }) => name,
                other => panic!("expected a refused setting, got {other:?}"),
            }
        };
        assert_eq!(refused(|c| c.in_channels = 0), "in-channels");
        assert_eq!(refused(|c| c.out_channels = usize::MAX), "out-channels");
        assert_eq!(refused(|c| c.kernel_size = 0), "kernel-size");
        assert_eq!(refused(|c| c.padding = usize::MAX), "padding");
        assert_eq!(refused(|c| c.stride = 0), "stride");
    }
}
