//! The first layer of a network over image and latent, `W [x; z] = W_x x + W_z z`.

use super::parameters::Flat;
use super::pixels::Dense;
use crate::kernels::simd::Isa;

/// The weights of the layer, split into those of the latent and those of the image.
pub(super) struct First {
    pub(super) latent: Dense,
    /// `[hidden_channels]`.
    pub(super) image: Vec<f32>,
}

impl First {
    pub(super) fn new(
        isa: Isa,
        params: &mut Flat,
        channels: usize,
        hidden_channels: usize,
    ) -> Self {
        let (image, latent) =
            split_first(params.take(hidden_channels * (1 + channels)), hidden_channels, 1);
        let bias = params.take(hidden_channels);
        Self { latent: Dense::new(isa, channels, bias, |o, c| latent[o * channels + c]), image }
    }
}

/// Gradients of [`First`].
pub(super) struct FirstGrads {
    pub(super) latent: Vec<f32>,
    pub(super) image: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl FirstGrads {
    pub(super) fn zeros(channels: usize, hidden_channels: usize) -> Self {
        Self {
            latent: vec![0.0; hidden_channels * channels],
            image: vec![0.0; hidden_channels],
            bias: vec![0.0; hidden_channels],
        }
    }

    /// All gradients, in the order of the parameters.
    pub(super) fn flat(&self) -> Vec<f32> {
        let mut all = join_first(&self.image, &self.latent, self.bias.len());
        all.extend(&self.bias);
        all
    }
}

/// Splits the weights of a layer over image and latent, `[c_out, 1 + c, taps]`, into those of the
/// image, `[c_out, taps]`, and those of the latent, `[c_out, c, taps]`.
pub(super) fn split_first(weight: &[f32], c_out: usize, taps: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = || weight.chunks_exact(weight.len() / c_out);
    (
        rows().flat_map(|row| &row[..taps]).copied().collect(),
        rows().flat_map(|row| &row[taps..]).copied().collect(),
    )
}

/// The inverse of [`split_first`].
pub(super) fn join_first(image: &[f32], latent: &[f32], c_out: usize) -> Vec<f32> {
    let rows =
        image.chunks_exact(image.len() / c_out).zip(latent.chunks_exact(latent.len() / c_out));
    rows.flat_map(|(image, latent)| image.iter().chain(latent)).copied().collect()
}
