//! The global network, which scores a whole latent against a whole image.
//!
//! ```text
//! a = W_z z + b1      c_k = W_x x_k      h_k = relu(a + c_k)      y_k = W2 h_k + b2
//! p_k = mean over space of relu(y_k)     q_k = relu(W3 p_k + b3)  T_k = w4 q_k + b4
//! ```
//!
//! for the image itself (`k` = 0) and `K` others. `W_z`, `W_x` and `W2` are 3x3 convolutions with
//! stride 2. `a`, `c` and `y` are kept for the backward pass: `a` and `c` have a quarter of the
//! pixels of the latent, `y` a sixteenth.

use super::first::{join_first, split_first};
use super::parameters::Flat;
use crate::kernels::conv::{Conv, Kernel, Window};
use crate::kernels::memory::{Buffer, Workspace};
use crate::kernels::simd::{Isa, Simd, WithSimd};

pub(super) struct Global {
    hidden_channels: usize,
    latent: Kernel,
    image: Kernel,
    second: Kernel,
    hidden: Vec<f32>,
    hidden_bias: Vec<f32>,
    last: Vec<f32>,
    last_bias: f32,
}

/// The score of one pair, and what the backward pass needs.
pub(super) struct Pair {
    pub(super) score: f32,
    y: Buffer,
    pooled: Vec<f32>,
    hidden: Vec<f32>,
}

/// Gradients of the parameters of [`Global`] from one image.
struct Grads {
    first_image: Vec<f32>,
    second: Vec<f32>,
    hidden: Vec<f32>,
    hidden_bias: Vec<f32>,
    last: Vec<f32>,
    last_bias: f32,
}

impl Global {
    /// Takes its parameters from `params`; the latents are `[channels, height, width]`.
    pub(super) fn new(
        isa: Isa,
        params: &mut Flat,
        (channels, height, columns): (usize, usize, usize),
        hidden_channels: usize,
    ) -> Self {
        let (image, latent) =
            split_first(params.take(hidden_channels * (1 + channels) * 9), hidden_channels, 9);
        let first_bias = params.take(hidden_channels);
        let window = Window::ThreeStride2;
        let conv = Conv { window, c_in: channels, c_out: hidden_channels, height, width: columns };
        let (inner_height, inner_columns) =
            conv.out_size().expect("the model has checked the size of the latent");
        let inner = Conv {
            window,
            c_in: hidden_channels,
            c_out: hidden_channels,
            height: inner_height,
            width: inner_columns,
        };
        Self {
            hidden_channels,
            latent: Kernel::new(isa, conv, &latent, Some(first_bias)),
            image: Kernel::new(isa, Conv { c_in: 1, ..conv }, &image, None),
            second: Kernel::new(
                isa,
                inner,
                params.take(hidden_channels * hidden_channels * 9),
                Some(params.take(hidden_channels)),
            ),
            hidden: params.take(hidden_channels * hidden_channels).to_vec(),
            hidden_bias: params.take(hidden_channels).to_vec(),
            last: params.take(hidden_channels).to_vec(),
            last_bias: params.take(1)[0],
        }
    }

    /// `a` of one latent.
    pub(super) fn latent_part(&self, on: &Workspace, z: &[f32]) -> Buffer {
        self.latent.forward(on, z)
    }

    /// `c` of one image.
    pub(super) fn image_part(&self, on: &Workspace, x: &[f32]) -> Buffer {
        self.image.forward(on, x)
    }

    /// One pair, from its two parts.
    pub(super) fn pair(&self, on: &Workspace, latent_part: &[f32], image_part: &[f32]) -> Pair {
        let mut h = on.zeros(latent_part.len());
        on.isa.run(AddAndRelu { a: latent_part, b: image_part, h: &mut h });
        let y = self.second.forward(on, &h);
        let area = y.len() / self.hidden_channels;
        let pooled: Vec<f32> = y
            .chunks_exact(area)
            .map(|y| y.iter().map(|y| f64::from(y.max(0.0))).sum::<f64>() / area as f64)
            .map(|mean| mean as f32)
            .collect();
        let hidden: Vec<f32> = self
            .hidden
            .chunks_exact(self.hidden_channels)
            .zip(&self.hidden_bias)
            .map(|(w, b)| (b + dot(w, &pooled)).max(0.0))
            .collect();
        Pair { score: self.last_bias + dot(&self.last, &hidden), y, pooled, hidden }
    }

    /// The gradients of the latent and of the parameters, which are in order. `pairs` has for the
    /// image itself and for each other image: the image, its part, the pair, and the gradient of
    /// the score.
    pub(super) fn backward<'a>(
        &self,
        on: &Workspace,
        z: &[f32],
        latent_part: &[f32],
        pairs: impl Iterator<Item = (&'a [f32], &'a [f32], &'a Pair, f32)>,
    ) -> (Buffer, Vec<f32>) {
        let mut grads = Grads {
            first_image: vec![0.0; self.hidden_channels * 10],
            second: vec![0.0; self.hidden_channels * (9 * self.hidden_channels + 1)],
            hidden: vec![0.0; self.hidden_channels * self.hidden_channels],
            hidden_bias: vec![0.0; self.hidden_channels],
            last: vec![0.0; self.hidden_channels],
            last_bias: 0.0,
        };
        let mut da = on.zeros(latent_part.len());
        let mut h = on.zeros(latent_part.len());
        for (x, image_part, pair, d) in pairs {
            let dpooled = self.dense_backward(pair, d, &mut grads);
            let area = pair.y.len() / self.hidden_channels;
            let dy: Vec<f32> = pair
                .y
                .chunks_exact(area)
                .zip(&dpooled)
                .flat_map(|(y, d)| {
                    let d = d / area as f32;
                    y.iter().map(move |&y| if y > 0.0 { d } else { 0.0 })
                })
                .collect();
            on.isa.run(AddAndRelu { a: latent_part, b: image_part, h: &mut h });
            add(&mut grads.second, &self.second.weight_grad(on.isa, &h, &dy));
            let mut dh = self.second.input_grad(on, &dy);
            on.isa.run(ReluGrad { h: &h, dh: &mut dh, sum: &mut da });
            add(&mut grads.first_image, &self.image.weight_grad(on.isa, x, &dh));
        }
        let mut latent = self.latent.weight_grad(on.isa, z, &da);
        let first_bias = latent.split_off(latent.len() - self.hidden_channels);
        let image = &grads.first_image[..self.hidden_channels * 9];
        let mut flat = join_first(image, &latent, self.hidden_channels);
        for part in [
            &first_bias,
            &grads.second,
            &grads.hidden,
            &grads.hidden_bias,
            &grads.last,
            &vec![grads.last_bias],
        ] {
            flat.extend(part);
        }
        (self.latent.input_grad(on, &da), flat)
    }

    /// The gradient of `pooled`. Adds the gradients of the two last layers to `grads`.
    fn dense_backward(&self, pair: &Pair, d: f32, grads: &mut Grads) -> Vec<f32> {
        let mut dpooled = vec![0.0; self.hidden_channels];
        grads.last_bias += d;
        for (o, &q) in pair.hidden.iter().enumerate() {
            grads.last[o] += d * q;
            if q > 0.0 {
                let dq = d * self.last[o];
                let row = o * self.hidden_channels..(o + 1) * self.hidden_channels;
                grads.hidden_bias[o] += dq;
                add_scaled(&mut grads.hidden[row.clone()], dq, &pair.pooled);
                add_scaled(&mut dpooled, dq, &self.hidden[row]);
            }
        }
        dpooled
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f32], from: &[f32]) {
    add_scaled(to, 1.0, from);
}

fn add_scaled(to: &mut [f32], by: f32, from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += by * from;
    }
}

/// `h = relu(a + b)`.
struct AddAndRelu<'a> {
    a: &'a [f32],
    b: &'a [f32],
    h: &'a mut [f32],
}

impl WithSimd for AddAndRelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // A plain loop, which the compiler vectorises for the instruction set.
        for ((h, a), b) in self.h.iter_mut().zip(self.a).zip(self.b) {
            let sum = a + b;
            *h = if sum > 0.0 { sum } else { 0.0 };
        }
    }
}

/// Sets `dh` to zero where `h` is not above zero, then adds it to `sum`.
struct ReluGrad<'a> {
    h: &'a [f32],
    dh: &'a mut [f32],
    sum: &'a mut [f32],
}

impl WithSimd for ReluGrad<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((dh, h), sum) in self.dh.iter_mut().zip(self.h).zip(self.sum) {
            *dh = if *h > 0.0 { *dh } else { 0.0 };
            *sum += *dh;
        }
    }
}
