//! Means with their 95 % intervals, and paired differences.
//!
//! An interval is Student's: `mean ± t sd / sqrt(n)`, with `t` the 97.5 % quantile of n - 1 degrees
//! of freedom. It holds for independent, nearly normal values, however few.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{mean, standard_deviation};

/// A mean over images or seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MeanInterval {
    /// NaN of nothing.
    pub mean: f64,
    /// Half width of the 95 % interval of that mean; `None` of fewer than two values.
    pub interval_95: Option<f64>,
}

impl MeanInterval {
    /// The mean of `values` and its interval.
    pub fn of(values: &[f64]) -> Self {
        Self::from_sd(mean(values), standard_deviation(values), values.len())
    }

    /// The same from the mean, the sample standard deviation and the number of values.
    pub fn from_sd(mean: f64, sd: f64, n: usize) -> Self {
        let half_width = |t: f64| t * sd / (n as f64).sqrt();
        Self { mean, interval_95: t_quantile(n).map(half_width) }
    }

    /// The ends of the interval; `None` of fewer than two values.
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.interval_95.map(|half| (self.mean - half, self.mean + half))
    }
}

/// The same with four decimals: `0.1200 ± 0.0300`; without an interval, `0.1200`.
impl std::fmt::Display for MeanInterval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.interval_95 {
            Some(half) => write!(f, "{:.4} ± {half:.4}", self.mean),
            None => write!(f, "{:.4}", self.mean),
        }
    }
}

/// How far one quantity is above another, over the same images or seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedDifference {
    /// Mean of the differences and its interval.
    #[serde(flatten)]
    pub difference: MeanInterval,
    /// Cohen's d of paired samples, `d_z = mean / sd` of the differences (Lakens, "Calculating and
    /// reporting effect sizes", Frontiers in Psychology, 2013); `None` of fewer than two pairs, or
    /// where the differences are equal up to rounding.
    pub cohens_d: Option<f64>,
}

impl PairedDifference {
    /// Of the first of each pair less the second.
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
        let difference = MeanInterval::of(&differences);
        let deviation = standard_deviation(&differences);
        let largest = pairs.iter().fold(0.0f64, |m, (a, b)| m.max(a.abs()).max(b.abs()));
        let rounding = 4.0 * f64::EPSILON * largest;
        let cohens_d = (deviation > rounding).then(|| difference.mean / deviation);
        Self { difference, cohens_d }
    }
}

/// The 97.5 % quantile of Student's distribution of n - 1 degrees of freedom; `None` of n below 2.
pub(super) fn t_quantile(n: usize) -> Option<f64> {
    let freedom = n.checked_sub(1)? as f64;
    Some(StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::maths::statistics::reference::{assert_near, numbers, pairs, reference};

    fn assert_interval(ours: MeanInterval, theirs: &Value) {
        assert_near(ours.mean, &theirs["mean"]);
        assert_near(ours.interval_95.unwrap(), &theirs["interval_95"]);
    }

    #[test]
    fn quantiles_and_intervals_are_scipys() {
        for row in reference()["t_975"].as_array().unwrap() {
            let freedom = row[0].as_u64().unwrap() as usize;
            assert_near(t_quantile(freedom + 1).unwrap(), &row[1]);
        }
        for sample in reference()["samples"].as_array().unwrap() {
            assert_interval(MeanInterval::of(&numbers(&sample["values"])), sample);
        }
    }

    #[test]
    fn paired_differences_are_scipys() {
        for case in reference()["pairs"].as_array().unwrap() {
            let ours = PairedDifference::of(&pairs(&case["pairs"]));
            assert_interval(ours.difference, case);
            assert_near(ours.cohens_d.unwrap(), &case["cohens_d"]);
        }
    }

    #[test]
    fn one_value_has_no_interval_and_equal_ones_one_of_no_width() {
        assert_eq!(MeanInterval::of(&[0.5]), MeanInterval { mean: 0.5, interval_95: None });
        assert_eq!(MeanInterval::of(&[0.5, 0.5]).interval_95, Some(0.0));
        assert!(MeanInterval::of(&[]).mean.is_nan());
    }

    #[test]
    fn effect_of_one_pair_or_of_equal_differences_is_undefined() {
        assert_eq!(PairedDifference::of(&[(0.7, 0.6)]).cohens_d, None);
        // In f64 these differences of 0.1 are not quite equal.
        let pairs = [(0.7, 0.6), (0.8, 0.7), (0.4, 0.3)];
        assert_eq!(PairedDifference::of(&pairs).cohens_d, None);
        assert_eq!(PairedDifference::of(&[(1.0, 1.0), (2.0, 2.0)]).cohens_d, None);
    }
}
