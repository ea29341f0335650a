//! How much an estimate would move with other samples of the same variables.

use rand::RngExt;
use rayon::prelude::*;

use crate::random::{Purpose, generator};
use crate::{BinnedArray, Estimator, JointHistogram, MiError, information, statistics};

/// An estimate and two intervals for it; from [`bootstrap_interval`]. All in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BootstrapInterval {
    /// The estimate from the pairs as they are.
    pub estimate: f64,
    /// The mean over resamples; `mean - estimate` is the bootstrap's estimate of the bias.
    pub mean: f64,
    /// The standard deviation over resamples, with divisor `resamples - 1`: the standard error.
    pub standard_deviation: f64,
    /// The quantiles `q_lo` and `q_hi` of the resamples at `(1 - level) / 2` and `(1 + level) / 2`
    /// (Efron 1979). Carries the bias of the plug-in estimate twice: see [`bootstrap_interval`].
    pub percentile: (f64, f64),
    /// `(2 estimate - q_hi, 2 estimate - q_lo)`: the basic interval (Davison and Hinkley 1997, equation
    /// 5.6), which subtracts the bias that the bootstrap sees. Its lower end can be negative.
    pub basic: (f64, f64),
}

/// Estimates the mutual information of pairs drawn from `x` and `y` with replacement, as many as
/// there are.
///
/// Resample [`Estimator::PlugIn`] and take `basic`. The plug-in estimate is too large by about
/// `b = (r - 1)(c - 1) / 2N`, and to the bootstrap its table is the truth, so the resamples are too
/// large by `b` once more: `percentile` lies around the truth plus `2b`, and misses the truth altogether
/// when `2b` exceeds its half width; `basic` lies around the truth. A corrected estimator is free of
/// the first `b` and not of the second, which puts its `percentile` at plus and its `basic` at minus
/// `b`. Of 95 % intervals for 400 values in 5 x 5 bins (`b` 0.02, standard error 0.04) 80 % (plug-in,
/// percentile), 94 % (plug-in, basic), 91 % and 89 % ([`Estimator::Analytic`]) held the truth. Choose
/// bins few enough for `b` to be small beside the width.
///
/// No interval here is valid near independence, where the estimate cannot move both ways: to ask
/// whether there is any information at all use [`permutation_null`](crate::permutation_null). All take
/// values to be independent samples; neighbouring pixels are not, so for the information between the
/// *sources* of two images they are too narrow.
///
/// Runs in rayon's pool. Resample `i` is drawn from stream `2^56 + i` of ChaCha8 keyed by `seed`, so the
/// result is the same bit for bit whatever the number of threads. Cost: `N` draws, a count and an estimate a
/// resample.
///
/// ```
/// use mi_metrics::{BinnedArray, Estimator, bootstrap_interval};
///
/// let x: Vec<u16> = (0..400).map(|i| i % 2).collect();
/// let y: Vec<u16> = (0..400).map(|i| if i % 10 < 3 { 0 } else { i % 2 }).collect();
/// let (x, y) = (BinnedArray::from_indices(x, 2)?, BinnedArray::from_indices(y, 2)?);
/// let interval = bootstrap_interval(&x, &y, Estimator::PlugIn, 999, 0.95, 7)?;
/// let (low, high) = interval.basic;
/// assert!(0.2 < low && low < interval.estimate && interval.estimate < high && high < 0.5);
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
///
/// # Errors
/// [`MiError::Replicates`] for fewer than 2 resamples; [`MiError::Level`] unless `level` is between 0
/// and 1; [`MiError::LengthMismatch`].
pub fn bootstrap_interval(
    x: &BinnedArray,
    y: &BinnedArray,
    estimator: Estimator,
    resamples: usize,
    level: f64,
    seed: u64,
) -> Result<BootstrapInterval, MiError> {
    if resamples < 2 {
        return Err(MiError::Replicates { found: resamples, min: 2 });
    }
    if !(0.0 < level && level < 1.0) {
        return Err(MiError::Level { level });
    }
    let joint = JointHistogram::new(x, y)?;
    let estimate = joint.estimate(estimator);
    let columns = y.bins() as u32;
    let pairs = x.indices().iter().zip(y.indices());
    let cells: Vec<u32> = pairs.map(|(&x, &y)| u32::from(x) * columns + u32::from(y)).collect();
    let values = cells.len() as u32;
    let resample = |joint: &mut JointHistogram, replicate: usize| {
        let mut rng = generator(seed, Purpose::Bootstrap, replicate as u64);
        let JointHistogram { counts, rows, columns, .. } = joint;
        counts.fill(0);
        for _ in 0..values {
            counts[cells[rng.random_range(0..values) as usize] as usize] += 1;
        }
        information::marginals(counts, rows, columns);
        joint.estimate(estimator)
    };
    let mut sorted: Vec<f64> =
        (0..resamples).into_par_iter().map_init(|| joint.clone(), resample).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (
        statistics::quantile(&sorted, (1.0 - level) / 2.0),
        statistics::quantile(&sorted, (1.0 + level) / 2.0),
    );
    Ok(BootstrapInterval {
        estimate,
        mean: statistics::mean(&sorted),
        standard_deviation: statistics::standard_deviation(&sorted, 1),
        percentile: (low, high),
        basic: (2.0 * estimate - high, 2.0 * estimate - low),
    })
}
