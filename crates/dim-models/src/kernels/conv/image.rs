//! The passes over one image: pack a block of rows, multiply, copy the result out.

use std::mem::MaybeUninit;

use super::{Conv, Parity, Window};
use crate::kernels::gemm::{
    Planes, Shifted, Weights, correlate, correlate_grad, join_row, odd_lines, total, unpack_rows,
};
use crate::kernels::memory::Scratch;
use crate::kernels::simd::{LINE, Simd, WithSimd};

/// Size of a packed block in a forward pass, input and output, in `f32`s: a part of the
/// second-level cache.
const FORWARD_BLOCK: usize = 56 * 1024;
/// The same for a weight gradient.
const GRAD_BLOCK: usize = 96 * 1024;
/// Columns of a block of a weight gradient: four rows of `dy` and two planes fit the first-level
/// cache.
const GRAD_COLUMNS: usize = 1536;

impl Conv {
    /// The packed planes of a block of `rows` output rows, and the offset of each pair of input
    /// channel and tap.
    fn planes(&self, rows: usize, out_width: usize) -> (Planes, Vec<usize>) {
        let halo = self.window.halo();
        let planes =
            Planes { pitch: out_width + halo, rows: rows + halo, parities: self.window.parities() };
        let tap = |t: usize| match self.window {
            Window::One => 0,
            Window::Three { .. } => t / 3 * planes.pitch + t % 3,
            Window::ThreeStride2 => {
                let (ky, kx) = (t / 3, t % 3);
                (ky % 2 * 2 + kx % 2) * planes.plane() + ky / 2 * planes.pitch + kx / 2
            }
        };
        let shifts = (0..self.c_in)
            .flat_map(|c| (0..self.window.taps()).map(move |t| (c, t)))
            .map(|(c, t)| c * planes.channel() + tap(t))
            .collect();
        (planes, shifts)
    }

    /// Packs the part of one image that the output rows from `row` on need.
    #[inline(always)]
    fn pack(&self, planes: &Planes, x: &[f32], row: usize, packed: &mut [f32]) {
        let size = (self.height, self.width);
        match self.window {
            Window::One => planes.pack(x, size, row as isize, 0, packed),
            Window::Three { padding } => {
                planes.pack(x, size, row as isize - padding as isize, padding, packed);
            }
            Window::ThreeStride2 => planes.pack_parities(x, size, row, packed),
        }
    }
}

/// Rows in a block: at most `limit` (at least one), in blocks of sizes as equal as possible.
fn block_rows(rows: usize, limit: usize) -> usize {
    rows.div_ceil(rows.div_ceil(limit.clamp(1, rows)))
}

pub(super) struct ForwardImage<'a> {
    pub(super) conv: &'a Conv,
    pub(super) weights: &'a Weights,
    pub(super) bias: Option<&'a [f32]>,
    pub(super) x: &'a [f32],
    pub(super) y: &'a mut [MaybeUninit<f32>],
}

impl WithSimd for ForwardImage<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Conv { window, c_in, c_out, .. } = *self.conv;
        let (height, width) = self.conv.checked_out_size();
        let pitch = width + window.halo();
        let rows = block_rows(height, FORWARD_BLOCK / (pitch * (c_in * window.parities() + c_out)));
        let (planes, shifts) = self.conv.planes(rows, width);
        let out_stride = odd_lines(rows * pitch + LINE);
        let mut scratch = Scratch::take([c_in * planes.channel(), c_out * out_stride]);
        let (packed, out) = scratch.split(c_in * planes.channel());
        for row in (0..height).step_by(rows) {
            let rows = rows.min(height - row);
            self.conv.pack(&planes, self.x, row, packed);
            let n = rows * pitch - window.halo();
            let x = Shifted { planes: packed, shifts: &shifts };
            correlate(simd, x, self.weights, self.bias, n, out, out_stride);
            for (y, out) in self.y.chunks_exact_mut(height * width).zip(out.chunks(out_stride)) {
                unpack_rows(out, pitch, width, &mut y[row * width..(row + rows) * width]);
            }
        }
    }
}

pub(super) struct InputGradImage<'a> {
    pub(super) conv: &'a Conv,
    /// The kernel and its taps for each parity of input row and column.
    pub(super) parities: &'a [Parity; 4],
    pub(super) dy: &'a [f32],
    pub(super) dx: &'a mut [MaybeUninit<f32>],
}

impl WithSimd for InputGradImage<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Conv { c_in, c_out, height, width, .. } = *self.conv;
        let out_size = self.conv.checked_out_size();
        let pitch = width.div_ceil(2) + 1;
        let pairs = height.div_ceil(2);
        let rows = block_rows(pairs, FORWARD_BLOCK / (pitch * (c_out + 2 * c_in)));
        let planes = Planes { pitch, rows: rows + 1, parities: 1 };
        let out_stride = odd_lines(rows * pitch + LINE);
        let mut scratch = Scratch::take([c_out * planes.channel(), 2 * c_in * out_stride]);
        let (packed, out) = scratch.split(c_out * planes.channel());
        let (even, odd) = out.split_at_mut(c_in * out_stride);
        for pair in (0..pairs).step_by(rows) {
            // From one row above and one column left of the first.
            planes.pack(self.dy, out_size, pair as isize - 1, 1, packed);
            for parity in 0..2 {
                let rows = rows.min(((height + 1 - parity) / 2).saturating_sub(pair));
                if rows == 0 {
                    continue;
                }
                let n = rows * pitch - 1;
                for (out, (weights, taps)) in
                    [&mut *even, &mut *odd].into_iter().zip(&self.parities[2 * parity..])
                {
                    let shifts: Vec<usize> = (0..c_out)
                        .flat_map(|o| taps.iter().map(move |tap| (o, tap)))
                        .map(|(o, (ky, kx))| {
                            o * planes.channel() + (1 - ky / 2) * pitch + 1 - kx / 2
                        })
                        .collect();
                    let x = Shifted { planes: packed, shifts: &shifts };
                    correlate(simd, x, weights, None, n, out, out_stride);
                }
                let columns = even.chunks(out_stride).zip(odd.chunks(out_stride));
                for (dx, (even, odd)) in self.dx.chunks_exact_mut(height * width).zip(columns) {
                    for r in 0..rows {
                        let y = 2 * (pair + r) + parity;
                        let at = r * pitch;
                        join_row(&even[at..], &odd[at..], &mut dx[y * width..(y + 1) * width]);
                    }
                }
            }
        }
    }
}

pub(super) struct WeightGradImage<'a> {
    pub(super) conv: &'a Conv,
    pub(super) x: &'a [f32],
    pub(super) dy: &'a [f32],
}

impl WithSimd for WeightGradImage<'_> {
    /// The image's part of the gradients of the weights, then of the biases.
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Conv { window, c_in, c_out, .. } = *self.conv;
        let (height, width) = self.conv.checked_out_size();
        let pitch = width + window.halo();
        let limit = GRAD_BLOCK / (pitch * (c_in * window.parities() + c_out));
        let rows = block_rows(height, limit.min(GRAD_COLUMNS / pitch));
        let (planes, shifts) = self.conv.planes(rows, width);
        let dy_planes = Planes { pitch, rows, parities: 1 };
        let dy_stride = dy_planes.channel();
        let mut grads = vec![0.0; c_out * (shifts.len() + 1)];
        let (dw, db) = grads.split_at_mut(c_out * shifts.len());
        let mut scratch = Scratch::take([c_in * planes.channel(), c_out * dy_stride]);
        let (packed, dy) = scratch.split(c_in * planes.channel());
        let dy = &mut dy[..c_out * dy_stride];
        for row in (0..height).step_by(rows) {
            let n = (rows.min(height - row) * pitch).next_multiple_of(S::LANES);
            self.conv.pack(&planes, self.x, row, packed);
            dy_planes.pack(self.dy, (height, width), row as isize, 0, dy);
            let x = Shifted { planes: packed, shifts: &shifts };
            correlate_grad(simd, dy, dy_stride, x, n, dw);
            for (db, dy) in db.iter_mut().zip(dy.chunks_exact(dy_stride)) {
                *db += total(simd, &dy[..n]);
            }
        }
        grads
    }
}
