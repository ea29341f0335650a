//! The convolutional encoder.

use candle_core::Tensor;
use candle_nn::{Module, ModuleT};

use crate::case::{Case, LayerKind};
use crate::error::Result;
use crate::kernels::batch_norm::Moments;
use crate::layers::{BatchNormRelu, Conv2d, ConvTranspose2d};
use crate::parameters::ParameterBuilder;

/// Four 3x3 layers with batch norm and ReLU after the first three; the last is linear and its maps
/// are the latent `z`.
///
/// # Shapes
/// Input `[batch, 1, h, w]`, output `[batch, channels[3], h', w']` with `h'` from [`Case::sizes`].
///
/// Parameter names are those of PyTorch's `Sequential(conv, bn, relu, conv, bn, relu, conv, bn, relu,
/// conv)`: `0.weight`, `1.weight`, `1.running_mean`, `3.weight`, ..., `9.bias`.
#[derive(Debug, Clone)]
pub struct Encoder {
    convolutions: Vec<Convolution>,
    norms: Vec<BatchNormRelu>,
    kinds: [LayerKind; 4],
}

#[derive(Debug, Clone)]
enum Convolution {
    Plain(Conv2d),
    Transposed(ConvTranspose2d),
}

impl Encoder {
    /// The encoder of one case with the given channels after each layer.
    ///
    /// # Errors
    /// When the device cannot hold the parameters.
    pub fn new(mut params: ParameterBuilder<'_>, case: Case, channels: [usize; 4]) -> Result<Self> {
        let (mut convolutions, mut norms) = (Vec::new(), Vec::new());
        let mut c_in = 1;
        for (i, (kind, c_out)) in case.layers().into_iter().zip(channels).enumerate() {
            let conv = params.under(3 * i);
            convolutions.push(match kind {
                LayerKind::Valid => Convolution::Plain(Conv2d::new(conv, c_in, c_out, 3, 0, 1)?),
                LayerKind::Same => Convolution::Plain(Conv2d::new(conv, c_in, c_out, 3, 1, 1)?),
                LayerKind::Up => Convolution::Transposed(ConvTranspose2d::new(conv, c_in, c_out)?),
            });
            if i < 3 {
                norms.push(BatchNormRelu::new(params.under(3 * i + 1), c_out)?);
            }
            c_in = c_out;
        }
        Ok(Self { convolutions, norms, kinds: case.layers() })
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
