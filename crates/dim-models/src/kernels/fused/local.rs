//! The local network, which scores every pixel of an image against the latent there.
//!
//! ```text
//! a = W_z z + b1      h1_k = relu(a + w_x x_k)      h2_k = W2 h1_k + b2
//! T_k = w3 relu(h2_k) + b3
//! ```
//!
//! for the image itself (`k` = 0) and `K` others. The part of the latent, `a`, is computed once.

use super::first::{First, FirstGrads};
use super::parameters::Flat;
use super::pixels::{
    Dense, STRIDE, Tiles, add_image_and_relu, add_products, add_rows, add_totals, relu_grad, score,
    score_grad,
};
use crate::kernels::simd::{Isa, Simd};

pub(super) struct Local {
    hidden_channels: usize,
    first: First,
    second: Dense,
    last: Vec<f32>,
    last_bias: f32,
}

/// Gradients of the parameters of [`Local`].
pub(super) struct LocalGrads {
    first: FirstGrads,
    second: Vec<f32>,
    second_bias: Vec<f32>,
    last: Vec<f32>,
    last_bias: [f32; 1],
}

impl LocalGrads {
    pub(super) fn zeros(channels: usize, hidden_channels: usize) -> Self {
        Self {
            first: FirstGrads::zeros(channels, hidden_channels),
            second: vec![0.0; hidden_channels * hidden_channels],
            second_bias: vec![0.0; hidden_channels],
            last: vec![0.0; hidden_channels],
            last_bias: [0.0],
        }
    }

    /// All gradients, in the order of the parameters.
    pub(super) fn flat(&self) -> Vec<f32> {
        let rest = [&self.second[..], &self.second_bias, &self.last, &self.last_bias];
        std::iter::once(self.first.flat()).chain(rest.map(<[f32]>::to_vec)).flatten().collect()
    }
}

impl Local {
    /// Takes its parameters from `params`.
    pub(super) fn new(
        isa: Isa,
        params: &mut Flat,
        channels: usize,
        hidden_channels: usize,
    ) -> Self {
        let first = First::new(isa, params, channels, hidden_channels);
        let (second, second_bias) =
            (params.take(hidden_channels * hidden_channels), params.take(hidden_channels));
        Self {
            hidden_channels,
            first,
            second: Dense::new(isa, hidden_channels, second_bias, |o, i| {
                second[o * hidden_channels + i]
            }),
            last: params.take(hidden_channels).to_vec(),
            last_bias: params.take(1)[0],
        }
    }

    /// The rows of working memory that the methods below need.
    pub(super) fn work_rows(hidden_channels: usize) -> usize {
        5 * hidden_channels
    }

    /// Writes the scores of a tile, a row for each image: `z` has the latents, `xs` the `1 + K`
    /// images.
    #[inline(always)]
    pub(super) fn scores<S: Simd>(
        &self,
        simd: S,
        z: &[f32],
        xs: &[f32],
        n: usize,
        mut work: Tiles,
        scores: &mut [f32],
    ) {
        let [a, h1, h2] = [(); 3].map(|()| work.take(self.hidden_channels));
        self.first.latent.forward(simd, z, n, a);
        for (x, scores) in xs.chunks_exact(STRIDE).zip(scores.chunks_exact_mut(STRIDE)) {
            add_image_and_relu(simd, a, &self.first.image, x, n, h1);
            self.second.forward(simd, h1, n, h2);
            score(simd, h2, &self.last, self.last_bias, n, scores);
        }
    }

    /// Given the gradient `dscores` of the scores, writes the gradient of `z` to `dz` and adds the
    /// gradients of the parameters to `grads`.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a tile's inputs, outputs and memory")]
    pub(super) fn backward<S: Simd>(
        &self,
        simd: S,
        z: &[f32],
        xs: &[f32],
        dscores: &[f32],
        n: usize,
        mut work: Tiles,
        dz: &mut [f32],
        grads: &mut LocalGrads,
    ) {
        let [a, h1, h2, d, da] = [(); 5].map(|()| work.take(self.hidden_channels));
        self.first.latent.forward(simd, z, n, a);
        let pairs = xs.chunks_exact(STRIDE).zip(dscores.chunks_exact(STRIDE));
        for (k, (x, ds)) in pairs.enumerate() {
            add_image_and_relu(simd, a, &self.first.image, x, n, h1);
            self.second.forward(simd, h1, n, h2);
            add_products(simd, h2, ds, n, &mut grads.last);
            add_totals(simd, ds, n, &mut grads.last_bias);
            score_grad(simd, h2, &self.last, ds, n, d);
            add_totals(simd, d, n, &mut grads.second_bias);
            self.second.weight_grad(simd, h1, d, n, &mut grads.second);
            // h2 is not needed any more: its memory takes the gradient of h1.
            let dh1 = if k == 0 { &mut *da } else { &mut *h2 };
            self.second.input_grad(simd, d, n, dh1);
            relu_grad(simd, h1, x, n, dh1, &mut grads.first.image);
            if k > 0 {
                add_rows(simd, h2, n, da);
            }
        }
        add_totals(simd, da, n, &mut grads.first.bias);
        self.first.latent.weight_grad(simd, z, da, n, &mut grads.first.latent);
        self.first.latent.input_grad(simd, da, n, dz);
    }
}
