//! Ridge regression of standardised features onto one target a class, with the best of several
//! penalties.
//!
//! As the standardised features `X` are centred, the intercept that minimises `|y - X w - b|^2 +
//! penalty |w|^2` is the mean of `y`. The leave-one-out errors of all n fits follow from one
//! (Rifkin and Lippert, "Notes on Regularized Least Squares", MIT-CSAIL-TR-2007-025, section 4,
//! with the intercept taken out):
//!
//! ```text
//! error_i = c_i / (G^-1 - 1 1'/(n penalty))_ii,   c = G^-1 (y - mean y),   G = X X' + penalty 1
//! ```
//!
//! and one eigendecomposition, of `X X'` or of `X'X`, whichever is smaller, serves every penalty
//! (`leave_one_out.rs`).
//!
//! Everything here runs on the calling thread, so the bits do not depend on the number of threads.

use faer::{Mat, MatRef};

use crate::leave_one_out::LeaveOneOut;
use crate::linalg::product;
use crate::standardization::Standardization;
use crate::{Error, Result};

/// Rows that are standardised and multiplied at once: a few tens of MB at the largest dimension.
const ROWS_AT_ONCE: usize = 256;

/// A fitted regression.
#[derive(Debug, Clone)]
pub(crate) struct Ridge {
    standardization: Standardization,
    /// `[d, classes]`, of standardised features.
    coefficients: Mat<f64>,
    intercepts: Vec<f64>,
    penalty: f64,
    /// Mean squared leave-one-out error of each penalty given.
    errors: Vec<f64>,
}

impl Ridge {
    /// Fits `features`, `[labels.len(), dimension]` row-major; labels are below `classes`.
    pub(crate) fn fit(
        features: &[f32],
        dimension: usize,
        labels: &[usize],
        classes: usize,
        penalties: &[f64],
    ) -> Result<Self> {
        let rows = checked_rows(features, dimension)?;
        if rows != labels.len() {
            return Err(Error::LabelCount { labels: labels.len(), rows });
        }
        if classes < 2 {
            return Err(Error::OneClass { labels: labels.len() });
        }
        check_penalties(penalties)?;

        let standardization = Standardization::of(features, dimension);
        let mut standardized = Vec::new();
        standardization.apply(features, &mut standardized);
        let x = MatRef::from_row_major_slice(&standardized, rows, dimension);
        let (targets, intercepts) = centred_targets(labels, classes);

        let leave_one_out = LeaveOneOut::of(x, targets)?;
        let errors: Vec<f64> =
            penalties.iter().map(|&penalty| leave_one_out.mean_squared_error(penalty)).collect();
        let penalty = best_penalty(penalties, &errors)?;
        let coefficients = leave_one_out.coefficients(penalty);
        Ok(Self { standardization, coefficients, intercepts, penalty, errors })
    }

    /// The column with the largest decision value of every row, the first of equals.
    pub(crate) fn predict(&self, features: &[f32]) -> Result<Vec<usize>> {
        let largest = |row: &[f64]| {
            (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
        };
        let values = self.decision_values(features)?;
        Ok(values.chunks_exact(self.intercepts.len()).map(largest).collect())
    }

    /// `X w + b`, `[rows, classes]` row-major.
    pub(crate) fn decision_values(&self, features: &[f32]) -> Result<Vec<f64>> {
        let (dimension, classes) = (self.coefficients.nrows(), self.intercepts.len());
        let mut decisions = Vec::with_capacity(checked_rows(features, dimension)? * classes);
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

    pub(crate) fn penalty(&self) -> f64 {
        self.penalty
    }

    pub(crate) fn leave_one_out_errors(&self) -> &[f64] {
        &self.errors
    }
}

/// The number of rows, where there are some and all are whole and finite.
fn checked_rows(features: &[f32], dimension: usize) -> Result<usize> {
    if features.is_empty() {
        return Err(Error::Empty);
    }
    if dimension == 0 || !features.len().is_multiple_of(dimension) {
        return Err(Error::RaggedRows { values: features.len(), dimension });
    }
    match features.iter().position(|value| !value.is_finite()) {
        None => Ok(features.len() / dimension),
        Some(i) => {
            Err(Error::NonFinite { row: i / dimension, feature: i % dimension, value: features[i] })
        }
    }
}

fn check_penalties(penalties: &[f64]) -> Result<()> {
    if penalties.is_empty() {
        return Err(Error::NoPenalties);
    }
    match penalties.iter().position(|penalty| !(penalty.is_finite() && *penalty > 0.0)) {
        None => Ok(()),
        Some(index) => Err(Error::Penalty { index, value: penalties[index] }),
    }
}

/// The penalty with the smallest finite error, the first of equals.
fn best_penalty(penalties: &[f64], errors: &[f64]) -> Result<f64> {
    let (mut best, mut least) = (None, f64::INFINITY);
    for (&penalty, &error) in penalties.iter().zip(errors) {
        if error < least {
            (best, least) = (Some(penalty), error);
        }
    }
    best.ok_or_else(|| Error::NoFiniteError {
        largest: penalties.iter().copied().fold(0.0, f64::max),
    })
}

/// Targets of +1 and -1 less their mean, `[n, classes]`, and the means.
fn centred_targets(labels: &[usize], classes: usize) -> (Mat<f64>, Vec<f64>) {
    let target = |i: usize, class: usize| if labels[i] == class { 1.0 } else { -1.0 };
    let n = labels.len();
    let means: Vec<f64> =
        (0..classes).map(|c| (0..n).map(|i| target(i, c)).sum::<f64>() / n as f64).collect();
    (Mat::from_fn(n, classes, |i, c| target(i, c) - means[c]), means)
}
