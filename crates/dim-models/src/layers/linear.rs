//! Fully connected layer.

use candle_core::Tensor;
use candle_nn::Module;

use crate::error::Result;
use crate::parameters::ParameterBuilder;

/// `y = x W^T + b`.
///
/// # Shapes
/// Input `[batch, n_in]`, output `[batch, n_out]`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    /// Parameters `weight` `[n_out, n_in]` and `bias` `[n_out]`.
    ///
    /// # Errors
    /// When the device cannot hold them.
    pub fn new(mut params: ParameterBuilder<'_>, n_in: usize, n_out: usize) -> Result<Self> {
        Ok(Self {
            weight: params.uniform("weight", (n_out, n_in), n_in)?,
            bias: params.uniform("bias", n_out, n_in)?,
        })
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}
