//! The two inner loops of every convolution and its gradients.
//!
//! In a packed image ([`super::pack`]) each pair of input channel and kernel tap is a *shift*: the
//! whole plane, read from another offset. A convolution is then a matrix product whose right-hand
//! rows overlap in memory,
//!
//! ```text
//! out[o][q] = bias[o] + sum over k of weight[o][k] planes[shift[k] + q]     [correlate]
//! dw[o][k]  = sum over q of dy[o][q] planes[shift[k] + q]                   [correlate_grad]
//! ```
//!
//! where `q` runs over the packed plane and ignores where rows end. The few columns in the gap
//! between two rows are computed and dropped (in `dy` they are zero), which costs less than loops
//! that stop at the end of each row. Both loops have a tile of 24 accumulators if the CPU has 32
//! vector registers, and of 12 if it has 16: enough to hide the latency of the multiply-adds, with
//! less than one load for each.
#![allow(
    unsafe_code,
    reason = "loads by pointer: bounds are checked once per call, not once per vector"
)]

use crate::kernels::simd::Simd;

/// Weights `[c_out][k]` in the order in which [`correlate`] reads them: groups of a few output
/// channels; within a group the channel varies fastest.
pub(crate) struct Weights {
    groups: Vec<Group>,
    values: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Group {
    first: usize,
    channels: usize,
    width: usize,
}

impl Weights {
    /// The weights are `weight(o, k)` for `o < c_out` and `k < shifts`. `wide` is
    /// [`Simd::WIDE_FILE`] of the instruction set.
    pub(crate) fn new(
        wide: bool,
        c_out: usize,
        shifts: usize,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let (mut groups, mut values) = (Vec::new(), Vec::new());
        let mut first = 0;
        while first < c_out {
            let width = match c_out - first {
                1 => 1,
                2..=4 => 4,
                _ if wide => 8,
                _ => 4,
            };
            let channels = width.min(c_out - first);
            for k in 0..shifts {
                values.extend(
                    (0..width).map(|o| if o < channels { weight(first + o, k) } else { 0.0 }),
                );
            }
            groups.push(Group { first, channels, width });
            first += channels;
        }
        Self { groups, values }
    }
}

/// A packed image, and the offset in it of each pair of input channel and tap.
#[derive(Clone, Copy)]
pub(crate) struct Shifted<'a> {
    pub(crate) planes: &'a [f32],
    pub(crate) shifts: &'a [usize],
}

/// Writes `out[o][q]` for `q` in `0..n`. Rows of `out` are `out_stride` apart; up to `LANES - 1`
/// values after the first `n` of each row are overwritten too.
#[inline(always)]
pub(crate) fn correlate<S: Simd>(
    simd: S,
    x: Shifted,
    weights: &Weights,
    bias: Option<&[f32]>,
    n: usize,
    out: &mut [f32],
    out_stride: usize,
) {
    let long = S::WIDE_FILE && weights.groups.iter().all(|g| g.width < 8);
    let step = if long { 6 } else { 3 };
    let mut q = 0;
    while q < n {
        let vectors = if n - q >= step * S::LANES { step } else { 1 };
        let mut values = weights.values.as_slice();
        for group in &weights.groups {
            let (weights, rest) = values.split_at(x.shifts.len() * group.width);
            values = rest;
            let tile = Tile {
                planes: &x.planes[q..],
                shifts: x.shifts,
                weights,
                bias: bias.map(|b| &b[group.first..group.first + group.channels]),
                channels: group.channels,
            };
            let out = &mut out[group.first * out_stride + q..];
            match (group.width, vectors) {
                (8, 3) => tile.run::<S, 8, 3>(simd, out, out_stride),
                (8, _) => tile.run::<S, 8, 1>(simd, out, out_stride),
                (4, 6) => tile.run::<S, 4, 6>(simd, out, out_stride),
                (4, 3) => tile.run::<S, 4, 3>(simd, out, out_stride),
                (4, _) => tile.run::<S, 4, 1>(simd, out, out_stride),
                (_, 6) => tile.run::<S, 1, 6>(simd, out, out_stride),
                (_, 3) => tile.run::<S, 1, 3>(simd, out, out_stride),
                _ => tile.run::<S, 1, 1>(simd, out, out_stride),
            }
        }
        q += vectors * S::LANES;
    }
}

struct Tile<'a> {
    planes: &'a [f32],
    shifts: &'a [usize],
    weights: &'a [f32],
    bias: Option<&'a [f32]>,
    channels: usize,
}

impl Tile<'_> {
    /// A tile of `O` output channels by `V` vectors.
    #[inline(always)]
    fn run<S: Simd, const O: usize, const V: usize>(
        self,
        simd: S,
        out: &mut [f32],
        out_stride: usize,
    ) {
        let mut sums = [[simd.splat(0.0); V]; O];
        if let Some(bias) = self.bias {
            for (sums, &bias) in sums.iter_mut().zip(bias) {
                *sums = [simd.splat(bias); V];
            }
        }
        let (weights, _) = self.weights.as_chunks::<O>();
        for (&shift, weights) in self.shifts.iter().zip(weights) {
            let from = &self.planes[shift..shift + V * S::LANES];
            let mut x = [simd.splat(0.0); V];
            for v in 0..V {
                x[v] = simd.load(&from[v * S::LANES..]);
            }
            for o in 0..O {
                let w = simd.splat(weights[o]);
                for v in 0..V {
                    sums[o][v] = simd.mul_add(w, x[v], sums[o][v]);
                }
            }
        }
        for (o, sums) in sums.iter().enumerate().take(self.channels) {
            let to = &mut out[o * out_stride..o * out_stride + V * S::LANES];
            for (v, &sum) in sums.iter().enumerate() {
                simd.store(&mut to[v * S::LANES..], sum);
            }
        }
    }
}

/// Adds the products of the rows of `dy` with the shifted planes to `dw` `[c_out][shifts]`.
///
/// `dy` is `[c_out][dy_stride]`, zero in the gaps between image rows and from the last value up to
/// `n`, which is a whole number of vectors.
#[inline(always)]
pub(crate) fn correlate_grad<S: Simd>(
    simd: S,
    dy: &[f32],
    dy_stride: usize,
    x: Shifted,
    n: usize,
    dw: &mut [f32],
) {
    let mut dy_rows = dy.chunks_exact(dy_stride);
    let mut dw_rows = dw.chunks_exact_mut(x.shifts.len());
    loop {
        if dy_rows.len() >= 4 {
            let dy = [(); 4].map(|()| dy_rows.next().unwrap_or(&[]));
            let dw = [(); 4].map(|()| dw_rows.next().unwrap_or(&mut []));
            GradRows::new(dy, x, n).run(simd, dw);
        } else if let (Some(dy), Some(dw)) = (dy_rows.next(), dw_rows.next()) {
            GradRows::new([dy], x, n).run(simd, [dw]);
        } else {
            return;
        }
    }
}

/// `O` rows of `dy` with all the shifts. Each row, and the plane from each shift on, has `n`
/// values.
struct GradRows<'a, const O: usize> {
    dy: [&'a [f32]; O],
    x: Shifted<'a>,
    n: usize,
}

impl<'a, const O: usize> GradRows<'a, O> {
    fn new(dy: [&'a [f32]; O], x: Shifted<'a>, n: usize) -> Self {
        assert!(dy.iter().all(|row| n <= row.len()), "every row holds n values");
        let last = x.shifts.iter().max().copied().unwrap_or(0);
        assert!(x.planes.len().checked_sub(last).is_some_and(|left| n <= left), "so does x");
        Self { dy, x, n }
    }

    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, mut dw: [&mut [f32]; O]) {
        assert!(self.n.is_multiple_of(S::LANES), "whole vectors");
        let mut shifts = self.x.shifts;
        let mut k = 0;
        while !shifts.is_empty() {
            let done = match shifts.len() {
                6.. if S::WIDE_FILE => self.tile::<S, 6>(simd, k, &mut dw),
                3.. => self.tile::<S, 3>(simd, k, &mut dw),
                2 => self.tile::<S, 2>(simd, k, &mut dw),
                _ => self.tile::<S, 1>(simd, k, &mut dw),
            };
            shifts = &shifts[done..];
            k += done;
        }
    }

    /// Adds the products with the `K` shifts from `first` on to `dw`; returns `K`.
    #[inline(always)]
    fn tile<S: Simd, const K: usize>(
        &self,
        simd: S,
        first: usize,
        dw: &mut [&mut [f32]; O],
    ) -> usize {
        let mut from = [self.x.planes; K];
        for (from, &shift) in from.iter_mut().zip(&self.x.shifts[first..]) {
            *from = &self.x.planes[shift..];
        }
        let mut sums = [[simd.splat(0.0); K]; O];
        let mut q = 0;
        while q < self.n {
            let mut x = [simd.splat(0.0); K];
            for k in 0..K {
                // SAFETY: `new` has checked that there are `n` values from each shift on, and `run`
                // that `n` is a whole number of vectors, so there is a vector at every `q` below
                // `n`.
                x[k] = unsafe { simd.load_ptr(from[k].as_ptr().add(q)) };
            }
            for (sums, row) in sums.iter_mut().zip(&self.dy) {
                // SAFETY: the same holds for the rows of `dy`.
                let dy = unsafe { simd.load_ptr(row.as_ptr().add(q)) };
                for k in 0..K {
                    sums[k] = simd.mul_add(dy, x[k], sums[k]);
                }
            }
            q += S::LANES;
        }
        for (dw, sums) in dw.iter_mut().zip(sums) {
            for (dw, sum) in dw[first..].iter_mut().zip(sums) {
                *dw += simd.sum(sum);
            }
        }
        K
    }
}

/// The sum of `values`, which are a whole number of vectors.
#[inline(always)]
pub(crate) fn total<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let mut sums = [simd.splat(0.0); 4];
    let mut blocks = values.chunks_exact(4 * S::LANES);
    for block in &mut blocks {
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = simd.add(*sum, simd.load(&block[v * S::LANES..]));
        }
    }
    for vector in blocks.remainder().chunks_exact(S::LANES) {
        sums[0] = simd.add(sums[0], simd.load(vector));
    }
    simd.sum(simd.add(simd.add(sums[0], sums[1]), simd.add(sums[2], sums[3])))
}
