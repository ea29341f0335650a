//! The operations behind the layers.

use candle_core::{D, Result, Tensor};

/// `x` `[b, c_in, h, w]`, `weight` `[c_out, c_in, k, k]`, `bias` `[c_out]`.
pub(crate) fn conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: usize,
    stride: usize,
) -> Result<Tensor> {
    let y = x.contiguous()?.conv2d(&weight.contiguous()?, padding, stride, 1, 1)?;
    add_bias(y, bias)
}

/// `weight` `[c_in, c_out, k, k]`, stride 1, padding 0.
pub(crate) fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    let y = x.contiguous()?.conv_transpose2d(&weight.contiguous()?, 0, 0, 1, 1)?;
    add_bias(y, bias)
}

fn add_bias(y: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    match bias {
        Some(bias) => y.broadcast_add(&per_channel(bias)?),
        None => Ok(y),
    }
}

fn per_channel(v: &Tensor) -> Result<Tensor> {
    let c = v.elem_count();
    v.reshape((1, c, 1, 1))
}

/// Training mode: the output with the batch mean and biased variance `[c]`, both detached.
pub(crate) fn batch_norm_relu_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    let over_all = |t: &Tensor| t.mean_keepdim(D::Minus1)?.mean_keepdim(2)?.mean_keepdim(0);
    let mean = over_all(x)?;
    let centred = x.broadcast_sub(&mean)?;
    let var = over_all(&centred.sqr()?)?;
    let scale = per_channel(gamma)?.broadcast_div(&(&var + eps)?.sqrt()?)?;
    let y = centred.broadcast_mul(&scale)?.broadcast_add(&per_channel(beta)?)?.relu()?;
    Ok((y.contiguous()?, mean.flatten_all()?.detach(), var.flatten_all()?.detach()))
}

/// Evaluation mode, with running statistics.
pub(crate) fn batch_norm_relu_eval(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    mean: &Tensor,
    var: &Tensor,
    eps: f64,
) -> Result<Tensor> {
    let scale = (gamma / (var + eps)?.sqrt()?)?;
    let shift = (beta - (mean * &scale)?)?;
    x.broadcast_mul(&per_channel(&scale)?)?.broadcast_add(&per_channel(&shift)?)?.relu()
}
