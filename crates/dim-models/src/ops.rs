//! The operations behind the layers.
//!
//! In f32 on the CPU they are custom operations over [`crate::kernels`], forward and backward.
//! Everything else (CUDA, Metal, and f64 on the CPU for gradient checks) runs candle's operations;
//! [`by_candle`] replaces the gradients that candle gets wrong or computes slowly there.
//!
//! A training step is a single operation from parameters to losses ([`deep_infomax`]): each edge of
//! candle's tape costs a tensor of zeros and a sum, which for the latents of a batch are 75 MB
//! each. Encoding in evaluation mode ([`encode`]) and scoring of latents ([`pairs`]) are one
//! operation each as well.

mod batch_norm;
mod by_candle;
mod convolution;
mod cpu;
pub(crate) mod deep_infomax;
pub(crate) mod encode;
pub(crate) mod pairs;

use candle_core::{Result, Tensor, bail};

use crate::kernels::batch_norm::{Mode, Moments};
use convolution::Convolution;

/// A convolution with square kernel.
///
/// # Shapes
/// `x` `[batch, c_in, h, w]`, `weight` `[c_out, c_in, k, k]`, `bias` `[c_out]`; the result
/// `[batch, c_out, h', w']` with `h' = (h + 2 padding - k) / stride + 1` rounded down.
pub(crate) fn conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: usize,
    stride: usize,
) -> Result<Tensor> {
    let ((_, _, height, width), (_, _, k, _)) = (x.dims4()?, weight.dims4()?);
    if height.min(width) + 2 * padding < k {
        bail!("a {k}x{k} kernel at padding {padding} does not fit in {:?}", x.shape());
    }
    if cpu::serves([Some(x), Some(weight), bias])
        && let Some(op) = Convolution::direct(x, weight, padding, stride)?
    {
        return op.apply(x, weight, bias);
    }
    add_bias(by_candle::conv2d(x, weight, padding, stride)?, bias)
}

/// A transposed convolution, stride 1, no padding.
///
/// # Shapes
/// `x` `[batch, c_in, h, w]`, `weight` `[c_in, c_out, k, k]` as PyTorch has it, `bias` `[c_out]`;
/// the result `[batch, c_out, h + k - 1, w + k - 1]`.
pub(crate) fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    if cpu::serves([Some(x), Some(weight), bias])
        && let Some(op) = Convolution::transposed(x, weight)?
    {
        return op.apply(x, weight, bias);
    }
    add_bias(by_candle::conv_transpose2d(x, weight)?, bias)
}

/// Batch norm and ReLU in training mode: the output, and the mean and biased variance of the batch
/// as constants.
///
/// # Shapes
/// `x` and the output `[batch, c, h, w]`; all else `[c]`.
pub(crate) fn batch_norm_relu_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    if !cpu::serves([Some(x), Some(gamma), Some(beta)]) {
        return by_candle::batch_norm_relu_train(x, gamma, beta, eps);
    }
    let x = x.contiguous()?;
    let moments = batch_norm::moments(&x)?;
    let mean = Tensor::new(moments.mean.as_slice(), x.device())?;
    let var = Tensor::new(moments.var.as_slice(), x.device())?;
    Ok((batch_norm::apply(&x, gamma, beta, moments, eps, Mode::Train)?, mean, var))
}

/// Batch norm and ReLU in evaluation mode, with running statistics, which are constants.
///
/// # Shapes
/// `x` and the output `[batch, c, h, w]`; all else `[c]`.
pub(crate) fn batch_norm_relu_eval(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    mean: &Tensor,
    var: &Tensor,
    eps: f64,
) -> Result<Tensor> {
    if !cpu::serves([Some(x), Some(gamma), Some(beta), Some(mean), Some(var)]) {
        return by_candle::batch_norm_relu_eval(x, gamma, beta, mean, var, eps);
    }
    let moments = Moments { mean: mean.to_vec1()?, var: var.to_vec1()? };
    batch_norm::apply(&x.contiguous()?, gamma, beta, moments, eps, Mode::Eval)
}

/// The kernel of a transposed convolution as that of the same convolution with full padding, and
/// back: `[a, b, k, k]` to `[b, a, k, k]`, rows and columns reversed.
pub(crate) fn transposed_kernel(weight: &Tensor) -> Result<Tensor> {
    weight.transpose(0, 1)?.contiguous()?.flip(&[2, 3])?.contiguous()
}

fn add_bias(y: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    match bias {
        Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?),
        None => Ok(y),
    }
}

#[cfg(test)]
mod tests;
