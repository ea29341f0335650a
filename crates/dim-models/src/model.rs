//! The encoder and its three objective networks, which are trained together.

use candle_core::{DType, Device, Tensor};
use candle_nn::ModuleT;
use candle_nn::ops::sigmoid;

use crate::alignment::centre;
use crate::case::Case;
use crate::config::{ModelConfig, ObjectiveConfig, PriorMode};
use crate::discriminators::{GlobalDiscriminator, LocalDiscriminator, PriorDiscriminator};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::kernels::fused::{EncoderShape, Evaluation, Networks};
use crate::kernels::memory::Workspace;
use crate::kernels::simd::Isa;
use crate::layers::batch_norm_relu::EPS;
use crate::layers::description::NetworkLayer;
use crate::objective::{discriminator_loss, generator_loss};
use crate::ops;
use crate::parameters::Parameters;

mod bounds;
mod calibration;
mod layers_of;

pub use bounds::{Bounds, InformationBounds};

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

/// The losses of one batch: differentiable scalars.
#[derive(Debug, Clone)]
pub struct Losses {
    /// `L = -(beta I_local + alpha I_global) + gamma prior`. Encoder, local and global network
    /// minimise it, and so does a cooperative prior network.
    pub total: Tensor,
    /// `-I_local`, the local bound of the objective.
    pub local: Tensor,
    /// `-I_global`, the global bound of the objective.
    pub global: Tensor,
    /// The prior term of `total`, without its weight: a mean of softplus, in nats.
    pub prior: Tensor,
    /// The loss that an adversarial prior network minimises; `None` if the prior is cooperative.
    pub prior_network: Option<Tensor>,
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

/// Local, global and prior loss, and the loss of an adversarial prior network.
type NetworkLosses = (Tensor, Tensor, Tensor, Option<Tensor>);

impl Losses {
    /// The scalar to differentiate: its gradient gives every network the gradient of its own loss.
    /// If the prior is adversarial it is the sum of both sides' losses, in which the parameters of
    /// one side are constants in the loss of the other.
    ///
    /// # Errors
    /// [`Error::Candle`] if the device fails.
    pub fn objective(&self) -> Result<Tensor> {
        Ok(match &self.prior_network {
            Some(prior_network) => (&self.total + prior_network)?,
            None => self.total.clone(),
        })
    }
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

    /// The losses of one batch in training mode. Each call moves the batch-norm statistics.
    ///
    /// [`Trainer`](crate::Trainer) calls this for you. A training loop of your own:
    ///
    /// ```
    /// use dim_models::{
    ///     Adam, AdamConfig, Case, DType, DeepInfoMax, Device, ModelConfig, ObjectiveConfig,
    ///     Tensor,
    /// };
    ///
    /// let (config, objective) = (ModelConfig::default(), ObjectiveConfig::default());
    /// let model = DeepInfoMax::new(Case::C, &config, 0, DType::F32, &Device::Cpu)?;
    /// let mut adam = Adam::new(model.parameters(), AdamConfig::default())?;
    /// let images = Tensor::rand(0f32, 1.0, (4, 1, 16, 16), &Device::Cpu)?;
    /// let [channels, height, width] = model.latent_shape(16, 16)?;
    /// for _ in 0..2 {
    ///     let noise = Tensor::rand(0f32, 1.0, (4, channels, height, width), &Device::Cpu)?;
    ///     let losses = model.losses(&images, &noise, &objective)?;
    ///     adam.step(&losses.objective()?.backward()?)?;
    /// }
    /// # Ok::<(), dim_models::Error>(())
    /// ```
    ///
    /// # Shapes
    /// `images` `[batch, 1, h, w]`, values in `[0, 1]`; `noise`, uniform in `[0, 1)`, of the shape
    /// of the latents, `[batch, channels[3], h', w']` with [`Self::latent_shape`].
    ///
    /// # Errors
    /// [`Error::ImageShape`] or [`Error::ImageSize`] for other images; [`Error::Candle`] for noise
    /// of another shape, an empty batch, or no negatives.
    pub fn losses(
        &self,
        images: &Tensor,
        noise: &Tensor,
        objective: &ObjectiveConfig,
    ) -> Result<Losses> {
        let [_, height, width] = self.check_images(images)?;
        let x = self.config.alignment.images(images, height, width)?;
        let (local, global, prior, prior_network) =
            match self.fused_losses(images, &x, noise, objective)? {
                Some(losses) => losses,
                None => self.layer_losses(images, &x, noise, objective)?,
            };
        let information = ((&local * objective.beta)? + (&global * objective.alpha)?)?;
        let total = (information + (&prior * objective.gamma)?)?;
        Ok(Losses { total, local, global, prior, prior_network })
    }

    /// The losses from the fused kernels, one operation for all networks; `None` if the tensors are
    /// not f32 on the CPU.
    fn fused_losses(
        &self,
        images: &Tensor,
        x: &Tensor,
        noise: &Tensor,
        objective: &ObjectiveConfig,
    ) -> Result<Option<NetworkLosses>> {
        let size = |t: &Tensor| t.dims4().map(|(_, _, height, width)| (height, width));
        let networks = Networks {
            encoder: self.encoder_shape(size(images)?),
            hidden_channels: self.config.hidden_channels,
            latent: size(x)?,
            objective: objective.objective,
            negatives: objective.negatives,
            prior: objective.prior,
        };
        let parameters: Vec<&Tensor> =
            self.parameters.trainable().map(|p| p.var.as_tensor()).collect();
        let Some((losses, moments)) =
            ops::deep_infomax::losses(networks, &self.workspace, &parameters, images, x, noise)?
        else {
            return Ok(None);
        };
        self.encoder.track(&moments, images)?;
        let [local, global, prior, network] = [0, 1, 2, 3].map(|i| losses.get(i));
        let network = match objective.prior {
            PriorMode::Adversarial => Some(network?),
            PriorMode::Cooperative => None,
        };
        Ok(Some((local?, global?, prior?, network)))
    }

    /// The losses layer by layer, on any device.
    fn layer_losses(
        &self,
        images: &Tensor,
        x: &Tensor,
        noise: &Tensor,
        objective: &ObjectiveConfig,
    ) -> Result<NetworkLosses> {
        let (_, _, height, width) = x.dims4()?;
        let z = self.latent_by_layers(images, true, (height, width))?;
        let bound = objective.objective;
        let local = bound.bound(&self.local.scores(x, &z, objective.negatives)?)?.neg()?;
        let global = bound.bound(&self.global.scores(x, &z, objective.negatives)?)?.neg()?;

        let image_part = self.prior.image_part(x)?;
        let squashed = sigmoid(&z)?;
        let noise_logits = self.prior.logits(&image_part, noise)?;
        let (prior, prior_network) = match objective.prior {
            PriorMode::Adversarial => {
                let constant_latent = self.prior.logits(&image_part, &squashed.detach())?;
                let constant_network =
                    self.prior.frozen().logits(&image_part.detach(), &squashed)?;
                let network = discriminator_loss(&noise_logits, &constant_latent)?;
                (generator_loss(&constant_network)?, Some(network))
            }
            PriorMode::Cooperative => {
                let logits = self.prior.logits(&image_part, &squashed)?;
                (discriminator_loss(&noise_logits, &logits)?, None)
            }
        };
        Ok((local, global, prior, prior_network))
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
