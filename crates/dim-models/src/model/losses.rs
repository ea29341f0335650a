//! The losses of a training step.

use candle_core::Tensor;
use candle_nn::ops::sigmoid;

use super::DeepInfoMax;
use crate::config::{ObjectiveConfig, PriorMode};
use crate::error::Result;
use crate::kernels::fused::Networks;
use crate::objective::{discriminator_loss, generator_loss};
use crate::ops;

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

/// Local, global and prior loss, and the loss of an adversarial prior network.
type NetworkLosses = (Tensor, Tensor, Tensor, Option<Tensor>);

impl Losses {
    /// The scalar to differentiate: its gradient gives every network the gradient of its own loss.
    /// If the prior is adversarial it is the sum of both sides' losses, in which the parameters of
    /// one side are constants in the loss of the other.
    ///
    /// # Errors
    /// [`Error::Candle`](crate::Error::Candle) if the device fails.
    pub fn objective(&self) -> Result<Tensor> {
        Ok(match &self.prior_network {
            Some(prior_network) => (&self.total + prior_network)?,
            None => self.total.clone(),
        })
    }
}

impl DeepInfoMax {
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
    ///
    /// [`Error::ImageShape`]: crate::Error::ImageShape
    /// [`Error::ImageSize`]: crate::Error::ImageSize
    /// [`Error::Candle`]: crate::Error::Candle
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
}
