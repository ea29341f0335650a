//! A convolution with its weights, for one image at a time.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use super::{Conv, ForwardImage, InputGradImage, Parity, WeightGradImage, Window, flip_transpose};
use crate::kernels::gemm::Weights;
use crate::kernels::memory::{Buffer, Workspace};
use crate::kernels::simd::Isa;

/// A convolution with weights in the order of the inner loops, for passes over many images.
pub(crate) struct Kernel {
    conv: Conv,
    forward: Weights,
    bias: Option<Vec<f32>>,
    weight: Vec<f32>,
    /// Made when first used: encoding and first layers do not need it.
    backward: OnceLock<Backward>,
}

enum Backward {
    /// Stride 1: the convolution with the flipped kernel.
    Flipped(Conv, Weights),
    /// Stride 2: a convolution for each parity of row and column.
    Parities(Box<[Parity; 4]>),
}

impl Backward {
    fn new(isa: Isa, conv: &Conv, weight: &[f32]) -> Self {
        let window = match conv.window {
            Window::One => Window::One,
            Window::Three { padding } => Window::Three { padding: 2 - padding },
            Window::ThreeStride2 => return Self::Parities(Box::new(conv.parities(isa, weight))),
        };
        let (height, width) = conv.checked_out_size();
        let flipped = Conv { window, c_in: conv.c_out, c_out: conv.c_in, height, width };
        let weight = flip_transpose(weight, conv.c_out, conv.c_in, window.taps());
        Self::Flipped(flipped, flipped.grouped(isa, &weight))
    }
}

impl Kernel {
    /// `weight` `[c_out, c_in, k, k]`, `bias` `[c_out]`.
    pub(crate) fn new(isa: Isa, conv: Conv, weight: &[f32], bias: Option<&[f32]>) -> Self {
        let (forward, bias) = (conv.grouped(isa, weight), bias.map(<[f32]>::to_vec));
        Self { conv, forward, bias, weight: weight.to_vec(), backward: OnceLock::new() }
    }

    /// The output, `[c_out, ..out_size]`, for the image `x` `[c_in, height, width]`.
    pub(crate) fn forward(&self, on: &Workspace, x: &[f32]) -> Buffer {
        correlated(on, &self.conv, &self.forward, self.bias.as_deref(), x)
    }

    /// The same into `y`, of which every value is written.
    pub(crate) fn forward_into(&self, isa: Isa, x: &[f32], y: &mut [MaybeUninit<f32>]) {
        correlate_into(isa, &self.conv, &self.forward, self.bias.as_deref(), x, y);
    }

    /// The gradient of the image from that of the output.
    pub(crate) fn input_grad(&self, on: &Workspace, dy: &[f32]) -> Buffer {
        let conv = &self.conv;
        match self.backward.get_or_init(|| Backward::new(on.isa, conv, &self.weight)) {
            Backward::Flipped(flipped, weights) => correlated(on, flipped, weights, None, dy),
            // SAFETY: the blocks of `InputGradImage` cover both parities of the rows of every
            // channel, and `join_row` both parities of the columns.
            Backward::Parities(parities) => unsafe {
                on.written(conv.c_in * conv.height * conv.width, |dx| {
                    on.isa.run(InputGradImage { conv, parities, dy, dx });
                })
            },
        }
    }

    /// The image's part of the gradients of the weights, then of the biases.
    pub(crate) fn weight_grad(&self, isa: Isa, x: &[f32], dy: &[f32]) -> Vec<f32> {
        isa.run(WeightGradImage { conv: &self.conv, x, dy })
    }
}

/// Writes every value of `y`.
fn correlate_into(
    isa: Isa,
    conv: &Conv,
    weights: &Weights,
    bias: Option<&[f32]>,
    x: &[f32],
    y: &mut [MaybeUninit<f32>],
) {
    let (height, width) = conv.checked_out_size();
    assert_eq!(x.len(), conv.c_in * conv.height * conv.width, "an image");
    assert_eq!(y.len(), conv.c_out * height * width, "its maps");
    isa.run(ForwardImage { conv, weights, bias, x, y });
}

fn correlated(
    on: &Workspace,
    conv: &Conv,
    weights: &Weights,
    bias: Option<&[f32]>,
    x: &[f32],
) -> Buffer {
    let (height, width) = conv.checked_out_size();
    // SAFETY: the blocks of `ForwardImage` cover the rows of every channel.
    unsafe {
        on.written(conv.c_out * height * width, |y| {
            correlate_into(on.isa, conv, weights, bias, x, y);
        })
    }
}
