//! The weights of one case in the layers of another.

use super::DeepInfoMax;
use crate::case::{Case, LayerKind};
use crate::encoder::Encoder;
use crate::error::Result;
use crate::ops;

impl DeepInfoMax {
    /// A new model with the layers of `case` and this model's weights. Nothing is shared: training
    /// one does not change the other.
    ///
    /// A transposed convolution with stride 1 is a convolution with full padding, its kernel
    /// transposed in the two channel axes and flipped in both spatial axes. So between
    /// `[out, in, 3, 3]` of a convolution and `[in, out, 3, 3]` of a transposed one, the kernels of
    /// the encoder change in that way. Everything else is carried over as it is: biases, batch norm
    /// with its running statistics, and the objective networks. In evaluation mode the maps of the
    /// two models are equal where no layer's padding reaches, 4 pixels or more from the image's
    /// border, up to rounding. The cases differ only in what they do at the border.
    ///
    /// No value changes: from a case to another and back gives the same bits.
    ///
    /// ```
    /// use dim_models::{Case, DType, DeepInfoMax, Device, ModelConfig, Tensor};
    ///
    /// let config = ModelConfig::default();
    /// let model = DeepInfoMax::new(Case::A, &config, 0, DType::F32, &Device::Cpu)?;
    /// let image = Tensor::rand(0f32, 1.0, (1, 1, 32, 32), &Device::Cpu)?;
    /// assert_eq!(model.encode(&image)?.maps.dims(), [1, 32, 24, 24]);
    /// let grown = model.with_layers_of(Case::B)?;
    /// assert_eq!(grown.encode(&image)?.maps.dims(), [1, 32, 40, 40]); // the same in the centre
    /// # Ok::<(), dim_models::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Candle`](crate::Error::Candle) if the device cannot hold the model.
    pub fn with_layers_of(&self, case: Case) -> Result<Self> {
        let other = Self::new(case, &self.config, 0, self.parameters.dtype(), &self.device)?;
        let changed: Vec<String> = (self.case.layers().into_iter().zip(case.layers()).enumerate())
            .filter(|(_, (from, to))| (*from == LayerKind::Up) != (*to == LayerKind::Up))
            .map(|(layer, _)| Encoder::kernel_name(layer))
            .collect();
        // All cases have the same parameters in the same order.
        for (from, to) in self.parameters.iter().zip(other.parameters.iter()) {
            if changed.contains(&from.name) {
                to.var.set(&ops::transposed_kernel(&from.var)?)?;
            } else {
                to.var.set(&from.var)?;
            }
        }
        Ok(other)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};
    use rand::Rng;

    use super::*;
    use crate::config::ModelConfig;
    use crate::random::{Purpose, generator};

    /// `count` values in `[-1, 1)`.
    fn random(count: usize, stream: u64) -> Vec<f32> {
        let mut rng = generator(7, Purpose::Weights, stream);
        (0..count).map(|_| (rng.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    /// A model with random weights, also of the batch norms, and random running statistics.
    fn model(case: Case) -> DeepInfoMax {
        let model =
            DeepInfoMax::new(case, &ModelConfig::default(), 3, DType::F32, &Device::Cpu).unwrap();
        for (i, parameter) in model.parameters().iter().enumerate() {
            let norm = ["encoder.1.", "encoder.4.", "encoder.7."];
            if parameter.var.dtype() == DType::I64 {
                parameter.var.set(&Tensor::new(11_i64, &Device::Cpu).unwrap()).unwrap();
            } else if norm.iter().any(|norm| parameter.name.starts_with(norm)) {
                let scale = parameter.name.ends_with("weight") || parameter.name.ends_with("var");
                let centre = if scale { 1.0 } else { 0.0 };
                let values = random(parameter.var.elem_count(), i as u64);
                let values: Vec<f32> = values.into_iter().map(|v| centre + 0.5 * v).collect();
                parameter.var.set(&Tensor::new(values, &Device::Cpu).unwrap()).unwrap();
            }
        }
        model
    }

    fn bits(t: &Tensor) -> Vec<u64> {
        match t.dtype() {
            DType::I64 => vec![t.to_scalar::<i64>().unwrap() as u64],
            _ => {
                let values = t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                values.into_iter().map(|v| v.to_bits().into()).collect()
            }
        }
    }

    fn all_bits(model: &DeepInfoMax) -> Vec<(String, Vec<usize>, Vec<u64>)> {
        let of = |p: &crate::Parameter| (p.name.clone(), p.var.dims().to_vec(), bits(&p.var));
        model.parameters().iter().map(of).collect()
    }

    /// The centre of the maps that every case can compute from the pixels of the image alone.
    const INTERIOR: usize = 88;

    fn interior(maps: &Tensor) -> Vec<f32> {
        let first = (maps.dim(3).unwrap() - INTERIOR) / 2;
        let centre = maps.narrow(2, first, INTERIOR).unwrap().narrow(3, first, INTERIOR).unwrap();
        centre.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn with_the_same_kernels_all_cases_have_equal_interiors() {
        let pixels = random(96 * 96, 99).into_iter().map(|v| v.mul_add(0.5, 0.5)).collect();
        let x = Tensor::from_vec::<_, f32>(pixels, (1, 1, 96, 96), &Device::Cpu).unwrap();
        for trained in Case::ALL {
            let model = model(trained);
            let expected = interior(&model.encode(&x).unwrap().maps);
            let scale = expected.iter().fold(0_f32, |max, v| max.max(v.abs()));
            for case in Case::ALL {
                let maps = model.with_layers_of(case).unwrap().encode(&x).unwrap().maps;
                assert_eq!(maps.dims()[2..], [case.sizes(96).unwrap()[4]; 2]);
                for (found, expected) in interior(&maps).iter().zip(&expected) {
                    let error = (found - expected).abs() / scale;
                    assert!(error < 1e-5, "{trained} as {case}: {found}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn to_another_case_and_back_gives_the_same_bits() {
        for from in Case::ALL {
            let model = model(from);
            for to in Case::ALL {
                let other = model.with_layers_of(to).unwrap();
                assert_eq!(other.case(), to);
                let back = other.with_layers_of(from).unwrap();
                assert_eq!(all_bits(&back), all_bits(&model), "{from} to {to} and back");
                if to == from {
                    assert_eq!(all_bits(&other), all_bits(&model), "{from}: a copy");
                }
            }
        }
    }

    #[test]
    fn the_new_model_shares_no_storage() {
        for to in [Case::A, Case::B] {
            let model = model(Case::A);
            let before = all_bits(&model);
            for parameter in model.with_layers_of(to).unwrap().parameters().iter() {
                parameter.var.set(&parameter.var.zeros_like().unwrap()).unwrap();
            }
            assert_eq!(all_bits(&model), before, "A as {to}");
        }
    }
}
