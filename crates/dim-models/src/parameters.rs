//! The named tensors of a model: what the optimiser updates and what a checkpoint holds.

use candle_core::{DType, Device, Shape, Tensor, Var};
use rand::Rng;

use crate::error::Result;
use crate::random::{Purpose, generator};

/// One named tensor.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name that PyTorch would give, for example `encoder.0.weight`.
    pub name: String,
    /// The value. The layer that uses it shares it.
    pub var: Var,
    /// False for batch-norm statistics, which no gradient reaches.
    pub trainable: bool,
}

/// The named tensors of a model, in the order of PyTorch's `state_dict`.
///
/// Layers register their tensors here when they are made, and draw initial weights from one
/// stream: the same layers in the same order get the same weights from the same seed.
#[derive(Debug, Clone)]
pub struct Parameters {
    entries: Vec<Parameter>,
    seed: u64,
    /// Values drawn for initial weights.
    drawn: u64,
    dtype: DType,
    device: Device,
}

impl Parameters {
    /// No tensors yet. Those to come have type `dtype` on `device`; `seed` decides their initial
    /// weights.
    pub fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        Self { entries: Vec::new(), seed, drawn: 0, dtype, device: device.clone() }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.entries.iter()
    }

    /// Those that the optimiser updates, in order.
    pub fn trainable(&self) -> impl Iterator<Item = &Parameter> {
        self.entries.iter().filter(|p| p.trainable)
    }

    /// The parameter called `name`.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.entries.iter().find(|p| p.name == name)
    }

    /// The type of every tensor but the counters.
    pub(crate) fn dtype(&self) -> DType {
        self.dtype
    }

    /// A trainable tensor `layer.name`, drawn uniformly from `[-1/sqrt(fan_in), 1/sqrt(fan_in))`.
    /// That is PyTorch's default for linear and convolution layers (for weights: Kaiming uniform
    /// with a = sqrt 5).
    pub(crate) fn uniform(
        &mut self,
        layer: &str,
        name: &str,
        shape: impl Into<Shape>,
        fan_in: usize,
    ) -> Result<Tensor> {
        let shape = shape.into();
        let bound = 1.0 / (fan_in as f64).sqrt();
        let unit = |bits: u32| f64::from(bits >> 8) / f64::from(1 << 24);
        let mut rng = generator(self.seed, Purpose::Weights, 0);
        rng.set_word_pos(self.drawn.into());
        let values: Vec<f64> =
            (0..shape.elem_count()).map(|_| (2.0 * unit(rng.next_u32()) - 1.0) * bound).collect();
        self.drawn += values.len() as u64;
        // Converted on the CPU: not every device has f64.
        let value = Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(self.dtype)?;
        let value = value.to_device(&self.device)?;
        Ok(self.add(layer, name, value, true)?.as_tensor().clone())
    }

    /// A trainable vector of equal values.
    pub(crate) fn constant(
        &mut self,
        layer: &str,
        name: &str,
        len: usize,
        value: f32,
    ) -> Result<Tensor> {
        let value = Tensor::full(value, len, &self.device)?.to_dtype(self.dtype)?;
        Ok(self.add(layer, name, value, true)?.as_tensor().clone())
    }

    /// A vector of equal values that no gradient reaches.
    pub(crate) fn buffer(
        &mut self,
        layer: &str,
        name: &str,
        len: usize,
        value: f32,
    ) -> Result<Var> {
        let value = Tensor::full(value, len, &self.device)?.to_dtype(self.dtype)?;
        self.add(layer, name, value, false)
    }

    /// A counter: a scalar i64, which stays on the CPU.
    pub(crate) fn counter(&mut self, layer: &str, name: &str) -> Result<Var> {
        self.add(layer, name, Tensor::new(0i64, &Device::Cpu)?, false)
    }

    fn add(&mut self, layer: &str, name: &str, value: Tensor, trainable: bool) -> Result<Var> {
        let var = Var::from_tensor(&value)?;
        let name = format!("{layer}.{name}");
        self.entries.push(Parameter { name, var: var.clone(), trainable });
        Ok(var)
    }
}
