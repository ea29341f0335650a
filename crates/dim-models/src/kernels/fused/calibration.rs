//! The moments of the encoder's batch norms in training mode, without a latent or a gradient.

use super::encoder::Encoder;
use super::parameters::Flat;
use crate::case::LayerKind;
use crate::kernels::batch_norm::Moments;
use crate::kernels::memory::Workspace;

/// The layers of the encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CalibrationPass {
    pub(crate) layers: [LayerKind; 4],
    pub(crate) channels: [usize; 4],
    /// Height and width of the images.
    pub(crate) image: (usize, usize),
    /// Added to the variance in batch norm.
    pub(crate) eps: f64,
}

impl CalibrationPass {
    /// The moments before each batch norm for `images` `[batch, 1, ..image]`, each layer normalised
    /// by those of its batch. `params` are those of the encoder, in order.
    ///
    /// # Panics
    /// If a slice has another size, or the images are too small for the layers.
    pub(crate) fn moments(&self, on: &Workspace, params: &[f32], images: &[f32]) -> Vec<Moments> {
        let Self { layers, channels, image, eps } = *self;
        assert!(images.len().is_multiple_of(image.0 * image.1), "whole images");
        let mut params = Flat(params);
        Encoder::new(on.isa, &mut params, layers, channels, image, eps).moments(on, images)
    }
}
