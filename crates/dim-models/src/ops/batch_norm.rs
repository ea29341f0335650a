//! Batch norm with ReLU as a candle operation, in f32 on the CPU.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::cpu::{Locked, values};
use crate::kernels::batch_norm::{Affine, Maps, Mode, Moments};
use crate::kernels::simd::Isa;

/// Normalisation by given moments. In training mode they are the moments of the input.
struct BatchNormRelu {
    maps: Maps,
    moments: Moments,
    eps: f64,
    mode: Mode,
}

fn maps(x: &Tensor) -> Result<Maps> {
    let (_, channels, height, width) = x.dims4()?;
    if x.elem_count() == 0 {
        bail!("batch norm of an empty tensor {:?}", x.shape());
    }
    Ok(Maps { channels, area: height * width })
}

/// Mean and biased variance of each channel of a contiguous `x`.
pub(super) fn moments(x: &Tensor) -> Result<Moments> {
    Ok(maps(x)?.moments(Isa::detect(), Locked::new(x).values()?))
}

/// The normalised, rectified maps of a contiguous `x`.
pub(super) fn apply(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    moments: Moments,
    eps: f64,
    mode: Mode,
) -> Result<Tensor> {
    let maps = maps(x)?;
    let found = [gamma.elem_count(), beta.elem_count(), moments.mean.len(), moments.var.len()];
    if found != [maps.channels; 4] {
        bail!("{} channels, but {found:?} scales, shifts, means and variances", maps.channels);
    }
    let op = BatchNormRelu { maps, moments, eps, mode };
    x.apply_op3(&gamma.contiguous()?, &beta.contiguous()?, op)
}

impl CustomOp3 for BatchNormRelu {
    fn name(&self) -> &'static str {
        "batch norm and relu"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let affine = Affine {
            gamma: values(gamma, gamma_layout)?,
            beta: values(beta, beta_layout)?,
            eps: self.eps,
        };
        let y = self.maps.forward(Isa::detect(), values(x, x_layout)?, &self.moments, affine);
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        beta: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let dy = dy.contiguous()?;
        let [gamma_values, beta_values] = [gamma, beta].map(Locked::new);
        let affine =
            Affine { gamma: gamma_values.values()?, beta: beta_values.values()?, eps: self.eps };
        let grads = self.maps.backward(
            Isa::detect(),
            Locked::new(x).values()?,
            Locked::new(&dy).values()?,
            &self.moments,
            affine,
            self.mode,
        );
        Ok((
            Some(Tensor::from_vec(grads.x, x.shape(), x.device())?),
            Some(Tensor::from_vec(grads.gamma, gamma.shape(), x.device())?),
            Some(Tensor::from_vec(grads.beta, beta.shape(), x.device())?),
        ))
    }
}
