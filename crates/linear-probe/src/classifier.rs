//! The classifier: labels to columns of the regression, and back.

use crate::ridge::Ridge;
use crate::{Error, Result};

/// A ridge classifier, one class against the rest, whose penalty is chosen by leave-one-out
/// cross-validation.
///
/// With `X [n, d]` the features standardised by the training set's mean and standard deviation
/// (divided by n), and `y [n, classes]` targets of +1 (the class) and -1 (the rest), the
/// coefficients `w [d, classes]` and intercepts `b [classes]` minimise
///
/// ```text
/// |y - X w - b|^2 + penalty |w|^2
/// ```
///
/// The intercept is not penalised. The penalty is the one of those given with the smallest mean
/// squared leave-one-out error over rows and classes, the first of equals. A feature that is
/// constant over the training set gets no weight. This is scikit-learn's
/// `make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=penalties))`, in f64.
///
/// Labels are of any type that can be ordered and cloned; the label type plays no part in the
/// arithmetic.
///
/// Cost: `O(n d m + m^3)` with `m = min(n, d)`, for all penalties together, on the calling thread,
/// and up to `2 n d + 4 m^2` numbers of 8 bytes. Fits may run at once on several threads.
///
/// ```
/// use linear_probe::RidgeClassifier;
///
/// // Two features a row; the first one tells the classes apart.
/// let features = [0.1, 5.0, 0.2, 3.0, 0.8, 4.0, 0.9, 6.0];
/// let labels = ["low", "low", "high", "high"];
/// let classifier = RidgeClassifier::fit(&features, 2, &labels, &[0.01, 0.1, 1.0, 10.0])?;
///
/// assert_eq!(classifier.predict(&[0.0, 4.0, 1.0, 4.0])?, ["low", "high"]);
/// assert_eq!(classifier.accuracy(&[0.0, 4.0, 1.0, 4.0], &["low", "low"])?, 0.5);
/// # Ok::<(), linear_probe::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RidgeClassifier<L> {
    /// In ascending order, as the columns of the regression.
    classes: Vec<L>,
    ridge: Ridge,
}

// Everything that runs over many values is in `Ridge`, which is not generic: it is compiled once,
// here, at this crate's level of optimisation.
impl<L: Clone + Ord> RidgeClassifier<L> {
    /// Fits `features`, `[labels.len(), dimension]` row-major, with the best of `penalties`.
    ///
    /// Powers of ten from 1e-4 to 1e7 leave nothing to guess, since features are standardised; more
    /// penalties cost little.
    ///
    /// # Errors
    ///
    /// - [`Error::Empty`], [`Error::RaggedRows`] and [`Error::NonFinite`] for the features.
    /// - [`Error::LabelCount`] and [`Error::OneClass`] for the labels.
    /// - [`Error::NoPenalties`] and [`Error::Penalty`] for the penalties.
    /// - [`Error::NoFiniteError`] and [`Error::NotConverged`] if the arithmetic fails.
    pub fn fit(
        features: &[f32],
        dimension: usize,
        labels: &[L],
        penalties: &[f64],
    ) -> Result<Self> {
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let class_of = |label| classes.partition_point(|class| class < label);
        let of_rows: Vec<usize> = labels.iter().map(class_of).collect();
        let ridge = Ridge::fit(features, dimension, &of_rows, classes.len(), penalties)?;
        Ok(Self { classes, ridge })
    }

    /// The class of every row of `features`, `[rows, dimension]` row-major: the one with the
    /// largest decision value, the smallest label of equals.
    ///
    /// # Errors
    ///
    /// As [`decision_values`](Self::decision_values).
    pub fn predict(&self, features: &[f32]) -> Result<Vec<L>> {
        Ok(self.ridge.predict(features)?.into_iter().map(|i| self.classes[i].clone()).collect())
    }

    /// The share of rows that are given their label, 0 to 1. A label that was not in the training
    /// set is never given.
    ///
    /// # Errors
    ///
    /// As [`decision_values`](Self::decision_values), and [`Error::LabelCount`].
    pub fn accuracy(&self, features: &[f32], labels: &[L]) -> Result<f64> {
        let predicted = self.ridge.predict(features)?;
        if predicted.len() != labels.len() {
            return Err(Error::LabelCount { labels: labels.len(), rows: predicted.len() });
        }
        let right = predicted.iter().zip(labels).filter(|&(&i, label)| self.classes[i] == *label);
        Ok(right.count() as f64 / labels.len() as f64)
    }

    /// `X w + b` of every row of `features`, `[rows, classes]` row-major, in the order of
    /// [`classes`](Self::classes): near +1 for the class, near -1 for the rest.
    ///
    /// The values are not probabilities.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::RaggedRows`] and [`Error::NonFinite`].
    pub fn decision_values(&self, features: &[f32]) -> Result<Vec<f64>> {
        self.ridge.decision_values(features)
    }

    /// The labels of the training set, each once, in ascending order.
    pub fn classes(&self) -> &[L] {
        &self.classes
    }

    /// The penalty chosen. At an end of the grid, a wider grid may do better.
    pub fn penalty(&self) -> f64 {
        self.ridge.penalty()
    }

    /// The mean squared leave-one-out error over rows and classes for each of the penalties given
    /// to [`fit`](Self::fit), in their order; the targets are +1 and -1.
    pub fn leave_one_out_errors(&self) -> &[f64] {
        self.ridge.leave_one_out_errors()
    }
}
