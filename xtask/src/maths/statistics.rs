//! The statistics that tables and figures show.

mod clusters;
mod intervals;
mod rank;
#[cfg(test)]
mod reference;
mod significance;

pub use clusters::clustered_interval;
pub use intervals::{MeanInterval, PairedDifference};
pub use rank::spearman;
pub use significance::{LEVEL, holm, p_value_beyond};

/// Arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sample standard deviation (divided by n - 1); 0 of a single value.
pub fn standard_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// The median; the mean of the middle two of an even number of values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The quantile `p`, from 0 to 1, by linear interpolation between the sorted values (numpy's
/// default); NaN of nothing.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = p * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    // Equal neighbours give their value, without rounding.
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// The share of values above 0; 0 of nothing.
pub fn share_above_zero(values: &[f64]) -> f64 {
    let above = values.iter().filter(|&&value| value > 0.0).count();
    above as f64 / values.len().max(1) as f64
}

/// `bins + 1` equally spaced edges over the range of all values; a range around a single value.
pub fn shared_edges<'a>(values: impl Iterator<Item = &'a f64>, bins: usize) -> Vec<f64> {
    let (mut low, mut high) = values.fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    if low > high {
        (low, high) = (0.0, 1.0);
    } else if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    (0..=bins).map(|i| low + (high - low) * i as f64 / bins as f64).collect()
}

/// How many values fall between each pair of neighbouring edges; the last bin is closed.
pub fn histogram(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let bins = edges.len() - 1;
    let mut counts = vec![0; bins];
    for &value in values {
        let bin = edges.partition_point(|&edge| edge <= value);
        if (1..=bins).contains(&bin) {
            counts[bin - 1] += 1;
        } else if value == edges[bins] {
            counts[bins - 1] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_spread_and_median_of_known_values() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), 5.0);
        assert!((standard_deviation(&values) - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(median(&values), 4.5);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(standard_deviation(&[1.0]), 0.0);
    }

    #[test]
    fn quantiles_lie_between_sorted_values() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile(&values, p)), [1.0, 2.5, 4.0]);
        assert!((quantile(&values, 0.1) - 1.3).abs() < 1e-12);
        assert_eq!(quantile(&[0.7], 0.3), 0.7);
        assert_eq!(quantile(&[0.1; 7], 0.3), 0.1);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn only_values_above_zero_are_a_share() {
        assert_eq!(share_above_zero(&[0.5, 0.0, -1.0, 2.0]), 0.5);
        assert_eq!(share_above_zero(&[]), 0.0);
    }

    #[test]
    fn every_value_is_counted_once() {
        let values = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0];
        let edges = shared_edges(values.iter(), 4);
        assert_eq!(edges, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(histogram(&values, &edges), [2, 1, 1, 2]);
    }

    #[test]
    fn one_repeated_value_has_a_bin_around_it() {
        let edges = shared_edges([2.0, 2.0].iter(), 2);
        assert_eq!(edges, [1.5, 2.0, 2.5]);
        assert_eq!(histogram(&[2.0, 2.0], &edges), [0, 2]);
    }
}
