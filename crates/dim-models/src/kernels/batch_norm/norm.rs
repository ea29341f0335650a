//! Batch norm by known moments, for one image at a time.

use super::passes::{Backward, Forward, GradSums, Line, Slope};
use super::{Affine, Maps, Mode, Moments, affine_grads, lines, slopes};
use crate::kernels::memory::{Buffer, Workspace};
use crate::kernels::simd::Isa;
use crate::kernels::sum::add_pairs_in_order;

/// The batch norm of a batch whose moments are known.
pub(crate) struct Norm {
    maps: Maps,
    pub(crate) moments: Moments,
    eps: f64,
    lines: Vec<Line>,
}

/// The part of the backward pass that is common to the batch.
pub(crate) struct NormGrads {
    slopes: Vec<Slope>,
    pub(crate) gamma: Vec<f32>,
    pub(crate) beta: Vec<f32>,
}

impl Norm {
    pub(crate) fn new(maps: Maps, moments: Moments, affine: Affine) -> Self {
        let lines = lines(maps, &moments, affine);
        Self { maps, moments, eps: affine.eps, lines }
    }

    /// The normalised, rectified maps of one image.
    pub(crate) fn forward(&self, on: &Workspace, x: &[f32]) -> Buffer {
        let Self { maps, lines, .. } = self;
        assert_eq!(x.len(), maps.image(), "an image");
        // SAFETY: `Forward` writes every vector and the rest of every channel, of which `x` has a
        // whole one for each of `lines`.
        unsafe { on.written(x.len(), |y| on.isa.run(Forward { maps: *maps, lines, x, y })) }
    }

    /// The image's part of the sums for [`Self::grads`].
    pub(crate) fn grad_sums(&self, isa: Isa, x: &[f32], dy: &[f32]) -> Vec<[f64; 2]> {
        let Self { maps, lines, .. } = self;
        isa.run(GradSums { maps: *maps, lines, mean: &self.moments.mean, x, dy })
    }

    /// The gradients of the batch, from the sums of its images.
    pub(crate) fn grads(&self, images: &[Vec<[f64; 2]>]) -> NormGrads {
        let sums = add_pairs_in_order(images, self.maps.channels);
        let n = (images.len() * self.maps.area) as f64;
        let slopes = slopes(&sums, &self.lines, &self.moments, self.eps, n, Mode::Train);
        let (gamma, beta) = affine_grads(&sums, &self.moments, self.eps);
        NormGrads { slopes, gamma, beta }
    }

    /// The gradient of the maps of one image.
    pub(crate) fn input_grad(
        &self,
        on: &Workspace,
        batch: &NormGrads,
        x: &[f32],
        dy: &[f32],
    ) -> Buffer {
        let (maps, lines, slopes) = (self.maps, &self.lines, &batch.slopes);
        assert_eq!([x.len(), dy.len()], [maps.image(); 2], "an image and its output's gradient");
        assert_eq!(slopes.len(), maps.channels, "one slope a channel");
        // SAFETY: `Backward` writes every vector and the rest of every channel, of which `x` and
        // `dy` have a whole one for each of `lines` and `slopes`.
        unsafe { on.written(x.len(), |dx| on.isa.run(Backward { maps, lines, slopes, x, dy, dx })) }
    }
}
