//! The Adam optimiser.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::error::{Error, Result};
use crate::parameters::Parameters;

/// Settings of [`Adam`]; the defaults are the study's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamConfig {
    /// Step size, 1e-4.
    pub learning_rate: f64,
    /// Decay of the mean of gradients, 0.9.
    pub beta1: f64,
    /// Decay of the mean of squared gradients, 0.999.
    pub beta2: f64,
    /// Added to the denominator, 1e-8.
    pub eps: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { learning_rate: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8 }
    }
}

impl AdamConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is not.
    pub fn validate(&self) -> Result<()> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        let decay = |v: f64| (0.0..1.0).contains(&v);
        if !positive(self.learning_rate) {
            let expected = "a finite number above 0";
            return Err(Error::setting("learning-rate", self.learning_rate, expected));
        }
        for (name, beta) in [("adam-beta1", self.beta1), ("adam-beta2", self.beta2)] {
            if !decay(beta) {
                return Err(Error::setting(name, beta, "at least 0 and below 1"));
            }
        }
        if !positive(self.eps) {
            return Err(Error::setting("adam-eps", self.eps, "a finite number above 0"));
        }
        Ok(())
    }
}

/// Adam without weight decay: `w -= lr m^ / (sqrt(v^) + eps)` with bias-corrected moments.
///
/// [`Trainer`](crate::Trainer) uses it; it is public for training loops of your own, as under
/// [`DeepInfoMax::losses`](crate::DeepInfoMax::losses).
///
/// Source: Kingma and Ba 2015, algorithm 1; the order of operations is PyTorch's.
#[derive(Debug)]
pub struct Adam {
    config: AdamConfig,
    steps: i32,
    states: Vec<State>,
}

#[derive(Debug)]
struct State {
    var: Var,
    mean: Tensor,
    mean_square: Tensor,
}

impl Adam {
    /// An optimiser of the trainable ones of `parameters`, with moments of 0.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range; [`Error::Candle`] if the device cannot
    /// hold the moments.
    pub fn new(parameters: &Parameters, config: AdamConfig) -> Result<Self> {
        config.validate()?;
        Self::of_vars(parameters.trainable().map(|p| p.var.clone()), config)
    }

    fn of_vars(vars: impl Iterator<Item = Var>, config: AdamConfig) -> Result<Self> {
        let states = vars.map(|var| {
            let zeros = var.zeros_like()?.detach();
            Ok(State { var, mean: zeros.clone(), mean_square: zeros })
        });
        Ok(Self { config, steps: 0, states: states.collect::<Result<_>>()? })
    }

    /// Updates every parameter that has a gradient in `gradients`; the others keep their value and
    /// moments.
    ///
    /// # Errors
    /// [`Error::Candle`] if a gradient has another shape than its parameter, or the device fails.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        let AdamConfig { learning_rate, beta1, beta2, eps } = self.config;
        self.steps += 1;
        let step_size = learning_rate / (1.0 - beta1.powi(self.steps));
        let correction = (1.0 - beta2.powi(self.steps)).sqrt();
        for State { var, mean, mean_square } in &mut self.states {
            let Some(gradient) = gradients.get(var) else { continue };
            *mean = ((&*mean * beta1)? + (gradient * (1.0 - beta1))?)?.detach();
            *mean_square =
                ((&*mean_square * beta2)? + (gradient.sqr()? * (1.0 - beta2))?)?.detach();
            let denominator = ((mean_square.sqrt()? / correction)? + eps)?;
            var.set(&(var.as_tensor().detach() - ((&*mean / denominator)? * step_size)?)?)?;
        }
        Ok(())
    }

    /// The means of the gradients and of their squares, for each parameter in order.
    pub(crate) fn moments(&self) -> impl Iterator<Item = [&Tensor; 2]> {
        self.states.iter().map(|state| [&state.mean, &state.mean_square])
    }

    /// Continues after `steps` steps with these moments, which are in the order of the parameters.
    pub(crate) fn resume(&mut self, steps: i32, moments: Vec<[Tensor; 2]>) {
        self.steps = steps;
        for (state, [mean, mean_square]) in self.states.iter_mut().zip(moments) {
            (state.mean, state.mean_square) = (mean, mean_square);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_first_step_moves_by_the_learning_rate_against_the_gradient() {
        let var = Var::new(&[1.0f64, -1.0, 0.5], &Device::Cpu).unwrap();
        let mut adam = Adam::of_vars([var.clone()].into_iter(), AdamConfig::default()).unwrap();
        let coefficients = Tensor::new(&[3.0f64, -0.01, 0.0], &Device::Cpu).unwrap();
        let loss = (var.as_tensor() * coefficients).unwrap().sum_all().unwrap();
        adam.step(&loss.backward().unwrap()).unwrap();
        let moved = var.to_vec1::<f64>().unwrap();
        for (got, expected) in moved.iter().zip([1.0 - 1e-4, -1.0 + 1e-4, 0.5]) {
            assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
        }
    }

    #[test]
    fn several_steps_match_a_scalar_reference() {
        let config = AdamConfig { learning_rate: 0.1, ..AdamConfig::default() };
        let var = Var::new(2.0f64, &Device::Cpu).unwrap();
        let mut adam = Adam::of_vars([var.clone()].into_iter(), config).unwrap();
        let (mut w, mut m, mut v) = (2.0f64, 0.0f64, 0.0f64);
        for t in 1..=20 {
            adam.step(&var.sqr().unwrap().backward().unwrap()).unwrap();
            let g = 2.0 * w;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            w -= 0.1 * m_hat / (v_hat.sqrt() + 1e-8);
        }
        assert!((var.to_scalar::<f64>().unwrap() - w).abs() < 1e-12);
    }
}
