//! The encoder and its three objective networks, which are trained together.

use candle_core::{DType, Device, Tensor};
use candle_nn::ModuleT;

use crate::alignment::centre;
use crate::case::Case;
use crate::config::ModelConfig;
use crate::discriminators::{GlobalDiscriminator, LocalDiscriminator, PriorDiscriminator};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::kernels::fused::{EncoderShape, Evaluation};
use crate::kernels::memory::Workspace;
use crate::kernels::simd::Isa;
use crate::layers::batch_norm_relu::EPS;
use crate::layers::description::NetworkLayer;
use crate::ops;
use crate::parameters::Parameters;

mod bounds;
mod calibration;
mod layers_of;
mod losses;

pub use bounds::{Bounds, InformationBounds};
pub use losses::Losses;

/// The encoder of one case with its local, global and prior networks.
///
/// A clone shares the weights: it is the same model.
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use dim_models::{Case, DeepInfoMax, ModelConfig};
///
/// let model = DeepInfoMax::new(Case::A, &ModelConfig::default(), 0, DType::F32, &Device::Cpu)?;
/// let images = Tensor::zeros((2, 1, 32, 32), DType::F32, &Device::Cpu)?;
/// let encoded = model.encode(&images)?;
/// assert_eq!(encoded.maps.dims(), [2, 32, 24, 24]);
/// assert_eq!(encoded.images.dims(), [2, 1, 24, 24]);
/// # Ok::<(), dim_models::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeepInfoMax {
    case: Case,
    config: ModelConfig,
    encoder: Encoder,
    local: LocalDiscriminator,
    global: GlobalDiscriminator,
    prior: PriorDiscriminator,
    parameters: Parameters,
    device: Device,
    workspace: Workspace,
}

/// The result of [`DeepInfoMax::encode`] for a batch.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// `x~`, the images at the size of the maps: `[batch, 1, h', w']`, values in `[0, 1]`. They are
    /// resized, or cut to their centre if the model crops ([`Alignment`](crate::Alignment)).
    pub images: Tensor,
    /// `z`, the feature maps: `[batch, channels[3], h', w']`, any values. They are all of the maps,
    /// or their centre if the model crops and they are larger than the image.
    pub maps: Tensor,
}

/// The layers of the three objective networks, first to last; see [`DeepInfoMax::network_layers`].
///
/// The input of each is the image, 1 channel, followed by the latent. ReLU follows every layer
/// except the last of a network and the mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkLayers {
    /// One score for each location.
    pub local: Vec<NetworkLayer>,
    /// One score for each image.
    pub global: Vec<NetworkLayer>,
    /// One logit for each location.
    pub prior: Vec<NetworkLayer>,
}

impl DeepInfoMax {
    /// A model with initial weights drawn from `seed`.
    ///
    /// `dtype` is `F32` to train. `F64` on the CPU is for gradient checks.
    ///
    /// # Errors
    /// [`Error::Setting`] for a size outside its range; [`Error::Candle`] if the device cannot hold
    /// the parameters.
    pub fn new(
        case: Case,
        config: &ModelConfig,
        seed: u64,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        config.validate()?;
        let mut parameters = Parameters::new(seed, dtype, device);
        let (maps, hidden) = (config.channels[3], config.hidden_channels);
        Ok(Self {
            case,
            config: *config,
            encoder: Encoder::new(&mut parameters, case, config.channels)?,
            local: LocalDiscriminator::new(&mut parameters, maps, hidden)?,
            global: GlobalDiscriminator::new(&mut parameters, maps, hidden)?,
            prior: PriorDiscriminator::new(&mut parameters, maps, hidden)?,
            parameters,
            device: device.clone(),
            workspace: Workspace::new(Isa::detect()),
        })
    }

    /// Computes with the kernels of `isa` from now on.
    #[cfg(test)]
    pub(crate) fn compute_with(&mut self, isa: Isa) {
        self.workspace = Workspace::new(isa);
    }

    /// The case of the encoder.
    pub fn case(&self) -> Case {
        self.case
    }

    /// The networks' shapes, and how images are compared with maps.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Every named tensor of the model: weights, biases and batch-norm statistics.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The layers of the objective networks, as the networks describe themselves.
    ///
    /// ```
    /// use dim_models::{Case, DType, DeepInfoMax, Device, ModelConfig, NetworkLayerKind};
    ///
    /// let config = ModelConfig::default();
    /// let model = DeepInfoMax::new(Case::A, &config, 0, DType::F32, &Device::Cpu)?;
    /// let first = model.network_layers().global[0];
    /// assert_eq!(first.kind, NetworkLayerKind::Convolution { kernel_size: 3, stride: 2 });
    /// assert_eq!((first.inputs, first.outputs), (33, 32));
    /// # Ok::<(), dim_models::Error>(())
    /// ```
    pub fn network_layers(&self) -> NetworkLayers {
        NetworkLayers {
            local: self.local.layers(),
            global: self.global.layers(),
            prior: self.prior.layers(),
        }
    }

    /// The device that holds the parameters.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The shape of the latent that the networks see, `[channels[3], h', w']`, for images of
    /// `height` by `width` pixels: that of the maps, or of their centre if the model crops and they
    /// are larger than the image.
    ///
    /// # Errors
    /// [`Error::ImageSize`] if the latent would be too small for the global network.
    pub fn latent_shape(&self, height: usize, width: usize) -> Result<[usize; 3]> {
        let size = |size| self.config.alignment.latent_size(self.case, size).unwrap_or(0);
        let (h, w) = (size(height), size(width));
        let least = GlobalDiscriminator::MIN_SIZE;
        if h.min(w) < least {
            // Four layers lose at most 2 pixels each.
            let minimum = (1..least + 8).find(|&image| size(image) >= least);
            return Err(Error::ImageSize { height, width, minimum: minimum.unwrap_or(least + 8) });
        }
        Ok([self.config.channels[3], h, w])
    }

    /// Encodes images in evaluation mode: batch norm uses its running statistics, and no gradient
    /// is tracked. The maps of an image do not depend on the rest of the batch.
    ///
    /// # Shapes
    /// `images` `[batch, 1, h, w]`, values in `[0, 1]`.
    ///
    /// # Errors
    /// [`Error::ImageShape`] for another shape; [`Error::ImageSize`] for images that are too small;
    /// [`Error::Candle`] if the device fails.
    pub fn encode(&self, images: &Tensor) -> Result<Encoded> {
        let [_, height, width] = self.check_images(images)?;
        let maps = match self.fused_maps(images, (height, width))? {
            Some(maps) => maps,
            None => self.latent_by_layers(images, false, (height, width))?.detach(),
        };
        Ok(Encoded { images: self.align_images(images)?, maps })
    }

    /// The latent that the networks see, layer by layer, on any device.
    fn latent_by_layers(
        &self,
        images: &Tensor,
        train: bool,
        (height, width): (usize, usize),
    ) -> Result<Tensor> {
        Ok(centre(&self.encoder.forward_t(images, train)?, height, width)?)
    }

    /// The encoder as the kernels take it, for images of this height and width.
    fn encoder_shape(&self, image: (usize, usize)) -> EncoderShape {
        let maps = self.case.sizes(image.0).map_or(0, |sizes| sizes[4]);
        let latent = self.config.alignment.latent_size(self.case, image.0).unwrap_or(maps);
        EncoderShape {
            kinds: self.case.layers(),
            channels: self.config.channels,
            image,
            margin: (maps - latent) / 2,
            eps: EPS,
        }
    }

    /// The images as the maps are compared with them, [`Encoded::images`], without encoding.
    ///
    /// # Shapes
    /// `images` `[batch, 1, h, w]`, values in `[0, 1]`; result `[batch, 1, h', w']`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn align_images(&self, images: &Tensor) -> Result<Tensor> {
        let [_, height, width] = self.check_images(images)?;
        Ok(self.config.alignment.images(images, height, width)?)
    }

    /// The maps from the fused kernels, image by image; `None` if the tensors are not f32 on the
    /// CPU.
    fn fused_maps(&self, images: &Tensor, latent: (usize, usize)) -> Result<Option<Tensor>> {
        let (_, _, height, width) = images.dims4()?;
        let evaluation = || {
            Ok(Evaluation {
                encoder: self.encoder_shape((height, width)),
                moments: self.encoder.running_moments()?,
            })
        };
        let parameters = self.encoder_parameters();
        Ok(ops::encode::encode(evaluation, &self.workspace, &parameters, images, latent)?)
    }

    /// The trainable parameters of the encoder, in order.
    fn encoder_parameters(&self) -> Vec<&Tensor> {
        let trainable = self.parameters.trainable();
        trainable.filter(|p| p.name.starts_with("encoder.")).map(|p| p.var.as_tensor()).collect()
    }

    fn check_images(&self, images: &Tensor) -> Result<[usize; 3]> {
        match images.dims() {
            &[_, 1, height, width] => self.latent_shape(height, width),
            other => Err(Error::ImageShape { found: other.to_vec() }),
        }
    }
}

#[cfg(test)]
mod tests;
