//! The convolutional encoder.

use candle_core::Tensor;
use candle_nn::{Module, ModuleT};

use crate::case::{Case, LayerKind};
use crate::error::Result;
use crate::kernels::batch_norm::Moments;
pub(crate) use crate::layers::batch_norm_relu::BatchMoments;
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
        if kind == LayerKind::Up {
            let layer = ConvTranspose2d::new(parameters, name, in_channels, out_channels)?;
            return Ok(Self::Transposed(layer));
        }
        let padding = kind.padding();
        let config = Conv2dConfig { in_channels, out_channels, kernel_size: 3, padding, stride: 1 };
        Ok(Self::Plain(Conv2d::new(parameters, name, config)?))
    }
}

impl Module for Convolution {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Plain(conv) => conv.forward(x),
            Self::Transposed(conv) => conv.forward(x),
        }
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
        let values = self.values_per_channel(images)?;
        for ((norm, moments), values) in self.norms.iter().zip(moments).zip(values) {
            let tensor = |values: &[f32]| Tensor::new(values, images.device());
            norm.track(&tensor(&moments.mean)?, &tensor(&moments.var)?, values)?;
        }
        Ok(())
    }

    /// The values in each channel after each layer, for a batch of `images`.
    fn values_per_channel(&self, images: &Tensor) -> Result<[usize; 4]> {
        let (batch, _, mut height, mut width) = images.dims4()?;
        Ok(self.kinds.map(|kind| {
            let size = |n| kind.output_size(n).unwrap_or(0);
            (height, width) = (size(height), size(width));
            batch * height * width
        }))
    }

    /// `moments` of a batch of `images` before each batch norm, with unbiased variances.
    pub(crate) fn unbiased(
        &self,
        moments: &[Moments],
        images: &Tensor,
    ) -> Result<Vec<BatchMoments>> {
        let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        let values = self.values_per_channel(images)?;
        let norms = moments.iter().zip(values);
        Ok(norms.map(|(m, n)| BatchMoments::new(wide(&m.mean), wide(&m.var), n)).collect())
    }

    /// The moments of a batch of images before each batch norm, layer by layer, on any device. The
    /// running statistics stay as they are.
    pub(crate) fn batch_moments(&self, images: &Tensor) -> Result<Vec<BatchMoments>> {
        let mut h = images.clone();
        let layers = self.convolutions.iter().zip(&self.norms);
        layers
            .map(|(convolution, norm)| {
                let (y, moments) = norm.normalised(&convolution.forward(&h)?.detach())?;
                h = y;
                Ok(moments)
            })
            .collect()
    }

    /// Sets the batch norms' running statistics to averages over batches, given the sums.
    pub(crate) fn set_running_averages(&self, sums: &[BatchMoments], batches: usize) -> Result<()> {
        for (norm, sums) in self.norms.iter().zip(sums) {
            norm.set_running(sums, batches)?;
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
            h = convolution.forward(&h)?;
            if let Some(norm) = self.norms.get(i) {
                h = norm.forward_t(&h, train)?;
            }
        }
        Ok(h)
    }
}
