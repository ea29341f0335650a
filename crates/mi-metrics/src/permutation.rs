//! What an estimate would be if the two arrays had nothing to do with each other.

use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::random::{Purpose, generator};
use crate::{BinnedArray, Estimator, JointHistogram, MiError, statistics};

/// Estimates within this of each other count as equal: it covers the rounding of a sum that ran in
/// another order, so that a tie is a tie.
const TIE: f64 = 1e-12;

/// The estimates of permuted pairs beside that of the pairs as they are; from [`permutation_null`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PermutationNull {
    /// The estimate of the pairs as they are, in nats.
    pub observed: f64,
    /// The mean over permutations, in nats: the bias of the estimator if the arrays were independent.
    /// `observed - mean` corrects nearly independent arrays. Of dependent ones, whose bias is less, it
    /// takes too much; [`Estimator::Jackknife`] corrects both, of at least as many values as cells.
    pub mean: f64,
    /// The standard deviation over permutations, in nats, with divisor `permutations - 1`.
    pub standard_deviation: f64,
    /// The probability of an estimate this large or larger if the arrays were independent:
    /// `(1 + b) / (1 + permutations)`, with `b` of the permutations at or above `observed`.
    ///
    /// Never 0, and at most `q` with probability at most `q` under independence: an exact test
    /// (Phipson and Smyth 2010).
    pub p_value: f64,
    sorted: Vec<f64>,
}

impl PermutationNull {
    /// The null estimates in increasing order, in nats.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// The quantile of the null estimates at `q`, in nats, linear between the nearest two as
    /// `numpy.quantile` has it; `q` below 0 or above 1 is taken for 0 or 1.
    pub fn quantile(&self, q: f64) -> f64 {
        statistics::quantile(&self.sorted, q.clamp(0.0, 1.0))
    }
}

/// Estimates the mutual information of `x` with random permutations of `y`.
///
/// A permutation keeps both histograms and removes every relation, so its estimates show the bias and
/// the spread of the estimator for independent arrays of these very marginals.
///
/// The test takes values to be exchangeable. Neighbouring pixels of a smooth image are not: two unrelated
/// smooth images share more than an image and scrambled pixels do, so that the p-value then tests
/// "as unrelated as noise", and is too small for "unrelated". Compare with the maps of other images
/// for that.
///
/// Runs in rayon's pool. Permutation `i` is drawn from stream `i` of ChaCha8 keyed by `seed`, so the
/// result is the same bit for bit whatever the number of threads. Cost: a shuffle, a count and an
/// estimate a permutation.
///
/// ```
/// use mi_metrics::{BinnedArray, Estimator, permutation_null};
///
/// let x: Vec<u8> = (0..=255).collect();
/// let y: Vec<u8> = x.iter().map(|v| v / 2).collect();
/// let (x, y) = (BinnedArray::new(&x, 4)?, BinnedArray::new(&y, 4)?);
/// let null = permutation_null(&x, &y, Estimator::PlugIn, 99, 7)?;
/// assert_eq!(null.p_value, 0.01);
/// assert!(null.observed > 30.0 * null.quantile(0.95));
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
///
/// # Errors
/// [`MiError::Replicates`] for fewer than 2 permutations; [`MiError::LengthMismatch`].
pub fn permutation_null(
    x: &BinnedArray,
    y: &BinnedArray,
    estimator: Estimator,
    permutations: usize,
    seed: u64,
) -> Result<PermutationNull, MiError> {
    if permutations < 2 {
        return Err(MiError::Replicates { found: permutations, min: 2 });
    }
    let observed = JointHistogram::new(x, y)?.estimate(estimator);
    let permuted = |replicate: usize| {
        let mut y = y.clone();
        y.indices.shuffle(&mut generator(seed, Purpose::Permutation, replicate as u64));
        Ok(JointHistogram::new(x, &y)?.estimate(estimator))
    };
    let mut sorted =
        (0..permutations).into_par_iter().map(permuted).collect::<Result<Vec<f64>, MiError>>()?;
    sorted.sort_unstable_by(f64::total_cmp);
    let below = sorted.partition_point(|&null| null < observed - TIE);
    Ok(PermutationNull {
        observed,
        mean: statistics::mean(&sorted),
        standard_deviation: statistics::standard_deviation(&sorted, 1),
        p_value: (1 + permutations - below) as f64 / (1 + permutations) as f64,
        sorted,
    })
}
