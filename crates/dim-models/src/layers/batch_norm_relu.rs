//! Batch normalisation followed by ReLU.

use candle_core::{DType, Device, Tensor, Var};
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

    /// The output in training mode as a constant, and the moments of the batch. The running
    /// statistics stay as they are.
    pub(crate) fn normalised(&self, x: &Tensor) -> candle_core::Result<(Tensor, BatchMoments)> {
        let (y, mean, var) = ops::batch_norm_relu_train(x, &self.weight, &self.bias, EPS)?;
        let values = |t: &Tensor| t.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.to_vec1();
        let moments = BatchMoments::new(values(&mean)?, values(&var)?, values_per_channel(x)?);
        Ok((y.detach(), moments))
    }

    /// Sets the running statistics to the averages of `batches` batches, given the sums over them.
    pub(crate) fn set_running(
        &self,
        sums: &BatchMoments,
        batches: usize,
    ) -> candle_core::Result<()> {
        let set = |running: &Var, sums: &[f64]| {
            let averages: Vec<f64> = sums.iter().map(|sum| sum / batches as f64).collect();
            let averages = Tensor::new(averages, &Device::Cpu)?.to_dtype(running.dtype())?;
            running.set(&averages.to_device(running.device())?)
        };
        set(&self.running_mean, &sums.mean)?;
        set(&self.running_var, &sums.var)?;
        self.num_batches_tracked.set(&Tensor::new(batches as i64, &Device::Cpu)?)
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
        blend(&self.running_mean, mean.clone())?;
        blend(&self.running_var, (var * unbiased(values))?)?;
        let batches = self.num_batches_tracked.to_scalar::<i64>()?;
        self.num_batches_tracked.set(&Tensor::new(batches + 1, &Device::Cpu)?)
    }
}

/// The unbiased variance of `values` values, divided by their biased variance.
fn unbiased(values: usize) -> f64 {
    values as f64 / (values.max(2) - 1) as f64
}

/// Mean and unbiased variance of each channel for a batch, or sums of those over batches.
#[derive(Debug, Clone)]
pub(crate) struct BatchMoments {
    mean: Vec<f64>,
    var: Vec<f64>,
}

impl BatchMoments {
    /// From the biased variance of a batch that had `values` values in each channel.
    pub(crate) fn new(mean: Vec<f64>, var: Vec<f64>, values: usize) -> Self {
        let var = var.into_iter().map(|var| var * unbiased(values)).collect();
        Self { mean, var }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let parts = [(&mut self.mean, &other.mean), (&mut self.var, &other.var)];
        for (sums, values) in parts {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
}

fn values_per_channel(x: &Tensor) -> candle_core::Result<usize> {
    let (batch, _, height, width) = x.dims4()?;
    Ok(batch * height * width)
}

impl ModuleT for BatchNormRelu {
    fn forward_t(&self, x: &Tensor, train: bool) -> candle_core::Result<Tensor> {
        if !train {
            let (mean, var) = (self.running_mean.detach(), self.running_var.detach());
            return ops::batch_norm_relu_eval(x, &self.weight, &self.bias, &mean, &var, EPS);
        }
        let (y, mean, var) = ops::batch_norm_relu_train(x, &self.weight, &self.bias, EPS)?;
        self.track(&mean, &var, values_per_channel(x)?)?;
        Ok(y)
    }
}
