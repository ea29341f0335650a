//! The prior network, which distinguishes squashed latents from uniform noise, given the image.
//!
//! ```text
//! h = relu(W_v v + b1 + w_x x)      D = w2 h + b2      v = noise, or v = logistic(z)
//! ```

use super::first::{First, FirstGrads};
use super::parameters::Flat;
use super::pixels::{
    Dense, STRIDE, Tiles, add_image_and_relu, add_products, add_totals, relu_grad, score,
    score_grad,
};
use crate::kernels::simd::exp::logistic;
use crate::kernels::simd::{Isa, Simd};

pub(super) struct Prior {
    channels: usize,
    hidden_channels: usize,
    first: First,
    last: Vec<f32>,
    last_bias: f32,
}

/// Gradients of the parameters of [`Prior`].
pub(super) struct PriorGrads {
    first: FirstGrads,
    last: Vec<f32>,
    last_bias: [f32; 1],
}

impl PriorGrads {
    pub(super) fn zeros(channels: usize, hidden_channels: usize) -> Self {
        Self {
            first: FirstGrads::zeros(channels, hidden_channels),
            last: vec![0.0; hidden_channels],
            last_bias: [0.0],
        }
    }

    /// All gradients, in the order of the parameters.
    pub(super) fn flat(&self) -> Vec<f32> {
        let mut all = self.first.flat();
        all.extend(&self.last);
        all.extend(self.last_bias);
        all
    }
}

impl Prior {
    /// Takes its parameters from `params`.
    pub(super) fn new(
        isa: Isa,
        params: &mut Flat,
        channels: usize,
        hidden_channels: usize,
    ) -> Self {
        Self {
            channels,
            hidden_channels,
            first: First::new(isa, params, channels, hidden_channels),
            last: params.take(hidden_channels).to_vec(),
            last_bias: params.take(1)[0],
        }
    }

    /// The rows of working memory that the methods below need.
    pub(super) fn work_rows(channels: usize, hidden_channels: usize) -> usize {
        3 * hidden_channels + channels
    }

    fn latent(&self) -> &Dense {
        &self.first.latent
    }

    #[inline(always)]
    fn hidden<S: Simd>(
        &self,
        simd: S,
        v: &[f32],
        x: &[f32],
        n: usize,
        a: &mut [f32],
        h: &mut [f32],
    ) {
        self.latent().forward(simd, v, n, a);
        add_image_and_relu(simd, a, &self.first.image, x, n, h);
    }

    /// Writes the logits of a tile `v` of noise or of squashed latents.
    #[inline(always)]
    pub(super) fn logits<S: Simd>(
        &self,
        simd: S,
        v: &[f32],
        x: &[f32],
        n: usize,
        mut work: Tiles,
        logits: &mut [f32],
    ) {
        let [a, h] = [(); 2].map(|()| work.take(self.hidden_channels));
        self.hidden(simd, v, x, n, a, h);
        score(simd, h, &self.last, self.last_bias, n, logits);
    }

    /// Given the gradient `d` of the logits of `v`, adds the gradients of the parameters to
    /// `grads`.
    ///
    /// With `dz`, `v` is `logistic(z)`. `dz` is another gradient of the logits, and where to add
    /// the gradient of `z` for it.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a tile's inputs, outputs and memory")]
    pub(super) fn backward<S: Simd>(
        &self,
        simd: S,
        v: &[f32],
        x: &[f32],
        d: &[f32],
        n: usize,
        mut work: Tiles,
        dz: Option<(&[f32], &mut [f32])>,
        grads: &mut PriorGrads,
    ) {
        let [a, h, dh] = [(); 3].map(|()| work.take(self.hidden_channels));
        self.hidden(simd, v, x, n, a, h);
        if let Some((d, dz)) = dz {
            let dv = work.take(self.channels);
            score_grad(simd, h, &self.last, d, n, dh);
            self.latent().input_grad(simd, dh, n, dv);
            add_logistic_grad(simd, v, dv, n, dz);
        }
        add_products(simd, h, d, n, &mut grads.last);
        add_totals(simd, d, n, &mut grads.last_bias);
        score_grad(simd, h, &self.last, d, n, dh);
        relu_grad(simd, h, x, n, dh, &mut grads.first.image);
        add_totals(simd, dh, n, &mut grads.first.bias);
        self.latent().weight_grad(simd, v, dh, n, &mut grads.first.latent);
    }
}

/// `v = logistic(z)`.
#[inline(always)]
pub(super) fn squash<S: Simd>(simd: S, z: &[f32], n: usize, v: &mut [f32]) {
    for (z, v) in z.chunks_exact(STRIDE).zip(v.chunks_exact_mut(STRIDE)) {
        for (z, v) in z[..n].chunks_exact(S::LANES).zip(v.chunks_exact_mut(S::LANES)) {
            simd.store(v, logistic(simd, simd.load(z)));
        }
    }
}

/// `dz += dv v (1 - v)`.
#[inline(always)]
fn add_logistic_grad<S: Simd>(simd: S, v: &[f32], dv: &[f32], n: usize, dz: &mut [f32]) {
    let one = simd.splat(1.0);
    let rows = v.chunks_exact(STRIDE).zip(dv.chunks_exact(STRIDE));
    for (dz, (v, dv)) in dz.chunks_exact_mut(STRIDE).zip(rows) {
        let vectors = v[..n].chunks_exact(S::LANES).zip(dv[..n].chunks_exact(S::LANES));
        for (dz, (v, dv)) in dz.chunks_exact_mut(S::LANES).zip(vectors) {
            let v = simd.load(v);
            let slope = simd.mul(v, simd.sub(one, v));
            simd.store(dz, simd.mul_add(simd.load(dv), slope, simd.load(dz)));
        }
    }
}
