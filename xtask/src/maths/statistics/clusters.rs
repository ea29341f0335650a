//! The interval of a mean over values that come in clusters, such as crops of one photograph.

use super::intervals::t_quantile;
use super::{MeanInterval, mean};

/// The mean of `values` and its 95 % interval, robust to any dependence within a cluster; `clusters`
/// names the cluster of each value.
///
/// With r_i = x_i - mean, n values and G clusters, the variance of the mean is
/// `G / (G - 1) * sum over clusters (sum of r_i)^2 / n^2`, and the quantile is Student's of G - 1
/// degrees of freedom (Cameron and Miller, "A Practitioner's Guide to Cluster-Robust Inference",
/// Journal of Human Resources, 2015, for a regression on a constant). If every value is its own
/// cluster, this is [`MeanInterval::of`]. Fewer than two clusters have no interval.
pub fn clustered_interval(values: &[f64], clusters: &[usize]) -> MeanInterval {
    let mean = mean(values);
    let mut sums = std::collections::BTreeMap::new();
    for (value, cluster) in values.iter().zip(clusters) {
        *sums.entry(cluster).or_insert(0.0) += value - mean;
    }
    let (n, count) = (values.len() as f64, sums.len() as f64);
    let squares: f64 = sums.values().map(|sum: &f64| sum * sum).sum();
    let half_width = |t: f64| t * (count / (count - 1.0) * squares).sqrt() / n;
    MeanInterval { mean, interval_95: t_quantile(sums.len()).map(half_width) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_three_clusters_is_that_computed_by_hand() {
        // Mean 3; residuals (-2, -1), (0, 2), (1); sums of clusters -3, 2, 1; squares 14.
        // Variance 3/2 x 14 / 25 = 0.84; Student's quantile of 2 degrees of freedom 4.302653.
        let interval = clustered_interval(&[1.0, 2.0, 3.0, 5.0, 4.0], &[7, 7, 2, 2, 9]);
        assert_eq!(interval.mean, 3.0);
        let half = interval.interval_95.unwrap();
        assert!((half - 4.302_652_729_7 * 0.84f64.sqrt()).abs() < 1e-9, "{half}");
    }

    #[test]
    fn clusters_of_one_value_give_the_usual_interval() {
        let values = [0.3, 0.9, 0.4, 0.8];
        let ours = clustered_interval(&values, &[0, 1, 2, 3]);
        let usual = MeanInterval::of(&values);
        assert_eq!(ours.mean, usual.mean);
        assert!((ours.interval_95.unwrap() - usual.interval_95.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn repeating_every_value_within_its_cluster_does_not_narrow_the_interval() {
        let (values, clusters) = ([0.3, 0.9, 0.4], [0, 1, 2]);
        let thrice = |list: &[f64]| list.iter().flat_map(|&v| [v; 3]).collect::<Vec<_>>();
        let repeated = clustered_interval(&thrice(&values), &[0, 0, 0, 1, 1, 1, 2, 2, 2]);
        let once = clustered_interval(&values, &clusters);
        assert!((repeated.interval_95.unwrap() - once.interval_95.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn one_cluster_has_no_interval() {
        assert_eq!(clustered_interval(&[0.1, 0.2], &[4, 4]).interval_95, None);
        assert_eq!(clustered_interval(&[0.5, 0.5], &[0, 1]).interval_95, Some(0.0));
    }
}
