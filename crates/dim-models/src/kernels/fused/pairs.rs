//! The scores of the pairs of a batch, given its latents. Nothing is kept for a backward pass.

use rayon::prelude::*;

use super::bounds::PairScores;
use super::global::Global;
use super::local::Local;
use super::parameters::Flat;
use super::pixels::{At, STRIDE, Tiles};
use crate::config::Objective;
use crate::kernels::memory::{Scratch, Workspace};
use crate::kernels::simd::{Isa, Simd, WithSimd};

/// The sizes of the local and the global network, and the number of negative pairs of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs {
    pub(crate) channels: usize,
    pub(crate) hidden_channels: usize,
    /// Height and width of the latent.
    pub(crate) latent: (usize, usize),
    pub(crate) negatives: usize,
}

/// The scores of a batch, by image.
pub(crate) struct Scored {
    pairs: Pairs,
    isa: Isa,
    local: Vec<Vec<f32>>,
    global: Vec<Vec<f32>>,
}

impl Pairs {
    /// The scores of `z` `[batch, channels, ..latent]` against `aligned` `[batch, 1, ..latent]`.
    /// `params` are those of the local, then of the global network.
    ///
    /// # Panics
    /// If a slice has another size.
    pub(crate) fn scores(
        &self,
        on: &Workspace,
        params: &[f32],
        aligned: &[f32],
        z: &[f32],
    ) -> Scored {
        let Self { channels, hidden_channels, latent: (rows, columns), negatives } = *self;
        let isa = on.isa;
        let mut params = Flat(params);
        let local = Local::new(isa, &mut params, channels, hidden_channels);
        let global = Global::new(isa, &mut params, (channels, rows, columns), hidden_channels);
        let xs: Vec<&[f32]> = aligned.chunks_exact(rows * columns).collect();
        let zs: Vec<&[f32]> = z.chunks_exact(channels * rows * columns).collect();
        assert_eq!(xs.len(), zs.len(), "as many images as latents");
        let count = xs.len();
        let partners = |i: usize| (0..=negatives).map(move |k| (i + k) % count);

        let (local_scores, parts): (Vec<_>, Vec<_>) = zs
            .par_iter()
            .enumerate()
            .map(|(i, z)| {
                let partners = partners(i).map(|j| xs[j]).collect();
                let op = ScoreLocal { network: &local, channels, hidden_channels, z, xs: partners };
                (isa.run(op), (global.latent_part(on, z), global.image_part(on, xs[i])))
            })
            .unzip();
        let global_scores = parts
            .par_iter()
            .enumerate()
            .map(|(i, (latent, _))| {
                partners(i).map(|j| global.pair(on, latent, &parts[j].1).score).collect()
            })
            .collect();
        Scored { pairs: *self, isa, local: local_scores, global: global_scores }
    }
}

impl Scored {
    /// The local and the global bound.
    pub(crate) fn bounds(&self, objective: Objective) -> [f64; 2] {
        let Pairs { latent: (rows, columns), negatives, .. } = self.pairs;
        [(&self.local, rows * columns), (&self.global, 1)]
            .map(|(scores, row)| PairScores { scores, negatives, row }.bound(self.isa, objective))
    }
}

/// The scores of one image by the local network, a row for each pair.
struct ScoreLocal<'a> {
    network: &'a Local,
    channels: usize,
    hidden_channels: usize,
    /// `[channels, area]`.
    z: &'a [f32],
    /// The image itself and `K` others, `[area]` each.
    xs: Vec<&'a [f32]>,
}

impl WithSimd for ScoreLocal<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let (area, pairs) = (self.xs[0].len(), self.xs.len());
        let mut scores = vec![0.0; pairs * area];
        let rows = self.channels + 2 * pairs + Local::work_rows(self.hidden_channels);
        let mut scratch = Scratch::take([rows * STRIDE, 0]);
        let (memory, _) = scratch.split(rows * STRIDE);
        for at in At::all(area) {
            let mut tiles = Tiles(&mut *memory);
            let n = at.len.next_multiple_of(S::LANES);
            let z = tiles.take(self.channels);
            let [xs, row] = [(); 2].map(|()| tiles.take(pairs));
            at.load(simd, self.z, z);
            for (x, tile) in self.xs.iter().zip(xs.chunks_exact_mut(STRIDE)) {
                at.load(simd, x, tile);
            }
            self.network.scores(simd, z, xs, n, tiles, row);
            at.store(row, &mut scores);
        }
        scores
    }
}
