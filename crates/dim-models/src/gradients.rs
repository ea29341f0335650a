//! The gradients of a step as one vector: its norm, and whether all values are finite.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor};

use crate::parameters::{Parameter, Parameters};

/// The Euclidean norm of the gradients of all parameters, summed in f64; or, if one is not finite,
/// its parameter and the first such value.
///
/// Of several such parameters it is the last: the one nearest to the loss in its network, from
/// which the fault spread to the layers before it.
pub(crate) fn norm<'a>(
    parameters: &'a Parameters,
    gradients: &GradStore,
) -> Result<std::result::Result<f64, (&'a Parameter, f32)>> {
    let found: Vec<(&Parameter, &Tensor)> = parameters
        .trainable()
        .filter_map(|parameter| Some((parameter, gradients.get(&parameter.var)?)))
        .collect();
    if found.is_empty() {
        return Ok(Ok(0.0));
    }
    // One vector: a single transfer from a GPU.
    let flat = found.iter().map(|(_, gradient)| gradient.flatten_all()).collect::<Result<Vec<_>>>();
    let values = Tensor::cat(&flat?, 0)?.to_vec1::<f32>()?;
    let (mut rest, mut total, mut fault) = (&values[..], 0.0, None);
    for (parameter, gradient) in found {
        let (values, after) = rest.split_at(gradient.elem_count());
        let sum = sum_of_squares(values);
        if !sum.is_finite() {
            fault = values.iter().find(|v| !v.is_finite()).map(|&v| (parameter, v));
        }
        (rest, total) = (after, total + sum);
    }
    Ok(fault.map_or(Ok(total.sqrt()), Err))
}

/// Squares of `f32`s cannot overflow an `f64`: the sum is finite exactly if all values are.
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (blocks, rest) = values.as_chunks::<8>();
    for block in blocks.iter().map(<[f32; 8]>::as_slice).chain([rest]) {
        for (sum, &value) in sums.iter_mut().zip(block) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    sums.iter().sum()
}

/// Scales every gradient by `min(1, largest / (norm + 1e-6))`, as PyTorch's `clip_grad_norm_` does.
/// Gradients within the limit keep their bits.
pub(crate) fn clip(
    parameters: &Parameters,
    gradients: &mut GradStore,
    norm: f64,
    largest: f64,
) -> Result<()> {
    let scale = largest / (norm + 1e-6);
    if scale >= 1.0 {
        return Ok(());
    }
    for parameter in parameters.trainable() {
        if let Some(gradient) = gradients.get(&parameter.var) {
            let scaled = (gradient * scale)?;
            gradients.insert(&parameter.var, scaled);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    /// Two parameters, of 11 and of 2 values, and their gradients.
    fn of(first: [f32; 11], second: [f32; 2]) -> (Parameters, GradStore) {
        let mut parameters = Parameters::new(0, DType::F32, &Device::Cpu);
        let a = parameters.constant("a", "weight", 11, 1.0).unwrap();
        let b = parameters.constant("b", "weight", 2, 1.0).unwrap();
        let times = |t: &Tensor, by: &[f32]| {
            (t * Tensor::new(by, &Device::Cpu).unwrap()).unwrap().sum_all().unwrap()
        };
        let loss = (times(&a, &first) + times(&b, &second)).unwrap();
        (parameters, loss.backward().unwrap())
    }

    #[test]
    fn the_norm_is_that_of_all_values_and_does_not_overflow() {
        let first = [1.0, -2.0, 3.0, 0.0, 5.0, 6.0, -7.0, 8.0, 9.0, 10.0, 11.0];
        let (parameters, gradients) = of(first, [2.0, -4.0]);
        let norm = norm(&parameters, &gradients).unwrap().unwrap();
        assert!((norm - 510.0_f64.sqrt()).abs() < 1e-12, "{norm}"); // 506 - 16 + 20
        let (parameters, gradients) = of([3e38; 11], [3e38, 0.0]);
        let norm = super::norm(&parameters, &gradients).unwrap().unwrap();
        assert!((norm / (3e38 * 12.0_f64.sqrt()) - 1.0).abs() < 1e-6, "{norm}");
    }

    #[test]
    fn the_last_gradient_that_is_not_finite_is_named() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 7, 8, 10] {
                let mut first = [0.5; 11];
                first[at] = bad;
                let (parameters, gradients) = of(first, [0.0; 2]);
                let (found, value) = norm(&parameters, &gradients).unwrap().unwrap_err();
                assert_eq!((found.name.as_str(), value.to_bits()), ("a.weight", bad.to_bits()));
                let (parameters, gradients) = of(first, [0.0, bad]);
                assert_eq!(norm(&parameters, &gradients).unwrap().unwrap_err().0.name, "b.weight");
            }
        }
    }

    #[test]
    fn clipping_keeps_the_direction_and_changes_nothing_within_the_limit() {
        let values = |parameters: &Parameters, gradients: &GradStore| {
            let of = |p: &Parameter| gradients.get(&p.var).unwrap().to_vec1::<f32>().unwrap();
            parameters.trainable().flat_map(of).collect::<Vec<f32>>()
        };
        let mut first = [0.0; 11];
        first[9] = 3.0;
        let (parameters, mut gradients) = of(first, [0.0, -4.0]);
        let before = values(&parameters, &gradients);
        clip(&parameters, &mut gradients, 5.0, 5.1).unwrap();
        assert_eq!(values(&parameters, &gradients), before);
        clip(&parameters, &mut gradients, 5.0, 0.5).unwrap();
        for (after, before) in values(&parameters, &gradients).into_iter().zip(before) {
            assert!((f64::from(after) - 0.5 / 5.000_001 * f64::from(before)).abs() < 1e-7);
        }
    }
}
