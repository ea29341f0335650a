//! Convolution of NCHW images with small square kernels: forward, and the gradients.
//!
//! "Convolution" as the field uses the word: a correlation, with the kernel not flipped. An image
//! is processed in blocks of rows that fit the second-level cache: a block is packed (`Planes`),
//! multiplied (`correlate`) and copied to its place. rayon runs the images in parallel.
//!
//! The gradients use the same two inner loops:
//!
//! - input, stride 1: the convolution of `dy` with the kernel flipped and its channel axes swapped
//!   ([`flip_transpose`]), with padding `2 - p`. A transposed convolution is the same.
//! - input, stride 2: four such convolutions, one for each parity of row and column.
//! - weight: the product of `dy` with the shifted images: one result for each image, added in the
//!   order of the batch.
#![allow(unsafe_code, reason = "results in memory that is not cleared first")]

use rayon::prelude::*;

use crate::kernels::gemm::Weights;
use crate::kernels::memory::written;
use crate::kernels::simd::Isa;
use crate::kernels::sum::add_in_order;

mod image;
mod kernel;

use image::{ForwardImage, InputGradImage, WeightGradImage};
pub(crate) use kernel::Kernel;

/// Size, stride and padding of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// 1x1, stride 1.
    One,
    /// 3x3, stride 1, zero padding 0, 1 or 2.
    Three { padding: usize },
    /// 3x3, stride 2, no padding.
    ThreeStride2,
}

impl Window {
    /// The number of kernel positions.
    pub(crate) fn taps(self) -> usize {
        match self {
            Window::One => 1,
            Window::Three { .. } | Window::ThreeStride2 => 9,
        }
    }

    /// The rows, and columns, that a packed plane has more than the output.
    fn halo(self) -> usize {
        match self {
            Window::One => 0,
            Window::Three { .. } => 2,
            Window::ThreeStride2 => 1,
        }
    }

    fn parities(self) -> usize {
        if self == Window::ThreeStride2 { 4 } else { 1 }
    }
}

/// A convolution of images `[batch, c_in, height, width]` by `[c_out, c_in, k, k]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conv {
    pub(crate) window: Window,
    pub(crate) c_in: usize,
    pub(crate) c_out: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Conv {
    /// Height and width of the output; `None` if the kernel does not fit in the image.
    pub(crate) fn out_size(&self) -> Option<(usize, usize)> {
        let out = |n: usize| match self.window {
            Window::One => n.checked_sub(1).map(|n| n + 1),
            Window::Three { padding } => (n + 2 * padding).checked_sub(3).map(|n| n + 1),
            Window::ThreeStride2 => n.checked_sub(3).map(|n| n / 2 + 1),
        };
        Some((out(self.height)?, out(self.width)?))
    }
}

/// A kernel, and the taps of the original kernel that it consists of.
type Parity = (Weights, Vec<(usize, usize)>);

/// `[a, b, taps]` to `[b, a, taps]` with the taps reversed: the kernel of the transposed map.
pub(crate) fn flip_transpose(weight: &[f32], a: usize, b: usize, taps: usize) -> Vec<f32> {
    let mut flipped = vec![0.0; weight.len()];
    for (i, block) in weight.chunks_exact(b * taps).enumerate() {
        for (j, kernel) in block.chunks_exact(taps).enumerate() {
            let at = (j * a + i) * taps;
            for (to, &from) in flipped[at..at + taps].iter_mut().rev().zip(kernel) {
                *to = from;
            }
        }
    }
    flipped
}

impl Conv {
    /// The output `[batch, c_out, ..out_size]` for `x` `[batch, c_in, height, width]`, `weight`
    /// `[c_out, c_in, k, k]` and `bias` `[c_out]`.
    ///
    /// # Panics
    /// Here and below: if a slice has another size, or the kernel does not fit.
    pub(crate) fn forward(
        &self,
        isa: Isa,
        x: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let (out_height, out_width) = self.checked_out_size();
        let weights = self.grouped(isa, weight);
        let x = Batch::new(x, self.c_in * self.height * self.width);
        let image = self.c_out * out_height * out_width;
        // SAFETY: the blocks of `ForwardImage` cover the rows of every channel of every image.
        unsafe {
            written(x.images * image, |y| {
                y.par_chunks_mut(image).zip(x.par_images()).for_each(|(y, x)| {
                    isa.run(ForwardImage { conv: self, weights: &weights, bias, x, y });
                });
            })
        }
    }

    /// The gradient of the input, from that of the output.
    pub(crate) fn input_grad(&self, isa: Isa, dy: &[f32], weight: &[f32]) -> Vec<f32> {
        let (height, width) = self.checked_out_size();
        let window = match self.window {
            Window::ThreeStride2 => return self.input_grad_stride2(isa, dy, weight),
            Window::Three { padding } => Window::Three { padding: 2 - padding },
            Window::One => Window::One,
        };
        let flipped = flip_transpose(weight, self.c_out, self.c_in, window.taps());
        Conv { window, c_in: self.c_out, c_out: self.c_in, height, width }
            .forward(isa, dy, &flipped, None)
    }

    fn input_grad_stride2(&self, isa: Isa, dy: &[f32], weight: &[f32]) -> Vec<f32> {
        let (out_height, out_width) = self.checked_out_size();
        let parities = self.parities(isa, weight);
        let dy = Batch::new(dy, self.c_out * out_height * out_width);
        let image = self.c_in * self.height * self.width;
        // SAFETY: the blocks of `InputGradImage` cover both parities of the rows of every channel
        // of every image, and `join_row` both parities of the columns.
        unsafe {
            written(dy.images * image, |dx| {
                dx.par_chunks_mut(image).zip(dy.par_images()).for_each(|(dx, dy)| {
                    isa.run(InputGradImage { conv: self, parities: &parities, dy, dx });
                });
            })
        }
    }

    /// The values of the kernel in the order in which the forward pass reads them.
    fn grouped(&self, isa: Isa, weight: &[f32]) -> Weights {
        let shifts = self.c_in * self.window.taps();
        assert_eq!(weight.len(), self.c_out * shifts, "kernel values");
        Weights::new(isa.wide_file(), self.c_out, shifts, |o, k| weight[o * shifts + k])
    }

    /// For each parity of input row and column: the kernel from `dy` to those pixels, and its taps.
    fn parities(&self, isa: Isa, weight: &[f32]) -> [Parity; 4] {
        // Input row 2a + p gets kernel rows of parity p: row k from output row a - k / 2.
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(p, r)| {
            let taps: Vec<(usize, usize)> = (p..3)
                .step_by(2)
                .flat_map(|ky| (r..3).step_by(2).map(move |kx| (ky, kx)))
                .collect();
            let n = self.c_out * taps.len();
            let weights = Weights::new(isa.wide_file(), self.c_in, n, |c, k| {
                let (ky, kx) = taps[k % taps.len()];
                weight[((k / taps.len() * self.c_in) + c) * 9 + 3 * ky + kx]
            });
            (weights, taps)
        })
    }

    /// The gradients of `weight` `[c_out, c_in, k, k]` and `bias` `[c_out]`.
    pub(crate) fn weight_grad(&self, isa: Isa, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (out_height, out_width) = self.checked_out_size();
        let x = Batch::new(x, self.c_in * self.height * self.width);
        let dy = Batch::new(dy, self.c_out * out_height * out_width);
        assert_eq!(x.images, dy.images, "as many images as output gradients");
        // A vector for each image: the weights, then the biases.
        let images: Vec<Vec<f32>> = x
            .par_images()
            .zip(dy.par_images())
            .map(|(x, dy)| isa.run(WeightGradImage { conv: self, x, dy }))
            .collect();
        let mut dw = add_in_order(&images);
        dw.resize(self.c_out * (self.c_in * self.window.taps() + 1), 0.0);
        let db = dw.split_off(self.c_out * self.c_in * self.window.taps());
        (dw, db)
    }

    fn checked_out_size(&self) -> (usize, usize) {
        self.out_size().expect("the kernel fits in the padded image")
    }
}

/// Images of `len` values each, in one slice.
struct Batch<'a> {
    values: &'a [f32],
    len: usize,
    images: usize,
}

impl<'a> Batch<'a> {
    fn new(values: &'a [f32], len: usize) -> Self {
        assert!(len > 0 && values.len().is_multiple_of(len), "whole images");
        Self { values, len, images: values.len() / len }
    }

    fn par_images(&self) -> rayon::slice::ChunksExact<'a, f32> {
        self.values.par_chunks_exact(self.len)
    }
}

#[cfg(test)]
mod tests;
