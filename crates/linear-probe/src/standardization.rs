//! Features less their mean, over their standard deviation: both the training set's.

/// Mean and inverse standard deviation of every feature.
#[derive(Debug, Clone)]
pub(crate) struct Standardization {
    means: Vec<f64>,
    /// 0 of a constant feature.
    inverse_deviations: Vec<f64>,
}

impl Standardization {
    /// Of `features`, `[n, dimension]` row-major; the deviation is divided by n.
    pub(crate) fn of(features: &[f32], dimension: usize) -> Self {
        let n = (features.len() / dimension) as f64;
        let mut means = vec![0.0; dimension];
        for row in features.chunks_exact(dimension) {
            for (mean, &value) in means.iter_mut().zip(row) {
                *mean += f64::from(value);
            }
        }
        means.iter_mut().for_each(|mean| *mean /= n);

        let mut variances = vec![0.0; dimension];
        for row in features.chunks_exact(dimension) {
            for ((variance, &mean), &value) in variances.iter_mut().zip(&means).zip(row) {
                *variance += (f64::from(value) - mean).powi(2);
            }
        }
        // A constant's mean is off by rounding, and so its variance is not 0: scikit-learn's bound
        // on it.
        let inverse = |(&mean, sum): (&f64, f64)| {
            let variance = sum / n;
            let rounding = n * f64::EPSILON * variance + (n * f64::EPSILON * mean).powi(2);
            if variance <= rounding { 0.0 } else { variance.sqrt().recip() }
        };
        let inverse_deviations = means.iter().zip(variances).map(inverse).collect();
        Self { means, inverse_deviations }
    }

    /// Replaces `standardized` by `features`, whole rows, standardised.
    pub(crate) fn apply(&self, features: &[f32], standardized: &mut Vec<f64>) {
        standardized.clear();
        for row in features.chunks_exact(self.means.len()) {
            let of_feature = row.iter().zip(&self.means).zip(&self.inverse_deviations);
            standardized.extend(of_feature.map(|((&v, mean), inv)| (f64::from(v) - mean) * inv));
        }
    }
}
