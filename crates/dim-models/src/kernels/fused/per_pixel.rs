//! The local and the prior network over one image, in one pass over its tiles.

use super::local::{Local, LocalGrads};
use super::pixels::{At, STRIDE, Tiles};
use super::prior::{Prior, PriorGrads, squash};
use crate::kernels::memory::Scratch;
use crate::kernels::simd::{Simd, WithSimd};

/// The networks that see each pixel by itself.
pub(super) struct PixelNetworks {
    pub(super) channels: usize,
    pub(super) hidden_channels: usize,
    pub(super) local: Local,
    pub(super) prior: Prior,
}

impl PixelNetworks {
    fn work_rows(&self) -> usize {
        Local::work_rows(self.hidden_channels)
            .max(Prior::work_rows(self.channels, self.hidden_channels))
    }
}

/// The inputs of the networks for one image.
pub(super) struct PixelInputs<'a> {
    /// `[channels, area]`.
    pub(super) z: &'a [f32],
    /// `[channels, area]`.
    pub(super) noise: &'a [f32],
    /// The image itself and `K` others, `[area]` each.
    pub(super) xs: Vec<&'a [f32]>,
}

impl PixelInputs<'_> {
    fn area(&self) -> usize {
        self.xs[0].len()
    }

    #[inline(always)]
    fn load_xs<S: Simd>(&self, simd: S, at: At, tile: &mut [f32]) {
        for (x, row) in self.xs.iter().zip(tile.chunks_exact_mut(STRIDE)) {
            at.load(simd, x, row);
        }
    }
}

/// The scores of one image.
pub(super) struct PixelScores {
    /// `[1 + K, area]`.
    pub(super) local: Vec<f32>,
    /// `[area]`.
    pub(super) noise: Vec<f32>,
    /// `[area]`.
    pub(super) latent: Vec<f32>,
}

pub(super) struct ScorePixels<'a> {
    pub(super) networks: &'a PixelNetworks,
    pub(super) inputs: PixelInputs<'a>,
}

impl WithSimd for ScorePixels<'_> {
    type Output = PixelScores;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> PixelScores {
        let Self { networks, inputs } = self;
        let PixelNetworks { channels, local, prior, .. } = networks;
        let (area, pairs) = (inputs.area(), inputs.xs.len());
        let mut scores = PixelScores {
            local: vec![0.0; pairs * area],
            noise: vec![0.0; area],
            latent: vec![0.0; area],
        };
        let rows = 2 * channels + 2 * pairs + networks.work_rows();
        let mut scratch = Scratch::take([rows * STRIDE, 0]);
        let (memory, _) = scratch.split(rows * STRIDE);
        for at in At::all(area) {
            let mut tiles = Tiles(&mut *memory);
            let n = at.len.next_multiple_of(S::LANES);
            let [z, v] = [(); 2].map(|()| tiles.take(*channels));
            let [xs, row] = [(); 2].map(|()| tiles.take(pairs));
            let work = tiles.0;
            at.load(simd, inputs.z, z);
            inputs.load_xs(simd, at, xs);
            local.scores(simd, z, xs, n, Tiles(work), row);
            at.store(row, &mut scores.local);
            squash(simd, z, n, v);
            prior.logits(simd, v, xs, n, Tiles(work), row);
            at.store(row, &mut scores.latent);
            at.load(simd, inputs.noise, v);
            prior.logits(simd, v, xs, n, Tiles(work), row);
            at.store(row, &mut scores.noise);
        }
        scores
    }
}

/// Gradients of the scores of one image.
pub(super) struct PixelScoreGrads<'a> {
    /// `[1 + K, area]`.
    pub(super) local: &'a [f32],
    /// `[area]`: of the logits of the noise.
    pub(super) noise: &'a [f32],
    /// `[area]`: of the logits of the latent, for the parameters of the network.
    pub(super) latent: &'a [f32],
    /// `[area]`: of the logits of the latent, for the latent itself.
    pub(super) latent_for_z: &'a [f32],
}

/// Adds the gradient of `z` to `dz` and returns the gradients of the parameters of both networks.
pub(super) struct PixelBackward<'a> {
    pub(super) networks: &'a PixelNetworks,
    pub(super) inputs: PixelInputs<'a>,
    pub(super) grads: PixelScoreGrads<'a>,
    pub(super) dz: &'a mut [f32],
}

impl WithSimd for PixelBackward<'_> {
    type Output = (Vec<f32>, Vec<f32>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (Vec<f32>, Vec<f32>) {
        let Self { networks, inputs, grads, dz: all_dz } = self;
        let PixelNetworks { channels, hidden_channels, local, prior } = networks;
        let (area, pairs) = (inputs.area(), inputs.xs.len());
        let mut local_grads = LocalGrads::zeros(*channels, *hidden_channels);
        let mut prior_grads = PriorGrads::zeros(*channels, *hidden_channels);
        let rows = 3 * channels + 2 * pairs + 1 + networks.work_rows();
        let mut scratch = Scratch::take([rows * STRIDE, 0]);
        let (memory, _) = scratch.split(rows * STRIDE);
        for at in At::all(area) {
            let mut tiles = Tiles(&mut *memory);
            let n = at.len.next_multiple_of(S::LANES);
            let [z, v, dz] = [(); 3].map(|()| tiles.take(*channels));
            let [xs, d] = [(); 2].map(|()| tiles.take(pairs));
            let d_for_z = tiles.take(1);
            let work = tiles.0;
            at.load(simd, inputs.z, z);
            inputs.load_xs(simd, at, xs);
            at.load(simd, grads.local, d);
            local.backward(simd, z, xs, d, n, Tiles(work), dz, &mut local_grads);

            squash(simd, z, n, v);
            at.load(simd, grads.latent, d);
            at.load(simd, grads.latent_for_z, d_for_z);
            let for_z = Some((&*d_for_z, &mut *dz));
            prior.backward(simd, v, xs, d, n, Tiles(work), for_z, &mut prior_grads);

            at.load(simd, inputs.noise, v);
            at.load(simd, grads.noise, d);
            prior.backward(simd, v, xs, d, n, Tiles(work), None, &mut prior_grads);
            at.add(dz, all_dz);
        }
        (local_grads.flat(), prior_grads.flat())
    }
}
