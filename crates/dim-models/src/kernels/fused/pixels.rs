//! Networks of 1x1 convolutions, a tile of pixels at a time.
//!
//! Such a network sees each pixel by itself. For a few hundred pixels all of its layers fit in the
//! second-level cache, so nothing between its input and its score is written to memory. The
//! backward pass computes the hidden layers again, which costs less than to read them.
//!
//! A tile is a row of [`TILE`] pixels for each channel; rows are [`STRIDE`] apart. The last tile of
//! an image may be shorter. Its inputs and the gradients of its outputs are then padded with zeros
//! to a whole number of vectors.

use crate::kernels::gemm::{Shifted, Weights, correlate, correlate_grad, total};
use crate::kernels::simd::{Isa, LINE, Simd};

/// Pixels in a tile: a multiple of three vectors of any width.
pub(super) const TILE: usize = 384;
/// Values from one row of a tile to the next. The number of cache lines is odd: the same place in
/// many rows must not share a cache set.
pub(super) const STRIDE: usize = TILE + LINE;

/// Working memory from which tiles are taken.
pub(super) struct Tiles<'a>(pub(super) &'a mut [f32]);

impl<'a> Tiles<'a> {
    /// Takes a tile of `rows` rows with any values.
    pub(super) fn take(&mut self, rows: usize) -> &'a mut [f32] {
        let (tile, rest) = std::mem::take(&mut self.0).split_at_mut(rows * STRIDE);
        self.0 = rest;
        tile
    }
}

/// The place of a tile in an image.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// Values of one channel of the image.
    pub(super) area: usize,
    pub(super) first: usize,
    pub(super) len: usize,
}

impl At {
    /// The tiles of an image.
    pub(super) fn all(area: usize) -> impl Iterator<Item = Self> {
        (0..area).step_by(TILE).map(move |first| Self { area, first, len: TILE.min(area - first) })
    }

    /// Copies this place of every channel of `image` to the rows of `tile`, padded with zeros.
    #[inline(always)]
    pub(super) fn load<S: Simd>(self, _: S, image: &[f32], tile: &mut [f32]) {
        let Self { area, first, len } = self;
        let padded = len.next_multiple_of(S::LANES);
        for (from, to) in image.chunks_exact(area).zip(tile.chunks_exact_mut(STRIDE)) {
            to[..len].copy_from_slice(&from[first..first + len]);
            to[len..padded].fill(0.0);
        }
    }

    /// Copies the rows of `tile` to this place of every channel of `image`.
    #[inline(always)]
    pub(super) fn store(self, tile: &[f32], image: &mut [f32]) {
        let Self { area, first, len } = self;
        for (to, from) in image.chunks_exact_mut(area).zip(tile.chunks_exact(STRIDE)) {
            to[first..first + len].copy_from_slice(&from[..len]);
        }
    }

    /// Adds the rows of `tile` to this place of every channel of `image`.
    #[inline(always)]
    pub(super) fn add(self, tile: &[f32], image: &mut [f32]) {
        let Self { area, first, len } = self;
        for (to, from) in image.chunks_exact_mut(area).zip(tile.chunks_exact(STRIDE)) {
            for (to, from) in to[first..first + len].iter_mut().zip(from) {
                *to += from;
            }
        }
    }
}

/// A linear map of the rows of a tile, with bias.
pub(super) struct Dense {
    n_in: usize,
    n_out: usize,
    forward: Weights,
    backward: Weights,
    bias: Vec<f32>,
    /// Where each row of a tile starts.
    rows: Vec<usize>,
}

impl Dense {
    /// The weight from row `i` to row `o` is `weight(o, i)`.
    pub(super) fn new(
        isa: Isa,
        n_in: usize,
        bias: &[f32],
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let (wide, n_out) = (isa.wide_file(), bias.len());
        Self {
            n_in,
            n_out,
            forward: Weights::new(wide, n_out, n_in, &weight),
            backward: Weights::new(wide, n_in, n_out, |i, o| weight(o, i)),
            bias: bias.to_vec(),
            rows: (0..n_in.max(n_out)).map(|row| row * STRIDE).collect(),
        }
    }

    /// `y = W x + b`.
    #[inline(always)]
    pub(super) fn forward<S: Simd>(&self, simd: S, x: &[f32], n: usize, y: &mut [f32]) {
        let x = Shifted { planes: x, shifts: &self.rows[..self.n_in] };
        correlate(simd, x, &self.forward, Some(&self.bias), n, y, STRIDE);
    }

    /// `dx = W^T dy`.
    #[inline(always)]
    pub(super) fn input_grad<S: Simd>(&self, simd: S, dy: &[f32], n: usize, dx: &mut [f32]) {
        let dy = Shifted { planes: dy, shifts: &self.rows[..self.n_out] };
        correlate(simd, dy, &self.backward, None, n, dx, STRIDE);
    }

    /// `dw += dy x^T`, `[n_out, n_in]`.
    #[inline(always)]
    pub(super) fn weight_grad<S: Simd>(
        &self,
        simd: S,
        x: &[f32],
        dy: &[f32],
        n: usize,
        dw: &mut [f32],
    ) {
        let x = Shifted { planes: x, shifts: &self.rows[..self.n_in] };
        correlate_grad(simd, &dy[..self.n_out * STRIDE], STRIDE, x, n, dw);
    }
}

/// `h[o] = relu(a[o] + w[o] x)`.
#[inline(always)]
pub(super) fn add_image_and_relu<S: Simd>(
    simd: S,
    a: &[f32],
    w: &[f32],
    x: &[f32],
    n: usize,
    h: &mut [f32],
) {
    let zero = simd.splat(0.0);
    for ((a, h), &w) in a.chunks_exact(STRIDE).zip(h.chunks_exact_mut(STRIDE)).zip(w) {
        let w = simd.splat(w);
        let vectors = a[..n].chunks_exact(S::LANES).zip(x[..n].chunks_exact(S::LANES));
        for (h, (a, x)) in h[..n].chunks_exact_mut(S::LANES).zip(vectors) {
            let sum = simd.mul_add(w, simd.load(x), simd.load(a));
            simd.store(h, simd.max(sum, zero));
        }
    }
}

/// `score = b + sum over o of w[o] relu(h[o])`.
#[inline(always)]
pub(super) fn score<S: Simd>(simd: S, h: &[f32], w: &[f32], b: f32, n: usize, score: &mut [f32]) {
    let zero = simd.splat(0.0);
    for (q, score) in score[..n].chunks_exact_mut(S::LANES).enumerate() {
        let mut sums = [simd.splat(b), zero];
        for (o, (h, &w)) in h.chunks_exact(STRIDE).zip(w).enumerate() {
            let h = simd.max(simd.load(&h[q * S::LANES..]), zero);
            sums[o % 2] = simd.mul_add(simd.splat(w), h, sums[o % 2]);
        }
        simd.store(score, simd.add(sums[0], sums[1]));
    }
}

/// The gradient of [`score`]: `d[o] = w[o] ds` where `h[o] > 0`, else 0.
#[inline(always)]
pub(super) fn score_grad<S: Simd>(
    simd: S,
    h: &[f32],
    w: &[f32],
    ds: &[f32],
    n: usize,
    d: &mut [f32],
) {
    for ((h, d), &w) in h.chunks_exact(STRIDE).zip(d.chunks_exact_mut(STRIDE)).zip(w) {
        let w = simd.splat(w);
        let vectors = h[..n].chunks_exact(S::LANES).zip(ds[..n].chunks_exact(S::LANES));
        for (d, (h, ds)) in d[..n].chunks_exact_mut(S::LANES).zip(vectors) {
            simd.store(d, simd.where_positive(simd.load(h), simd.mul(w, simd.load(ds))));
        }
    }
}

/// `sums[o] += sum over pixels of relu(h[o]) x`.
#[inline(always)]
pub(super) fn add_products<S: Simd>(simd: S, h: &[f32], x: &[f32], n: usize, sums: &mut [f32]) {
    let zero = simd.splat(0.0);
    for (h, to) in h.chunks_exact(STRIDE).zip(sums) {
        let mut sum = [zero; 2];
        let vectors = h[..n].chunks_exact(S::LANES).zip(x[..n].chunks_exact(S::LANES));
        for (v, (h, x)) in vectors.enumerate() {
            let h = simd.max(simd.load(h), zero);
            sum[v % 2] = simd.mul_add(h, simd.load(x), sum[v % 2]);
        }
        *to += simd.sum(simd.add(sum[0], sum[1]));
    }
}

/// The gradient of [`add_image_and_relu`]: sets `d[o]` to zero where `h[o]` is not above zero, then
/// `dw[o] += sum over pixels of d[o] x`.
#[inline(always)]
pub(super) fn relu_grad<S: Simd>(
    simd: S,
    h: &[f32],
    x: &[f32],
    n: usize,
    d: &mut [f32],
    dw: &mut [f32],
) {
    let zero = simd.splat(0.0);
    for ((h, d), dw) in h.chunks_exact(STRIDE).zip(d.chunks_exact_mut(STRIDE)).zip(dw) {
        let mut sum = [zero; 2];
        let vectors = h[..n].chunks_exact(S::LANES).zip(x[..n].chunks_exact(S::LANES));
        for (v, (d, (h, x))) in d[..n].chunks_exact_mut(S::LANES).zip(vectors).enumerate() {
            let value = simd.where_positive(simd.load(h), simd.load(d));
            simd.store(d, value);
            sum[v % 2] = simd.mul_add(value, simd.load(x), sum[v % 2]);
        }
        *dw += simd.sum(simd.add(sum[0], sum[1]));
    }
}

/// `to[o] += from[o]`.
#[inline(always)]
pub(super) fn add_rows<S: Simd>(simd: S, from: &[f32], n: usize, to: &mut [f32]) {
    for (from, to) in from.chunks_exact(STRIDE).zip(to.chunks_exact_mut(STRIDE)) {
        for (to, from) in to[..n].chunks_exact_mut(S::LANES).zip(from[..n].chunks_exact(S::LANES)) {
            simd.store(to, simd.add(simd.load(to), simd.load(from)));
        }
    }
}

/// `sums[o] += sum over pixels of d[o]`.
#[inline(always)]
pub(super) fn add_totals<S: Simd>(simd: S, d: &[f32], n: usize, sums: &mut [f32]) {
    for (d, sum) in d.chunks_exact(STRIDE).zip(sums) {
        *sum += total(simd, &d[..n]);
    }
}
