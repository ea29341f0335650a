//! The same operations on candle's own, for CUDA, Metal and f64.
//!
//! candle computes the gradients of a convolution with a transposed kernel that is not contiguous.
//! On CUDA that falls back to a naive loop; on Metal (candle 0.11.1) it silently multiplies by the
//! wrong values. [`Convolution`] therefore runs candle's forward pass and computes the gradients
//! itself, from contiguous tensors. A transposed convolution with stride 1, and the input gradient
//! of a convolution with stride 1, is a convolution with the kernel rotated by half a turn, which
//! is much faster than candle's transposed convolution.

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp3, D, Layout, MetalStorage, Result, Shape, Tensor,
};

use super::transposed_kernel;

pub(super) fn conv2d(x: &Tensor, weight: &Tensor, padding: usize, stride: usize) -> Result<Tensor> {
    let (x, weight) = (x.contiguous()?, weight.contiguous()?);
    let y = x.detach().conv2d(&weight.detach(), padding, stride, 1, 1)?;
    if !x.track_op() && !weight.track_op() {
        return Ok(y);
    }
    let op =
        Convolution { padding, stride, input_grad: x.track_op(), weight_grad: weight.track_op() };
    x.apply_op3(&weight, &y.contiguous()?, op)
}

pub(super) fn conv_transpose2d(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    conv2d(x, &transposed_kernel(weight)?, weight.dim(2)? - 1, 1)
}

/// `(x, weight, y)` to `y`: the convolution is computed already, this adds its gradients.
struct Convolution {
    padding: usize,
    stride: usize,
    input_grad: bool,
    weight_grad: bool,
}

impl Convolution {
    fn dx(&self, x: &Tensor, weight: &Tensor, dy: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = x.dims4()?;
        let (_, _, k, _) = weight.dims4()?;
        if self.stride == 1 && self.padding < k {
            return dy.conv2d(&transposed_kernel(weight)?, k - 1 - self.padding, 1, 1, 1);
        }
        // Rows and columns at the far ends that no window reached have a gradient of zero. candle
        // adds the same number of rows as of columns.
        let (_, _, out_height, out_width) = dy.dims4()?;
        let reached = |n: usize| (n - 1) * self.stride + k - 2 * self.padding;
        let missed = (height - reached(out_height)).max(width - reached(out_width));
        dy.conv_transpose2d(weight, self.padding, missed, self.stride, 1)?
            .narrow(2, 0, height)?
            .narrow(3, 0, width)
    }

    fn dw(&self, x: &Tensor, weight: &Tensor, dy: &Tensor) -> Result<Tensor> {
        let (_, _, k, _) = weight.dims4()?;
        let swapped = |t: &Tensor| t.transpose(0, 1)?.contiguous();
        swapped(x)?
            .conv2d(&swapped(dy)?, self.padding, 1, self.stride, 1)?
            .transpose(0, 1)?
            .narrow(2, 0, k)?
            .narrow(3, 0, k)?
            .contiguous()
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution by candle"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        y: &CpuStorage,
        layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok((y.try_clone(layout)?, layout.shape().clone()))
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        y: &CudaStorage,
        layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        Ok((y.try_clone(layout)?, layout.shape().clone()))
    }

    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
        y: &MetalStorage,
        layout: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        Ok((y.try_clone(layout)?, layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (x, weight, dy) = (x.detach(), weight.detach(), dy.contiguous()?);
        let dx = self.input_grad.then(|| self.dx(&x, &weight, &dy)).transpose()?;
        let dw = self.weight_grad.then(|| self.dw(&x, &weight, &dy)).transpose()?;
        Ok((dx, dw, None))
    }
}

fn per_channel(v: &Tensor) -> Result<Tensor> {
    v.reshape((1, (), 1, 1))
}

pub(super) fn batch_norm_relu_train(
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

pub(super) fn batch_norm_relu_eval(
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
