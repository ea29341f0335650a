//! The convolutional encoder.

use candle_core::Tensor;
use candle_nn::{Module, ModuleT};

use crate::case::{Case, LayerKind};
use crate::error::Result;
use crate::kernels::batch_norm::Moments;
use crate::layers::{BatchNormRelu, Conv2d, Conv2dConfig, ConvTranspose2d};
use crate::parameters::Parameters;

/// Four 3x3 layers with batch norm and ReLU after the first three. The last layer is linear; its
/// maps are the latent `z`.
///
/// # Shapes
/// Input `[batch, 1, h, w]`, output `[batch, channels[3], h', w']` with `h'` from [`Case::sizes`].
///
/// Parameter names are those of PyTorch's `Sequential(conv, bn, relu, conv, bn, relu, conv, bn,
/// relu, conv)` called `encoder`: `encoder.0.weight`, `encoder.1.running_mean`, ...,
/// `encoder.9.bias`.
#[derive(Debug, Clone)]
pub(crate) struct Encoder {
    convolutions: Vec<Convolution>,
    norms: Vec<BatchNormRelu>,
    kinds: [LayerKind; 4],
}

#[derive(Debug, Clone)]
enum Convolution {
    Plain(Conv2d),
    Transposed(ConvTranspose2d),
}

impl Convolution {
    fn new(
        parameters: &mut Parameters,
        name: &str,
        kind: LayerKind,
        in_channels: usize,
        out_channels: usize,
    ) -> Result<Self> {
        let padding = match kind {
            LayerKind::Valid => 0,
            LayerKind::Same => 1,
            LayerKind::Up => {
                let layer = ConvTranspose2d::new(parameters, name, in_channels, out_channels)?;
                return Ok(Self::Transposed(layer));
            }
        };
        let config = Conv2dConfig { in_channels, out_channels, kernel_size: 3, padding, stride: 1 };
        Ok(Self::Plain(Conv2d::new(parameters, name, config)?))
    }
}

impl Encoder {
    /// The encoder of one case with the given channels after each layer.
    ///
    /// # Errors
    /// If the device cannot hold the parameters.
    pub(crate) fn new(
        parameters: &mut Parameters,
        case: Case,
        channels: [usize; 4],
    ) -> Result<Self> {
        let (mut convolutions, mut norms) = (Vec::new(), Vec::new());
        let mut c_in = 1;
        for (i, (kind, c_out)) in case.layers().into_iter().zip(channels).enumerate() {
            convolutions.push(Convolution::new(parameters, &conv_name(i), kind, c_in, c_out)?);
            if i < 3 {
                let name = format!("encoder.{}", 3 * i + 1);
                norms.push(BatchNormRelu::new(parameters, &name, c_out)?);
            }
            c_in = c_out;
        }
        Ok(Self { convolutions, norms, kinds: case.layers() })
    }

    /// The name of the kernel of a layer, from 0.
    pub(crate) fn kernel_name(layer: usize) -> String {
        format!("{}.weight", conv_name(layer))
    }

    /// Moves the batch norms' running statistics, given the moments of a batch of `images`.
    pub(crate) fn track(&self, moments: &[Moments], images: &Tensor) -> Result<()> {
        let (batch, _, mut height, mut width) = images.dims4()?;
        for ((norm, moments), kind) in self.norms.iter().zip(moments).zip(self.kinds) {
            let size = |n| kind.output_size(n).unwrap_or(0);
            (height, width) = (size(height), size(width));
            let tensor = |values: &[f32]| Tensor::new(values, images.device());
            norm.track(&tensor(&moments.mean)?, &tensor(&moments.var)?, batch * height * width)?;
        }
        Ok(())
    }

    /// The running statistics of the batch norms, in order.
    pub(crate) fn running_moments(&self) -> candle_core::Result<Vec<Moments>> {
        self.norms.iter().map(BatchNormRelu::running_moments).collect()
    }
}

/// The name of the convolution of a layer, from 0.
fn conv_name(layer: usize) -> String {
    format!("encoder.{}", 3 * layer)
}

impl ModuleT for Encoder {
    fn forward_t(&self, x: &Tensor, train: bool) -> candle_core::Result<Tensor> {
        let mut h = x.clone();
        for (i, convolution) in self.convolutions.iter().enumerate() {
            h = match convolution {
                Convolution::Plain(conv) => conv.forward(&h)?,
                Convolution::Transposed(conv) => conv.forward(&h)?,
            };
            if let Some(norm) = self.norms.get(i) {
                h = norm.forward_t(&h, train)?;
            }
        }
        Ok(h)
    }
}
