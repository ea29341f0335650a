//! The encoder in training mode, image by image.
//!
//! A pass over the batch ends where a value of the whole batch is needed: the moments of a layer in
//! the forward pass, the sums of its gradients in the backward pass. Everything between is done for
//! one image while it is in cache: normalise the maps of the layer before, convolve, add up the
//! moments; in the backward pass the same in reverse. Only the outputs of the convolutions are
//! kept.

use rayon::prelude::*;

use super::crop::Crop;
use super::parameters::Flat;
use crate::case::LayerKind;
use crate::kernels::batch_norm::{Affine, Maps, Moments, Norm};
use crate::kernels::conv::{Conv, Kernel, Window, flip_transpose};
use crate::kernels::memory::{Buffer, Workspace};
use crate::kernels::simd::Isa;
use crate::kernels::sum::add_in_order;

/// The encoder without its weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncoderShape {
    pub(crate) kinds: [LayerKind; 4],
    pub(crate) channels: [usize; 4],
    /// Height and width of the images.
    pub(crate) image: (usize, usize),
    /// Rows and columns that are cut off each side of the maps of the last layer.
    pub(crate) margin: usize,
    /// Added to the variance in batch norm.
    pub(crate) eps: f64,
}

/// The layers with their weights.
pub(super) struct Encoder<'a> {
    pub(super) layers: Vec<Layer>,
    /// Of each layer except the last.
    pub(super) affines: Vec<Affine<'a>>,
}

pub(super) struct Layer {
    pub(super) conv: Conv,
    pub(super) kernel: Kernel,
    transposed: bool,
    /// What the convolution sees of the maps before it.
    pub(super) crop: Crop,
}

/// What the backward pass needs from the forward pass of a batch.
pub(super) struct Activations {
    /// For each layer except the last, the maps of each image before normalisation.
    maps: Vec<Vec<Buffer>>,
    pub(super) norms: Vec<Norm>,
}

/// Gradients through one layer for one image.
pub(super) struct LayerGrads {
    /// Of weights, then biases.
    params: Vec<f32>,
    /// Of the input of the layer, and its part of the sums for the batch norm before the layer.
    input: Buffer,
    sums: Vec<[f64; 2]>,
}

impl EncoderShape {
    /// The moments before each batch norm for `images` `[batch, 1, ..image]`, each layer normalised
    /// by those of its batch. `params` are those of the encoder, in order.
    ///
    /// # Panics
    /// If a slice has another size, or the images are too small for the layers.
    pub(crate) fn batch_moments(
        &self,
        on: &Workspace,
        params: &[f32],
        images: &[f32],
    ) -> Vec<Moments> {
        assert!(images.len().is_multiple_of(self.image.0 * self.image.1), "whole images");
        Encoder::new(on.isa, &mut Flat(params), self).moments(on, images)
    }
}

impl<'a> Encoder<'a> {
    /// Takes its parameters from `params`.
    ///
    /// The centre of a convolution's output is the convolution, with less padding, of its input or
    /// of the centre of its input. So a margin is not computed.
    pub(super) fn new(isa: Isa, params: &mut Flat<'a>, shape: &EncoderShape) -> Self {
        let EncoderShape { kinds, channels, image: mut size, margin, eps } = *shape;
        let (mut layers, mut affines) = (Vec::new(), Vec::new());
        let (mut c_in, last) = (1, kinds.len() - 1);
        for (i, (kind, c_out)) in kinds.into_iter().zip(channels).enumerate() {
            let margin = if i == last { margin } else { 0 };
            let less = kind.padding().min(margin);
            let padding = kind.padding() - less;
            let crop = Crop { size, cut: margin - less };
            let (height, width) = crop.inner();
            let transposed = kind == LayerKind::Up;
            let conv = Conv { window: Window::Three { padding }, c_in, c_out, height, width };
            let (weight, bias) = (params.take(9 * c_in * c_out), params.take(c_out));
            let kernel = if transposed {
                let weight = flip_transpose(weight, c_in, c_out, 9);
                Kernel::new(isa, conv, &weight, Some(bias))
            } else {
                Kernel::new(isa, conv, weight, Some(bias))
            };
            layers.push(Layer { conv, kernel, transposed, crop });
            if i < last {
                affines.push(Affine { gamma: params.take(c_out), beta: params.take(c_out), eps });
            }
            size = conv.out_size().expect("the model has checked the images' size");
            c_in = c_out;
        }
        Self { layers, affines }
    }

    /// All layers except the last, for images of one channel.
    pub(super) fn forward(&self, on: &Workspace, images: &[f32]) -> Activations {
        self.first_layers(on, images, self.affines.len())
    }

    /// The moments before each batch norm. The maps before the last of them are not kept.
    pub(super) fn moments(&self, on: &Workspace, images: &[f32]) -> Vec<Moments> {
        let last = self.affines.len() - 1;
        let done = self.first_layers(on, images, last);
        let outputs = self.images(images).map(|(image, x)| self.output(on, &done, last, image, x));
        let moments: Vec<_> = outputs.map(|(_, moments)| moments).collect();
        let last = self.maps(last).joined(&moments);
        done.norms.into_iter().map(|norm| norm.moments).chain([last]).collect()
    }

    fn first_layers(&self, on: &Workspace, images: &[f32], layers: usize) -> Activations {
        let mut done = Activations { maps: Vec::new(), norms: Vec::new() };
        for (layer, &affine) in self.affines[..layers].iter().enumerate() {
            let maps = self.maps(layer);
            let (images, moments): (Vec<_>, Vec<_>) = self
                .images(images)
                .map(|(image, x)| self.output(on, &done, layer, image, x))
                .unzip();
            done.maps.push(images);
            done.norms.push(Norm::new(maps, maps.joined(&moments), affine));
        }
        done
    }

    /// The images of a batch, with their index.
    fn images<'b>(
        &self,
        images: &'b [f32],
    ) -> impl IndexedParallelIterator<Item = (usize, &'b [f32])> {
        images.par_chunks(self.layers[0].conv.height * self.layers[0].conv.width).enumerate()
    }

    /// The shape of the maps from a layer.
    fn maps(&self, layer: usize) -> Maps {
        let conv = &self.layers[layer].conv;
        let (height, width) = conv.out_size().expect("checked when built");
        Maps { channels: conv.c_out, area: height * width }
    }

    /// The maps of one image from a layer, before normalisation, and their moments. `x` is the
    /// image itself.
    fn output(
        &self,
        on: &Workspace,
        done: &Activations,
        layer: usize,
        image: usize,
        x: &[f32],
    ) -> (Buffer, Vec<[f64; 2]>) {
        let kernel = &self.layers[layer].kernel;
        let y = match layer {
            0 => kernel.forward(on, x),
            _ => kernel.forward(on, &self.input(on, done, layer, image)),
        };
        let moments = self.maps(layer).image_moments(on.isa, &y);
        (y, moments)
    }

    /// What a layer, except the first, sees of one image.
    fn input(&self, on: &Workspace, done: &Activations, layer: usize, image: usize) -> Buffer {
        let x = done.norms[layer - 1].forward(on, &done.maps[layer - 1][image]);
        self.layers[layer].crop.centre(on, x)
    }

    /// The maps of one image from the last layer, without the margin.
    pub(super) fn latent(&self, on: &Workspace, done: &Activations, image: usize) -> Buffer {
        let last = self.layers.len() - 1;
        self.layers[last].kernel.forward(on, &self.input(on, done, last, image))
    }

    /// The gradients through the last layer for one image, given the gradient `d` of its maps.
    pub(super) fn latent_grads(
        &self,
        on: &Workspace,
        done: &Activations,
        image: usize,
        d: &[f32],
    ) -> LayerGrads {
        self.layer_grads(on, done, self.layers.len() - 1, image, d)
    }

    fn layer_grads(
        &self,
        on: &Workspace,
        done: &Activations,
        layer: usize,
        image: usize,
        d: &[f32],
    ) -> LayerGrads {
        let Layer { kernel, crop, .. } = &self.layers[layer];
        let x = self.input(on, done, layer, image);
        let params = kernel.weight_grad(on.isa, &x, d);
        let input = crop.surrounded(on, kernel.input_grad(on, d));
        let sums = done.norms[layer - 1].grad_sums(on.isa, &done.maps[layer - 1][image], &input);
        LayerGrads { params, input, sums }
    }

    /// The gradients of the parameters, in order, given the gradients through the last layer.
    pub(super) fn backward(
        &self,
        on: &Workspace,
        images: &[f32],
        done: &Activations,
        mut grads: Vec<LayerGrads>,
    ) -> Vec<f32> {
        // Collected from the last parameter to the first.
        let mut flat = vec![self.conv_params(self.layers.len() - 1, &grads)];
        for layer in (0..self.layers.len() - 1).rev() {
            let norm = &done.norms[layer];
            let sums: Vec<Vec<[f64; 2]>> = grads.iter().map(|g| g.sums.clone()).collect();
            let batch = norm.grads(&sums);
            grads = grads
                .into_par_iter()
                .enumerate()
                .map(|(image, after)| {
                    let maps = &done.maps[layer][image];
                    let d = norm.input_grad(on, &batch, maps, &after.input);
                    if layer > 0 {
                        return self.layer_grads(on, done, layer, image, &d);
                    }
                    let Layer { conv, kernel, .. } = &self.layers[0];
                    let area = conv.height * conv.width;
                    let x = &images[image * area..(image + 1) * area];
                    let params = kernel.weight_grad(on.isa, x, &d);
                    LayerGrads { params, input: on.zeros(0), sums: Vec::new() }
                })
                .collect();
            flat.extend([batch.beta, batch.gamma, self.conv_params(layer, &grads)]);
        }
        flat.into_iter().rev().flatten().collect()
    }

    /// The gradients of the weights and biases of a layer.
    fn conv_params(&self, layer: usize, images: &[LayerGrads]) -> Vec<f32> {
        let Layer { conv, transposed, .. } = &self.layers[layer];
        let images: Vec<&[f32]> = images.iter().map(|g| g.params.as_slice()).collect();
        let mut sum = add_in_order(&images);
        if *transposed {
            let weights = 9 * conv.c_in * conv.c_out;
            let flipped = flip_transpose(&sum[..weights], conv.c_out, conv.c_in, 9);
            sum[..weights].copy_from_slice(&flipped);
        }
        sum
    }
}
