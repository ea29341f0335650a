//! A training step: the losses of a batch from all parameters, and the gradient back to them.
//!
//! The tensors of a step are large (the latents of 64 images are 75 MB) and few operations use
//! each. So the work is cut by image, not by operation: everything that one image needs is done
//! while it is in cache. A step keeps the outputs of the convolutions, the latents and the scores.
//! Gradients of the latents exist only for as many images as there are threads.

use rayon::prelude::*;

use super::bounds::PairScores;
use super::encoder::{Activations, Encoder, EncoderShape, LayerGrads};
use super::global::{Global, Pair};
use super::local::Local;
use super::parameters::Flat;
use super::per_pixel::{
    PixelBackward, PixelInputs, PixelNetworks, PixelScoreGrads, PixelScores, ScorePixels,
};
use super::prior::Prior;
use super::softplus::{SoftplusGrad, SoftplusSum};
use crate::config::{Objective, PriorMode};
use crate::kernels::batch_norm::Moments;
use crate::kernels::memory::{Buffer, Workspace};
use crate::kernels::simd::Isa;
use crate::kernels::sum::add_in_order;

/// The sizes of the networks, and the objective.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Networks {
    pub(crate) encoder: EncoderShape,
    pub(crate) hidden_channels: usize,
    /// Height and width of the latent, without the encoder's margin.
    pub(crate) latent: (usize, usize),
    pub(crate) objective: Objective,
    pub(crate) negatives: usize,
    pub(crate) prior: PriorMode,
}

/// The inputs of a step.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// `[batch, 1, ..image]`.
    pub(crate) images: &'a [f32],
    /// The images as they are compared with the latent, `[batch, 1, ..latent]`.
    pub(crate) aligned: &'a [f32],
    /// `[batch, channels, ..latent]`.
    pub(crate) noise: &'a [f32],
}

/// Losses in this order: minus the local bound, minus the global bound, the prior loss of the
/// encoder, the loss of the prior network (0 if the prior is cooperative: the third serves both).
pub(crate) type Losses = [f32; 4];

/// The result of the forward pass, and what the backward pass needs.
pub(crate) struct Forward {
    pub(crate) losses: Losses,
    encoder: Activations,
    images: Vec<Image>,
    /// By image, then pair.
    pairs: Vec<Vec<Pair>>,
    local_scores: Vec<Vec<f32>>,
    global_scores: Vec<Vec<f32>>,
}

/// What the backward pass needs of one image.
struct Image {
    z: Buffer,
    noise_logits: Vec<f32>,
    latent_logits: Vec<f32>,
    /// The two parts of the first layer of the global network.
    latent_part: Buffer,
    image_part: Buffer,
}

impl Forward {
    /// The moments of the batch norms of the encoder.
    pub(crate) fn moments(&self) -> impl Iterator<Item = &Moments> {
        self.encoder.norms.iter().map(|norm| &norm.moments)
    }
}

/// The networks with their weights.
struct Weighted<'a> {
    encoder: Encoder<'a>,
    pixels: PixelNetworks,
    global: Global,
}

impl Networks {
    fn area(&self) -> usize {
        self.latent.0 * self.latent.1
    }

    /// `params` are those of the encoder, the local, the global and the prior network, each in
    /// order.
    fn weighted<'a>(&self, isa: Isa, params: &'a [f32]) -> Weighted<'a> {
        let mut params = Flat(params);
        let (channels, hidden_channels) = (self.encoder.channels[3], self.hidden_channels);
        let encoder = Encoder::new(isa, &mut params, &self.encoder);
        let local = Local::new(isa, &mut params, channels, hidden_channels);
        let (rows, columns) = self.latent;
        let global = Global::new(isa, &mut params, (channels, rows, columns), hidden_channels);
        let prior = Prior::new(isa, &mut params, channels, hidden_channels);
        Weighted {
            encoder,
            pixels: PixelNetworks { channels, hidden_channels, local, prior },
            global,
        }
    }

    /// The image `i`, then the images of its negative pairs.
    fn partners(&self, i: usize, batch: usize) -> impl Iterator<Item = usize> {
        (0..=self.negatives).map(move |k| (i + k) % batch)
    }

    fn inputs<'a>(&self, batch: &Batch<'a>, z: &'a [f32], i: usize) -> PixelInputs<'a> {
        let area = self.area();
        let xs = self.partners(i, batch.aligned.len() / area);
        PixelInputs {
            z,
            noise: &batch.noise[i * z.len()..(i + 1) * z.len()],
            xs: xs.map(|j| &batch.aligned[j * area..(j + 1) * area]).collect(),
        }
    }

    /// The losses of a batch.
    ///
    /// # Panics
    /// Here and below: if a slice has another size.
    pub(crate) fn forward(&self, on: &Workspace, params: &[f32], batch: &Batch) -> Forward {
        let isa = on.isa;
        let Weighted { encoder, pixels, global } = self.weighted(isa, params);
        let count = batch.aligned.len() / self.area();
        let done = encoder.forward(on, batch.images);
        let (images, local_scores): (Vec<Image>, Vec<Vec<f32>>) = (0..count)
            .into_par_iter()
            .map(|i| {
                let z = encoder.latent(on, &done, i);
                let inputs = self.inputs(batch, &z, i);
                let image_part = global.image_part(on, inputs.xs[0]);
                let PixelScores { local, noise, latent } =
                    isa.run(ScorePixels { networks: &pixels, inputs });
                let latent_part = global.latent_part(on, &z);
                let (noise_logits, latent_logits) = (noise, latent);
                (Image { z, noise_logits, latent_logits, latent_part, image_part }, local)
            })
            .unzip();
        let pairs: Vec<Vec<Pair>> = images
            .par_iter()
            .enumerate()
            .map(|(i, image)| {
                self.partners(i, count)
                    .map(|j| global.pair(on, &image.latent_part, &images[j].image_part))
                    .collect()
            })
            .collect();
        let global_scores =
            pairs.iter().map(|pairs| pairs.iter().map(|pair| pair.score).collect()).collect();
        let mut done =
            Forward { losses: [0.0; 4], encoder: done, images, pairs, local_scores, global_scores };
        done.losses = self.losses(isa, &done).map(|loss| loss as f32);
        done
    }

    fn local_scores<'a>(&self, done: &'a Forward) -> PairScores<'a> {
        PairScores { scores: &done.local_scores, negatives: self.negatives, row: self.area() }
    }

    fn global_scores<'a>(&self, done: &'a Forward) -> PairScores<'a> {
        PairScores { scores: &done.global_scores, negatives: self.negatives, row: 1 }
    }

    fn losses(&self, isa: Isa, done: &Forward) -> [f64; 4] {
        let softplus_mean = |sign: f32, logits: fn(&Image) -> &[f32]| {
            let images: Vec<f64> = done
                .images
                .par_iter()
                .map(|image| isa.run(SoftplusSum { sign, t: logits(image) }))
                .collect();
            images.iter().sum::<f64>() / (images.len() * self.area()) as f64
        };
        let discriminator_loss = softplus_mean(-1.0, |image| &image.noise_logits)
            + softplus_mean(1.0, |image| &image.latent_logits);
        let (prior, network) = match self.prior {
            PriorMode::Adversarial => {
                (softplus_mean(-1.0, |image| &image.latent_logits), discriminator_loss)
            }
            PriorMode::Cooperative => (discriminator_loss, 0.0),
        };
        let local = self.local_scores(done).bound(isa, self.objective);
        let global = self.global_scores(done).bound(isa, self.objective);
        [-local, -global, prior, network]
    }

    /// The gradient of the parameters, given the gradient `by` of the losses.
    pub(crate) fn backward(
        &self,
        on: &Workspace,
        params: &[f32],
        batch: &Batch,
        done: &Forward,
        by: Losses,
    ) -> Vec<f32> {
        let isa = on.isa;
        let networks = self.weighted(isa, params);
        let local = self.local_scores(done).bound_grad(isa, self.objective, -by[0]);
        let global = self.global_scores(done).bound_grad(isa, self.objective, -by[1]);
        let images: Vec<(LayerGrads, Vec<f32>)> = (0..done.images.len())
            .into_par_iter()
            .map(|i| self.image_backward(on, &networks, batch, done, by, i, &local[i], &global[i]))
            .collect();
        let (layer, heads): (Vec<LayerGrads>, Vec<Vec<f32>>) = images.into_iter().unzip();
        let mut grads = networks.encoder.backward(on, batch.images, &done.encoder, layer);
        grads.extend(add_in_order(&heads));
        grads
    }

    /// For one image: the gradients through the last layer of the encoder, and the gradients of the
    /// parameters of the objective networks.
    #[expect(
        clippy::too_many_arguments,
        reason = "the step, the image and the gradients of its scores"
    )]
    fn image_backward(
        &self,
        on: &Workspace,
        networks: &Weighted,
        batch: &Batch,
        done: &Forward,
        by: Losses,
        i: usize,
        local: &[f32],
        global: &[f32],
    ) -> (LayerGrads, Vec<f32>) {
        let Weighted { encoder, pixels, global: network } = networks;
        let isa = on.isa;
        let image = &done.images[i];
        let inputs = self.inputs(batch, &image.z, i);
        let pairs = self
            .partners(i, done.images.len())
            .zip(&inputs.xs)
            .zip(done.pairs[i].iter().zip(global))
            .map(|((j, &x), (pair, &d))| (x, &done.images[j].image_part[..], pair, d));
        let (mut dz, global) = network.backward(on, &image.z, &image.latent_part, pairs);

        let per_value = 1.0 / (done.images.len() * self.area()) as f32;
        let softplus_grad = |sign: f32, by: f32, t: &[f32]| {
            let mut grad = vec![0.0; t.len()];
            isa.run(SoftplusGrad { sign, scale: by * per_value, t, grad: &mut grad });
            grad
        };
        let network_by = match self.prior {
            PriorMode::Adversarial => by[3],
            PriorMode::Cooperative => by[2],
        };
        let noise = softplus_grad(-1.0, network_by, &image.noise_logits);
        let latent = softplus_grad(1.0, network_by, &image.latent_logits);
        let latent_for_z = match self.prior {
            PriorMode::Adversarial => softplus_grad(-1.0, by[2], &image.latent_logits),
            PriorMode::Cooperative => latent.clone(),
        };
        let grads =
            PixelScoreGrads { local, noise: &noise, latent: &latent, latent_for_z: &latent_for_z };
        let (mut heads, prior) =
            isa.run(PixelBackward { networks: pixels, inputs, grads, dz: &mut dz });
        heads.extend(global);
        heads.extend(prior);
        (encoder.latent_grads(on, &done.encoder, i, &dz), heads)
    }
}
