//! Estimates of pairs whose relation was removed by a permutation.

use rayon::prelude::*;

use super::replicates::Resampling;
use crate::error::Result;
use crate::histogram::{BinnedArray, Estimator, JointHistogram};
use crate::random::{Purpose, generator};
use crate::statistics;

/// Estimates that differ by less than this count as equal. A permutation can change the order of a
/// sum, and with it the last digits of an estimate that is really the same.
const TIE: f64 = 1e-12;

/// The estimate of some pairs, and the estimates of their permutations: see [`permutation_null`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PermutationNull {
    /// The estimate of the given pairs, in nats.
    pub observed: f64,
    /// The mean over permutations, in nats: the bias of the estimator for independent arrays.
    ///
    /// `observed - mean` corrects the estimate of nearly independent arrays. The bias of dependent
    /// arrays is smaller, so for them it corrects too much. [`Estimator::Jackknife`] corrects both,
    /// if there are at least as many values as cells.
    pub mean: f64,
    /// The standard deviation over permutations, in nats, with divisor `replicates - 1`.
    pub standard_deviation: f64,
    /// The probability of an estimate of at least `observed` if the arrays were independent:
    /// `(1 + b) / (1 + replicates)`, with `b` the number of permutations at or above `observed`.
    ///
    /// Never 0. For independent arrays it is at most `q` with probability at most `q`: an exact
    /// test (Phipson and Smyth 2010).
    pub p_value: f64,
    sorted: Vec<f64>,
}

impl PermutationNull {
    /// The estimates of the permutations in increasing order, in nats.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// The quantile at `q` of the estimates of the permutations, in nats.
    ///
    /// Linear between the two nearest values, as `numpy.quantile` is. A `q` below 0 counts as 0,
    /// and above 1 as 1.
    pub fn quantile(&self, q: f64) -> f64 {
        statistics::quantile(&self.sorted, q.clamp(0.0, 1.0))
    }
}

/// Estimates the mutual information of `x` with random permutations of `y`.
///
/// A permutation keeps both histograms and removes every relation. So the estimates show the bias
/// and the scatter of the estimator for independent arrays with the same histograms.
///
/// The test assumes that values are exchangeable. Neighbouring pixels of a smooth image are not:
/// two unrelated smooth images share more than an image and scrambled pixels do. The p-value then
/// answers "is it more than scrambled pixels would share?", and is too small for "are the images
/// related?". For that question compare with the maps of other images.
///
/// Runs in the rayon pool that it is called from. Each permutation costs a shuffle, a count and an
/// estimate.
///
/// ```
/// use mi_metrics::{BinnedArray, Estimator, Resampling, permutation_null};
///
/// let x: Vec<u8> = (0..=255).collect();
/// let y: Vec<u8> = x.iter().map(|v| v / 2).collect();
/// let (x, y) = (BinnedArray::new(&x, 4)?, BinnedArray::new(&y, 4)?);
/// let resampling = Resampling { replicates: 99, seed: 7 };
/// let null = permutation_null(&x, &y, Estimator::PlugIn, resampling)?;
/// assert_eq!(null.p_value, 0.01);
/// assert!(null.observed > 30.0 * null.quantile(0.95));
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::Replicates`](crate::Error::Replicates) for fewer than 2 permutations;
/// [`Error::LengthMismatch`](crate::Error::LengthMismatch).
pub fn permutation_null(
    x: &BinnedArray,
    y: &BinnedArray,
    estimator: Estimator,
    resampling: Resampling,
) -> Result<PermutationNull> {
    resampling.check()?;
    let Resampling { replicates, seed } = resampling;
    let observed = JointHistogram::new(x, y)?.estimate(estimator);
    let permuted = |replicate: usize| {
        let y = y.shuffled(&mut generator(seed, Purpose::Permutation, replicate as u64));
        Ok(JointHistogram::new(x, &y)?.estimate(estimator))
    };
    let mut sorted = (0..replicates).into_par_iter().map(permuted).collect::<Result<Vec<f64>>>()?;
    sorted.sort_unstable_by(f64::total_cmp);
    let below = sorted.partition_point(|&null| null < observed - TIE);
    Ok(PermutationNull {
        observed,
        mean: statistics::mean(&sorted),
        standard_deviation: statistics::standard_deviation(&sorted, 1),
        p_value: (1 + replicates - below) as f64 / (1 + replicates) as f64,
        sorted,
    })
}
