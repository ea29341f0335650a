//! Scale, mean, standard deviation and quantiles of a few thousand numbers.

/// Numbers whose sum is taken first. The rounding error then grows with the number of blocks, not
/// of numbers.
const BLOCK: usize = 256;

/// Multiplies finite values by a power of two that brings the largest of them near 1, or as near as
/// exponents allow.
///
/// After that no square or cube of a difference overflows or vanishes. The product is exact, except
/// for values too small beside the largest to matter.
pub(crate) fn bring_near_one(values: &mut [f64]) {
    let largest = values.iter().fold(0.0_f64, |max, v| v.abs().max(max));
    let exponent = ((largest.to_bits() >> 52) as i64 - 1023).clamp(-1000, 1000);
    let unit = f64::from_bits(((1023 - exponent) as u64) << 52);
    values.iter_mut().for_each(|v| *v *= unit);
}

/// The arithmetic mean; NaN if there are no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    mean_of(values, |v| v)
}

/// The mean of a function of the values.
pub(crate) fn mean_of(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let block_sum = |block: &[f64]| block.iter().map(|&v| f(v)).sum::<f64>();
    values.chunks(BLOCK).map(block_sum).sum::<f64>() / values.len() as f64
}

/// The standard deviation with divisor `len - freedom`.
pub(crate) fn standard_deviation(values: &[f64], freedom: usize) -> f64 {
    let n = values.len() as f64;
    let mean = mean(values);
    let variance = mean_of(values, |v| (v - mean) * (v - mean));
    (variance * (n / (n - freedom as f64))).sqrt()
}

/// The quantile of sorted values at `q`, 0 to 1: linear between the two nearest values, with the
/// rounding of `numpy.quantile`.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let last = sorted.len() - 1;
    let position = last as f64 * q;
    let below = (position as usize).min(last);
    let (a, b) = (sorted[below], sorted[(below + 1).min(last)]);
    let t = position - below as f64;
    if t < 0.5 { a + (b - a) * t } else { b - (b - a) * (1.0 - t) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_standard_deviations_equal_those_of_numpy() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/estimator_reference.json")).unwrap();
        let mut state = 3_u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / 4_294_967_296.0
        };
        let mut values: Vec<f64> = (0..40).map(|_| uniform()).collect();
        let spread = standard_deviation(&values, 1);
        assert!((spread - reference["std"].as_f64().unwrap()).abs() < 1e-15, "{spread}");
        values.sort_unstable_by(f64::total_cmp);
        for (q, expected) in reference["quantiles"].as_object().unwrap() {
            let off = quantile(&values, q.parse().unwrap()) - expected.as_f64().unwrap();
            // serde_json may round the last digit differently.
            assert!(off.abs() < 1e-15, "{q}: {off:e}");
        }
        assert_eq!(quantile(&[4.0], 0.3), 4.0);
    }
}
