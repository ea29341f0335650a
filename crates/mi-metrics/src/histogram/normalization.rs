//! Mutual information scaled to a fixed range.

use super::joint_histogram::JointHistogram;

/// How to scale mutual information to a fixed range.
///
/// All except [`Studholme`](Self::Studholme) divide by a quantity that `I(X;Y)` cannot exceed.
/// Their results are 0 for independent arrays and 1 for arrays that determine each other; for
/// [`Min`](Self::Min) it is enough that one determines the other. In increasing order of the result
/// they are `Joint`, `Max`, `Arithmetic`, `Geometric`, `Min`.
///
/// Scaling does not remove bias: the plug-in information of independent samples stays above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Normalization {
    /// `I(X;Y) / min(H(X), H(Y))`. scikit-learn's `average_method="min"`.
    Min,
    /// `I(X;Y) / sqrt(H(X) H(Y))`. scikit-learn's `average_method="geometric"`; Strehl
    /// and Ghosh 2002.
    Geometric,
    /// `2 I(X;Y) / (H(X) + H(Y))`. scikit-learn's `average_method="arithmetic"`, its default; equal
    /// to its V-measure, and to the symmetric uncertainty of feature selection.
    Arithmetic,
    /// `I(X;Y) / max(H(X), H(Y))`. scikit-learn's `average_method="max"`.
    Max,
    /// `I(X;Y) / H(X,Y)`. Neither library has it. 1 minus it is a metric, the variation of
    /// information divided by `H(X,Y)` (Rajski 1961).
    Joint,
    /// `(H(X) + H(Y)) / H(X,Y)`, 1 to 2, which is 1 more than `Joint`. scikit-image's
    /// `normalized_mutual_information`; Studholme, Hill and Hawkes 1999.
    Studholme,
}

impl Normalization {
    /// Every normalization.
    pub const ALL: [Self; 6] =
        [Self::Min, Self::Geometric, Self::Arithmetic, Self::Max, Self::Joint, Self::Studholme];
}

impl JointHistogram {
    /// Plug-in mutual information scaled to a fixed range, without unit. Reads the table two or
    /// three times.
    ///
    /// If the ratio is 0/0 the result is that of scikit-learn. If x and y each occupy a single bin
    /// it is that of a perfect match: 1, or 2 for `Studholme`, for which scikit-image returns NaN.
    /// If only one of them does, it is 0.
    pub fn normalized_mi(&self, normalization: Normalization) -> f64 {
        let (x, y) = (self.entropy_x(), self.entropy_y());
        let both_constant = x + y == 0.0;
        let most = match normalization {
            Normalization::Studholme if both_constant => return 2.0,
            Normalization::Studholme => return ((x + y) / self.joint_entropy()).clamp(1.0, 2.0),
            _ if both_constant => return 1.0,
            Normalization::Min => x.min(y),
            Normalization::Geometric => (x * y).sqrt(),
            Normalization::Arithmetic => (x + y) / 2.0,
            Normalization::Max => x.max(y),
            Normalization::Joint => self.joint_entropy(),
        };
        if most == 0.0 { 0.0 } else { (self.mutual_information() / most).min(1.0) }
    }
}
