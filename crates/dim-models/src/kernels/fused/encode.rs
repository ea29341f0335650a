//! The encoder in evaluation mode: an image passes through all layers while it is in cache.
#![allow(unsafe_code, reason = "results in memory that is not cleared first")]

use rayon::prelude::*;

use super::encoder::{Encoder, EncoderShape};
use super::parameters::Flat;
use crate::kernels::batch_norm::{Maps, Moments, Norm};
use crate::kernels::memory::{Workspace, written};

/// The encoder, and the moments that its batch norms use.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation {
    pub(crate) encoder: EncoderShape,
    /// Running moments, of each layer except the last.
    pub(crate) moments: Vec<Moments>,
}

impl Evaluation {
    /// The maps `[batch, channels[3], ..]`, without the margin, of `images` `[batch, 1, ..image]`. `params` are those of
    /// the encoder, in order.
    ///
    /// # Panics
    /// If a slice has another size, or the images are too small for the layers.
    pub(crate) fn maps(&self, on: &Workspace, params: &[f32], images: &[f32]) -> Vec<f32> {
        let Self { encoder, moments } = self;
        let EncoderShape { channels, image, .. } = *encoder;
        let isa = on.isa;
        let Encoder { layers, affines } = Encoder::new(isa, &mut Flat(params), encoder);
        let area = |layer: usize| {
            let (height, width) = layers[layer].conv.out_size().expect("checked when built");
            height * width
        };
        let norms: Vec<Norm> = moments
            .iter()
            .zip(affines)
            .enumerate()
            .map(|(i, (moments, affine))| {
                let maps = Maps { channels: channels[i], area: area(i) };
                Norm::new(maps, moments.clone(), affine)
            })
            .collect();
        assert_eq!(norms.len() + 1, layers.len(), "a batch norm after each layer except the last");
        let (first, last) = (&layers[0].kernel, layers.len() - 1);
        let one = channels[last] * area(last);
        let pixels = image.0 * image.1;
        assert!(images.len().is_multiple_of(pixels), "whole images");
        // SAFETY: `forward_into` writes every value of each image's maps.
        unsafe {
            written(images.len() / pixels * one, |maps| {
                let maps = maps.par_chunks_exact_mut(one);
                maps.zip(images.par_chunks_exact(pixels)).for_each(|(maps, x)| {
                    let mut y = first.forward(on, x);
                    for (norm, layer) in norms.iter().zip(&layers[1..last]) {
                        y = layer.kernel.forward(on, &norm.forward(on, &y));
                    }
                    let y = norms[last - 1].forward(on, &y);
                    let y = layers[last].crop.centre(on, y);
                    layers[last].kernel.forward_into(isa, &y, maps);
                });
            })
        }
    }
}
