//! Whether two quantities order the same things alike.

use super::mean;

/// Spearman's rank correlation, from -1 to 1: Pearson's correlation of the ranks, ties given the
/// mean of the ranks they span.
///
/// `None` where it is undefined: of fewer than two pairs, a constant quantity, or NaN.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    if first.iter().chain(&second).any(|value| value.is_nan()) {
        return None;
    }
    let (first, second) = (centred_ranks(&first), centred_ranks(&second));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (dot(&first, &first) * dot(&second, &second)).sqrt();
    (scale > 0.0).then(|| (dot(&first, &second) / scale).clamp(-1.0, 1.0))
}

/// Ranks less their mean, exact: multiples of a half.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let last = start + tied.len() - 1;
        for &i in tied {
            ranks[i] = (start + last) as f64 / 2.0;
        }
        start = last + 1;
    }
    let middle = mean(&ranks);
    ranks.iter().map(|rank| rank - middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::statistics::reference::{assert_near, pairs, reference};

    #[test]
    fn rank_correlations_with_and_without_ties_are_scipys() {
        for case in reference()["ranked"].as_array().unwrap() {
            assert_near(spearman(&pairs(&case["pairs"])).unwrap(), &case["rho"]);
        }
    }

    #[test]
    fn any_increasing_function_has_correlation_one() {
        let pairs: Vec<(f64, f64)> = (-9..9).map(|i| (f64::from(i), f64::from(i).exp())).collect();
        assert_eq!(spearman(&pairs), Some(1.0));
    }

    #[test]
    fn zeros_of_either_sign_are_tied() {
        assert_eq!(spearman(&[(0.0, 1.0), (-0.0, 2.0)]), None);
    }

    #[test]
    fn too_few_constant_and_nan_are_undefined() {
        assert_eq!(spearman(&[]), None);
        assert_eq!(spearman(&[(1.0, 2.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(spearman(&[(1.0, f64::NAN), (2.0, 3.0)]), None);
    }
}
