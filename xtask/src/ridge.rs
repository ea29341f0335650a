//! The linear classifier of a probe on frozen features: one-vs-rest ridge regression whose penalty is
//! chosen by leave-one-out cross-validation.
//!
//! With `X [n, d]` the features standardised by the training set's mean and standard deviation
//! (divided by n), and `y [n, classes]` targets of +1 (the class) and -1 (the rest), the coefficients
//! `w [d, classes]` and intercepts `b [classes]` minimise
//!
//! ```text
//! |y - X w - b|^2 + penalty |w|^2
//! ```
//!
//! The intercept is not penalised; as `X` is centred, it is the mean of `y`. The penalty is the one
//! of a grid with the smallest mean squared leave-one-out error over observations and targets, the
//! first of equals. The errors of all n fits follow from one (Rifkin and Lippert, "Notes on Regularized
//! Least Squares", MIT-CSAIL-TR-2007-025, section 4, with the intercept taken out):
//!
//! ```text
//! error_i = c_i / (G^-1 - 1 1'/(n penalty))_ii,   c = G^-1 (y - mean y),   G = X X' + penalty 1
//! ```
//!
//! and one eigendecomposition, of `X X'` or of `X'X`, whichever is smaller, serves every penalty. This is
//! scikit-learn's `make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=penalties))`, in f64.
//!
//! Everything here runs on the calling thread: the bits do not depend on the number of threads, and
//! several fits may run at once. A fit takes up to `2 n d + 4 min(n, d)^2` numbers of 8 bytes.

mod leave_one_out;
mod standardization;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail, ensure};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use leave_one_out::LeaveOneOut;
use standardization::Standardization;

/// Rows that are standardised and classified together: a few tens of MB at the largest dimension.
const ROWS_AT_ONCE: usize = 256;

/// A fitted classifier; see the [module](self).
#[derive(Debug)]
pub struct RidgeClassifier {
    /// The labels seen, in ascending order: the columns below.
    classes: Vec<u8>,
    standardization: Standardization,
    /// `[d, classes]`, of standardised features.
    coefficients: Mat<f64>,
    intercepts: Vec<f64>,
    penalty: f64,
}

impl RidgeClassifier {
    /// Fits `features`, `[labels.len(), dimension]` row-major, with the best of `penalties`.
    ///
    /// A feature that is constant over the training set is given no weight.
    ///
    /// # Errors
    ///
    /// Where the features are empty, not finite or not as many as the labels say, the labels are of
    /// fewer than two classes, or the penalties are none or not positive and finite.
    pub fn fit(
        features: &[f32],
        dimension: usize,
        labels: &[u8],
        penalties: &[f64],
    ) -> Result<Self> {
        check_features(features, dimension, "training")?;
        check_lengths(features, dimension, labels, "training")?;
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        ensure!(
            classes.len() >= 2,
            "the training labels are all {}; a classifier needs two classes or more",
            classes[0]
        );
        ensure!(!penalties.is_empty(), "there is no ridge penalty to choose from");
        if let Some(penalty) = penalties.iter().find(|p| !(p.is_finite() && **p > 0.0)) {
            bail!("a ridge penalty is {penalty}; expected a positive, finite number");
        }

        let standardization = Standardization::of(features, dimension);
        let mut standardized = Vec::new();
        standardization.apply(features, &mut standardized);
        let x = MatRef::from_row_major_slice(&standardized, labels.len(), dimension);
        let (targets, intercepts) = centred_targets(labels, &classes);

        let leave_one_out = LeaveOneOut::of(x, targets)?;
        let penalty = leave_one_out.best_penalty(penalties)?;
        let coefficients = leave_one_out.coefficients(penalty);
        Ok(Self { classes, standardization, coefficients, intercepts, penalty })
    }

    /// The class of every row of `features`, `[rows, dimension]` row-major: the one with the largest
    /// decision value, the smallest label of equals.
    ///
    /// # Errors
    ///
    /// Where the features are empty, not finite or not whole rows of the training set's dimension.
    pub fn predict(&self, features: &[f32]) -> Result<Vec<u8>> {
        let decisions = self.decisions(features)?;
        let class_of = |row: &[f64]| {
            let best = (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best });
            self.classes[best]
        };
        Ok(decisions.chunks_exact(self.classes.len()).map(class_of).collect())
    }

    /// The share of rows that are given their label, from 0 to 1. A label that training never saw is
    /// never given.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict), and where labels and rows are not as many.
    pub fn accuracy(&self, features: &[f32], labels: &[u8]) -> Result<f64> {
        check_lengths(features, self.dimension(), labels, "test")?;
        let predicted = self.predict(features)?;
        let right = predicted.iter().zip(labels).filter(|(p, l)| p == l).count();
        Ok(right as f64 / labels.len() as f64)
    }

    /// The penalty chosen.
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    fn dimension(&self) -> usize {
        self.coefficients.nrows()
    }

    /// `X w + b`, `[rows, classes]` row-major.
    fn decisions(&self, features: &[f32]) -> Result<Vec<f64>> {
        let (dimension, classes) = (self.dimension(), self.classes.len());
        check_features(features, dimension, "test")?;
        let mut decisions = Vec::with_capacity(features.len() / dimension * classes);
        let mut standardized = Vec::new();
        for rows in features.chunks(ROWS_AT_ONCE * dimension) {
            self.standardization.apply(rows, &mut standardized);
            let x = MatRef::from_row_major_slice(&standardized, rows.len() / dimension, dimension);
            let values = product(x, self.coefficients.as_ref());
            for row in values.row_iter() {
                decisions.extend(row.iter().zip(&self.intercepts).map(|(value, b)| value + b));
            }
        }
        Ok(decisions)
    }
}

fn check_features(features: &[f32], dimension: usize, set: &str) -> Result<()> {
    ensure!(!features.is_empty(), "there are no {set} features");
    ensure!(
        dimension > 0 && features.len().is_multiple_of(dimension),
        "{} {set} values are no whole rows of dimension {dimension}",
        features.len()
    );
    match features.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(i) => bail!(
            "feature {} of {set} row {} is {}; a probe needs finite features",
            i % dimension,
            i / dimension,
            features[i]
        ),
    }
}

fn check_lengths(features: &[f32], dimension: usize, labels: &[u8], set: &str) -> Result<()> {
    let expected = labels.len().checked_mul(dimension).context("too many features")?;
    ensure!(
        features.len() == expected,
        "{} {set} labels of dimension {dimension} need {expected} features, not {}",
        labels.len(),
        features.len()
    );
    Ok(())
}

/// Targets of +1 and -1 less their mean, `[n, classes]`, and the means.
fn centred_targets(labels: &[u8], classes: &[u8]) -> (Mat<f64>, Vec<f64>) {
    let target = |i: usize, class: usize| if labels[i] == classes[class] { 1.0 } else { -1.0 };
    let n = labels.len();
    let means: Vec<f64> =
        (0..classes.len()).map(|c| (0..n).map(|i| target(i, c)).sum::<f64>() / n as f64).collect();
    (Mat::from_fn(n, classes.len(), |i, c| target(i, c) - means[c]), means)
}

/// `a b`, on the calling thread.
fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(a.nrows(), b.ncols());
    matmul(&mut result, Accum::Replace, a, b, 1.0, Par::Seq);
    result
}
