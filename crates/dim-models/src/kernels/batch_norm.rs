//! Batch normalisation followed by ReLU in one pass over memory, and its gradients.
//!
//! With the mean `m` and the biased variance `v` of a channel over batch and space, and
//! `s = 1 / sqrt(v + eps)`:
//!
//! ```text
//! y  = max(gamma s (x - m) + beta, 0)
//! g  = dy where y > 0, else 0
//! dbeta = sum g        dgamma = s sum g (x - m)
//! dx = gamma s (g - dbeta / n - s (x - m) dgamma / n)
//! ```
//!
//! In evaluation mode `m` and `v` are given, not functions of `x`, and `dx = gamma s g`. Sums over
//! up to 4096 values are in f32, sums of those in f64, in the order of the batch.
//! Source: Ioffe and Szegedy 2015, algorithm 1.
#![allow(unsafe_code, reason = "results in memory that is not cleared first")]

use rayon::prelude::*;

use crate::kernels::memory::written;
use crate::kernels::simd::Isa;
use crate::kernels::sum::add_pairs_in_order;

mod norm;
mod passes;

pub(crate) use norm::Norm;
use passes::{Backward, Forward, GradSums, Line, MomentSums, Slope};

/// The shape of a batch: `[batch, channels, area]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maps {
    pub(crate) channels: usize,
    /// Values of one channel of one image.
    pub(crate) area: usize,
}

/// Mean and biased variance of each channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f32>,
    pub(crate) var: Vec<f32>,
}

/// Trained scale and shift of each channel, and what is added to the variance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine<'a> {
    pub(crate) gamma: &'a [f32],
    pub(crate) beta: &'a [f32],
    pub(crate) eps: f64,
}

/// Gradients of the input, the scale and the shift.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grads {
    pub(crate) x: Vec<f32>,
    pub(crate) gamma: Vec<f32>,
    pub(crate) beta: Vec<f32>,
}

/// Whether the moments are those of the batch itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Yes: the gradient flows through them.
    Train,
    /// No: they are constants.
    Eval,
}

impl Maps {
    fn image(self) -> usize {
        self.channels * self.area
    }

    /// Mean and biased variance of each channel of `x`.
    ///
    /// # Panics
    /// Here and below: if a slice has another size, or the batch is empty.
    pub(crate) fn moments(self, isa: Isa, x: &[f32]) -> Moments {
        assert!(!x.is_empty() && x.len().is_multiple_of(self.image()), "whole images");
        let images: Vec<_> =
            x.par_chunks(self.image()).map(|x| self.image_moments(isa, x)).collect();
        self.joined(&images)
    }

    /// Mean and sum of squared deviations from it of each channel of one image.
    pub(crate) fn image_moments(self, isa: Isa, x: &[f32]) -> Vec<[f64; 2]> {
        // Deviations from one value of the channel: a mean far from zero would cost digits.
        let pivots: Vec<f32> = x.iter().step_by(self.area).copied().collect();
        let n = self.area as f64;
        isa.run(MomentSums { maps: self, pivots: &pivots, x })
            .iter()
            .zip(&pivots)
            .map(|([sum, squares], &pivot)| {
                [f64::from(pivot) + sum / n, (squares - sum * sum / n).max(0.0)]
            })
            .collect()
    }

    /// The moments of the batch from those of its images, which have one size.
    pub(crate) fn joined(self, images: &[Vec<[f64; 2]>]) -> Moments {
        let n = images.len() as f64;
        let (mean, var) = (0..self.channels)
            .map(|c| {
                let mean = images.iter().map(|image| image[c][0]).sum::<f64>() / n;
                let squares: f64 = images
                    .iter()
                    .map(|image| image[c][1] / self.area as f64 + (image[c][0] - mean).powi(2))
                    .sum();
                (mean as f32, (squares / n) as f32)
            })
            .unzip();
        Moments { mean, var }
    }

    /// The normalised, rectified maps.
    pub(crate) fn forward(
        self,
        isa: Isa,
        x: &[f32],
        moments: &Moments,
        affine: Affine,
    ) -> Vec<f32> {
        let lines = lines(self, moments, affine);
        let (image, lines) = (self.image(), &lines);
        assert!(x.len().is_multiple_of(image), "whole images");
        // SAFETY: `Forward` writes every vector and the rest of every channel of every image.
        unsafe {
            written(x.len(), |y| {
                y.par_chunks_mut(image)
                    .zip(x.par_chunks(image))
                    .for_each(|(y, x)| isa.run(Forward { maps: self, lines, x, y }));
            })
        }
    }

    /// The gradients, from that of the output.
    pub(crate) fn backward(
        self,
        isa: Isa,
        x: &[f32],
        dy: &[f32],
        moments: &Moments,
        affine: Affine,
        mode: Mode,
    ) -> Grads {
        assert!(x.len().is_multiple_of(self.image()), "whole images");
        assert_eq!(x.len(), dy.len(), "one output gradient a value");
        let lines = lines(self, moments, affine);
        let images: Vec<Vec<[f64; 2]>> = x
            .par_chunks(self.image())
            .zip(dy.par_chunks(self.image()))
            .map(|(x, dy)| {
                isa.run(GradSums { maps: self, lines: &lines, mean: &moments.mean, x, dy })
            })
            .collect();
        let sums = add_pairs_in_order(&images, self.channels);
        let n = (x.len() / self.channels) as f64;
        let slopes = slopes(&sums, &lines, moments, affine.eps, n, mode);
        let (image, lines, slopes) = (self.image(), &lines, &slopes);
        // SAFETY: `Backward` writes every vector and the rest of every channel of every image.
        let dx = unsafe {
            written(x.len(), |dx| {
                dx.par_chunks_mut(image)
                    .zip(x.par_chunks(image).zip(dy.par_chunks(image)))
                    .for_each(|(dx, (x, dy))| {
                        isa.run(Backward { maps: self, lines, slopes, x, dy, dx });
                    });
            })
        };
        let (gamma, beta) = affine_grads(&sums, moments, affine.eps);
        Grads { x: dx, gamma, beta }
    }
}

fn lines(maps: Maps, moments: &Moments, affine: Affine) -> Vec<Line> {
    let found = [moments.mean.len(), moments.var.len(), affine.gamma.len(), affine.beta.len()];
    assert_eq!(found, [maps.channels; 4], "one value a channel");
    let trained = affine.gamma.iter().zip(affine.beta);
    let measured = moments.mean.iter().zip(&moments.var);
    trained
        .zip(measured)
        .map(|((&gamma, &beta), (&mean, &var))| {
            let scale = f64::from(gamma) / (f64::from(var) + affine.eps).sqrt();
            let shift = f64::from(beta) - f64::from(mean) * scale;
            Line { scale: scale as f32, shift: shift as f32 }
        })
        .collect()
}

/// The terms that the moments add to `dx`, from the sums over all `n` values of each channel.
fn slopes(
    sums: &[[f64; 2]],
    lines: &[Line],
    moments: &Moments,
    eps: f64,
    n: f64,
    mode: Mode,
) -> Vec<Slope> {
    sums.iter()
        .zip(lines)
        .zip(moments.mean.iter().zip(&moments.var))
        .map(|(([sum, products], line), (&mean, &var))| {
            let scale = -f64::from(line.scale) / n;
            let (by_x, constant) = match mode {
                Mode::Train => (scale * products / (f64::from(var) + eps), scale * sum),
                Mode::Eval => (0.0, 0.0),
            };
            Slope { mean, by_x: by_x as f32, constant: constant as f32 }
        })
        .collect()
}

/// `dgamma` and `dbeta`.
fn affine_grads(sums: &[[f64; 2]], moments: &Moments, eps: f64) -> (Vec<f32>, Vec<f32>) {
    sums.iter()
        .zip(&moments.var)
        .map(|([sum, products], &var)| {
            ((products / (f64::from(var) + eps).sqrt()) as f32, *sum as f32)
        })
        .unzip()
}

#[cfg(test)]
mod tests;
