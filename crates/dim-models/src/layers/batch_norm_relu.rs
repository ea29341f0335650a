//! Batch normalisation followed by ReLU.

use candle_core::{DType, Tensor, Var};
use candle_nn::ModuleT;

use crate::error::{Error, Result};
use crate::kernels::batch_norm::Moments;
use crate::ops;
use crate::parameters::Parameters;

/// PyTorch's default.
pub(crate) const EPS: f64 = 1e-5;
/// Weight of the newest batch in the running statistics: PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// `relu(gamma (x - mean) / sqrt(var + eps) + beta)` per channel, eps 1e-5.
///
/// Training mode uses the batch's mean and biased variance, and moves the running statistics a
/// tenth of the way towards the batch's mean and *unbiased* variance, as PyTorch does. Evaluation
/// mode uses the running statistics.
///
/// # Shapes
/// Input and output `[batch, channels, h, w]`.
///
/// Source: Ioffe and Szegedy 2015, algorithm 1.
#[derive(Debug, Clone)]
pub struct BatchNormRelu {
    weight: Tensor,
    bias: Tensor,
    running_mean: Var,
    running_var: Var,
    num_batches_tracked: Var,
}

impl BatchNormRelu {
    /// Registers the parameters `name.weight` and `name.bias` and the statistics
    /// `name.running_mean` and `name.running_var`, each `[channels]`, and the counter
    /// `name.num_batches_tracked`.
    ///
    /// # Errors
    /// [`Error::Setting`] for 0 channels; [`Error::Candle`] if the device cannot hold the
    /// parameters.
    pub fn new(parameters: &mut Parameters, name: &str, channels: usize) -> Result<Self> {
        if channels == 0 {
            return Err(Error::setting("channels", channels, "at least 1"));
        }
        Ok(Self {
            weight: parameters.constant(name, "weight", channels, 1.0)?,
            bias: parameters.constant(name, "bias", channels, 0.0)?,
            running_mean: parameters.buffer(name, "running_mean", channels, 0.0)?,
            running_var: parameters.buffer(name, "running_var", channels, 1.0)?,
            num_batches_tracked: parameters.counter(name, "num_batches_tracked")?,
        })
    }

    /// The running statistics.
    pub(crate) fn running_moments(&self) -> candle_core::Result<Moments> {
        let values = |running: &Var| running.to_dtype(DType::F32)?.to_vec1();
        Ok(Moments { mean: values(&self.running_mean)?, var: values(&self.running_var)? })
    }

    /// Moves the running statistics towards the mean and biased variance of a batch that had
    /// `values` values in each channel.
    pub(crate) fn track(
        &self,
        mean: &Tensor,
        var: &Tensor,
        values: usize,
    ) -> candle_core::Result<()> {
        let blend = |running: &Var, batch: Tensor| {
            running.set(&((running.as_tensor() * (1.0 - MOMENTUM))? + (batch * MOMENTUM)?)?)
        };
        let unbiased = values as f64 / (values.max(2) - 1) as f64;
        blend(&self.running_mean, mean.clone())?;
        blend(&self.running_var, (var * unbiased)?)?;
        let batches = self.num_batches_tracked.to_scalar::<i64>()?;
        self.num_batches_tracked.set(&Tensor::new(batches + 1, &candle_core::Device::Cpu)?)
    }
}

impl ModuleT for BatchNormRelu {
    fn forward_t(&self, x: &Tensor, train: bool) -> candle_core::Result<Tensor> {
        if !train {
            let (mean, var) = (self.running_mean.detach(), self.running_var.detach());
            return ops::batch_norm_relu_eval(x, &self.weight, &self.bias, &mean, &var, EPS);
        }
        let (y, mean, var) = ops::batch_norm_relu_train(x, &self.weight, &self.bias, EPS)?;
        let (batch, _, height, width) = x.dims4()?;
        self.track(&mean, &var, batch * height * width)?;
        Ok(y)
    }
}
