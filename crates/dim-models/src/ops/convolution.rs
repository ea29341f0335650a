//! Convolution and transposed convolution as candle operations, in f32 on the CPU.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::cpu::{Locked, values};
use crate::kernels::conv::{Conv, Window, flip_transpose};
use crate::kernels::simd::Isa;

/// A convolution of given sizes, and the gradients that it needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution {
    conv: Conv,
    /// The weights are `[c_in, c_out, k, k]`: those of the transposed map.
    transposed: bool,
    input_grad: bool,
    weight_grad: bool,
}

/// The gradients that are needed.
struct Grads {
    dx: Option<Tensor>,
    /// Of the weight and of the bias.
    dw: Option<(Tensor, Tensor)>,
}

impl Convolution {
    /// `None` if there is no kernel for this window.
    pub(super) fn direct(
        x: &Tensor,
        weight: &Tensor,
        padding: usize,
        stride: usize,
    ) -> Result<Option<Self>> {
        let (c_out, c_in, k, k2) = weight.dims4()?;
        let window = match (k, k2, stride, padding) {
            (1, 1, 1, 0) => Window::One,
            (3, 3, 1, 0..=2) => Window::Three { padding },
            (3, 3, 2, 0) => Window::ThreeStride2,
            _ => return Ok(None),
        };
        Self::new(x, weight, window, (c_in, c_out), false)
    }

    /// Stride 1, no padding. `None` if there is no kernel for this window.
    pub(super) fn transposed(x: &Tensor, weight: &Tensor) -> Result<Option<Self>> {
        let (c_in, c_out, k, k2) = weight.dims4()?;
        let window = match (k, k2) {
            (1, 1) => Window::One,
            (3, 3) => Window::Three { padding: 2 },
            _ => return Ok(None),
        };
        Self::new(x, weight, window, (c_in, c_out), true)
    }

    fn new(
        x: &Tensor,
        weight: &Tensor,
        window: Window,
        (c_in, c_out): (usize, usize),
        transposed: bool,
    ) -> Result<Option<Self>> {
        let (_, channels, height, width) = x.dims4()?;
        if channels != c_in {
            bail!(
                "the input has {channels} channels; the kernel {:?} expects {c_in}",
                weight.shape()
            );
        }
        if [c_in, c_out, height, width].contains(&0) {
            bail!(
                "convolution of an empty image {:?} or by an empty kernel {:?}",
                x.shape(),
                weight.shape()
            );
        }
        let conv = Conv { window, c_in, c_out, height, width };
        Ok(conv.out_size().map(|_| Self {
            conv,
            transposed,
            input_grad: x.track_op(),
            weight_grad: weight.track_op(),
        }))
    }

    pub(super) fn apply(
        self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (x, weight) = (x.contiguous()?, weight.contiguous()?);
        match bias {
            Some(bias) => {
                if bias.dims() != [self.conv.c_out] {
                    bail!("{} biases are needed, not {:?}", self.conv.c_out, bias.shape());
                }
                x.apply_op3(&weight, &bias.contiguous()?, self)
            }
            None => x.apply_op2(&weight, self),
        }
    }

    fn forward(
        &self,
        x: &[f32],
        x_shape: &Shape,
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let Some((height, width)) = self.conv.out_size() else {
            bail!("a kernel larger than the image {x_shape:?}")
        };
        let batch = x_shape.dims4()?.0;
        let y = self.conv.forward(Isa::detect(), x, &self.direct_weight(weight), bias);
        Ok((CpuStorage::F32(y), Shape::from((batch, self.conv.c_out, height, width))))
    }

    /// The gradients of the input and of weight and bias, as far as they are needed.
    fn backward(&self, x: &Tensor, weight: &Tensor, dy: &Tensor) -> Result<Grads> {
        let dy = dy.contiguous()?;
        let dy = Locked::new(&dy);
        let isa = Isa::detect();
        let dx = if self.input_grad {
            let weight = Locked::new(weight);
            let dx = self.conv.input_grad(isa, dy.values()?, &self.direct_weight(weight.values()?));
            Some(Tensor::from_vec(dx, x.shape(), x.device())?)
        } else {
            None
        };
        let dw = if self.weight_grad {
            let (dw, db) = self.conv.weight_grad(isa, Locked::new(x).values()?, dy.values()?);
            let Conv { c_in, c_out, window, .. } = self.conv;
            let dw =
                if self.transposed { flip_transpose(&dw, c_out, c_in, window.taps()) } else { dw };
            Some((
                Tensor::from_vec(dw, weight.shape(), x.device())?,
                Tensor::from_vec(db, c_out, x.device())?,
            ))
        } else {
            None
        };
        Ok(Grads { dx, dw })
    }

    /// The weights as those of the direct convolution.
    fn direct_weight<'a>(&self, weight: &'a [f32]) -> std::borrow::Cow<'a, [f32]> {
        let Conv { c_in, c_out, window, .. } = self.conv;
        if self.transposed {
            flip_transpose(weight, c_in, c_out, window.taps()).into()
        } else {
            weight.into()
        }
    }
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let weight = values(weight, weight_layout)?;
        self.forward(values(x, x_layout)?, x_layout.shape(), weight, None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Grads { dx, dw } = self.backward(x, weight, dy)?;
        Ok((dx, dw.map(|(dw, _)| dw)))
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let weight = values(weight, weight_layout)?;
        let bias = values(bias, bias_layout)?;
        self.forward(values(x, x_layout)?, x_layout.shape(), weight, Some(bias))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _bias: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Grads { dx, dw } = self.backward(x, weight, dy)?;
        let (dw, db) = dw.unzip();
        Ok((dx, dw, db))
    }
}
