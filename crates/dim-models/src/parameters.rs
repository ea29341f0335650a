//! The named tensors of a model: what the optimiser updates and what a checkpoint holds.

use candle_core::{DType, Device, Shape, Tensor, Var};
use chacha20::ChaCha8Rng;
use rand::Rng;

use crate::error::Result;

/// One named tensor.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name that PyTorch would give, for example `encoder.0.weight`.
    pub name: String,
    /// The value, shared with the layer that uses it.
    pub var: Var,
    /// False for batch-norm statistics, which no gradient reaches.
    pub trainable: bool,
}

/// The named tensors of a model, in the order in which PyTorch's `state_dict` lists them.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    entries: Vec<Parameter>,
}

impl Parameters {
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
}

/// Creates parameters under a name prefix, drawing initial weights from one generator.
pub struct ParameterBuilder<'a> {
    parameters: &'a mut Parameters,
    rng: &'a mut ChaCha8Rng,
    prefix: String,
    dtype: DType,
    device: Device,
}

impl<'a> ParameterBuilder<'a> {
    /// A builder with an empty prefix.
    pub fn new(
        parameters: &'a mut Parameters,
        rng: &'a mut ChaCha8Rng,
        dtype: DType,
        device: &Device,
    ) -> Self {
        Self { parameters, rng, prefix: String::new(), dtype, device: device.clone() }
    }

    /// The same builder one level down: names gain `name.` in front.
    pub fn under(&mut self, name: impl std::fmt::Display) -> ParameterBuilder<'_> {
        ParameterBuilder {
            prefix: format!("{}{name}.", self.prefix),
            parameters: self.parameters,
            rng: self.rng,
            dtype: self.dtype,
            device: self.device.clone(),
        }
    }

    /// A trainable tensor drawn uniformly from `[-1/sqrt(fan_in), 1/sqrt(fan_in))`: PyTorch's default
    /// for the weights (Kaiming uniform with a = sqrt 5) and biases of linear and convolution layers.
    pub(crate) fn uniform(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        fan_in: usize,
    ) -> Result<Tensor> {
        let shape = shape.into();
        let bound = 1.0 / (fan_in as f64).sqrt();
        let unit = |bits: u32| f64::from(bits >> 8) / f64::from(1 << 24);
        let values: Vec<f64> = (0..shape.elem_count())
            .map(|_| (2.0 * unit(self.rng.next_u32()) - 1.0) * bound)
            .collect();
        // By way of the CPU: f64 does not exist on every device.
        let value = Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(self.dtype)?;
        Ok(self.add(name, value.to_device(&self.device)?, true)?.as_tensor().clone())
    }

    /// A trainable vector of equal values.
    pub(crate) fn constant(&mut self, name: &str, len: usize, value: f32) -> Result<Tensor> {
        let value = Tensor::full(value, len, &self.device)?.to_dtype(self.dtype)?;
        Ok(self.add(name, value, true)?.as_tensor().clone())
    }

    /// A vector of equal values that no gradient reaches.
    pub(crate) fn buffer(&mut self, name: &str, len: usize, value: f32) -> Result<Var> {
        let value = Tensor::full(value, len, &self.device)?.to_dtype(self.dtype)?;
        self.add(name, value, false)
    }

    /// A counter: a scalar i64, which stays on the CPU.
    pub(crate) fn counter(&mut self, name: &str) -> Result<Var> {
        self.add(name, Tensor::new(0i64, &Device::Cpu)?, false)
    }

    fn add(&mut self, name: &str, value: Tensor, trainable: bool) -> Result<Var> {
        let var = Var::from_tensor(&value)?;
        let name = format!("{}{name}", self.prefix);
        self.parameters.entries.push(Parameter { name, var: var.clone(), trainable });
        Ok(var)
    }
}
