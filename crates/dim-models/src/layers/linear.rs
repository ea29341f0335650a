//! Fully connected layer.

use candle_core::Tensor;
use candle_nn::Module;

use super::description::{NetworkLayer, NetworkLayerKind};
use crate::error::{Error, Result};
use crate::parameters::Parameters;

/// `y = x W^T + b`.
///
/// # Shapes
/// Input `[batch, in_features]`, output `[batch, out_features]`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    /// Registers `name.weight` `[out_features, in_features]` and `name.bias` `[out_features]`.
    ///
    /// # Errors
    /// [`Error::Setting`] if a size is 0; [`Error::Candle`] if the device cannot hold the
    /// parameters.
    pub fn new(
        parameters: &mut Parameters,
        name: &str,
        in_features: usize,
        out_features: usize,
    ) -> Result<Self> {
        for (setting, size) in [("in-features", in_features), ("out-features", out_features)] {
            if size == 0 {
                return Err(Error::setting(setting, size, "at least 1"));
            }
        }
        let shape = (out_features, in_features);
        Ok(Self {
            weight: parameters.uniform(name, "weight", shape, in_features)?,
            bias: parameters.uniform(name, "bias", out_features, in_features)?,
        })
    }

    /// What the layer does, read from what it computes with.
    pub(crate) fn description(&self) -> NetworkLayer {
        let shape = self.weight.dims();
        NetworkLayer { kind: NetworkLayerKind::Linear, inputs: shape[1], outputs: shape[0] }
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}
