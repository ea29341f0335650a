//! Intervals from pairs drawn with replacement.

use rand::RngExt;
use rayon::prelude::*;

use super::replicates::Resampling;
use crate::error::{Error, Result};
use crate::histogram::{BinnedArray, Estimator, JointHistogram};
use crate::random::{Purpose, generator};
use crate::statistics;

/// An estimate and two intervals for it, in nats: see [`bootstrap_interval`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BootstrapInterval {
    /// The estimate of the given pairs.
    pub estimate: f64,
    /// The mean over resamples. `mean - estimate` is the bootstrap's estimate of the bias.
    pub mean: f64,
    /// The standard error: the standard deviation over resamples, with divisor `replicates - 1`.
    pub standard_deviation: f64,
    /// The percentile interval: the quantiles `q_lo` and `q_hi` of the resamples at
    /// `(1 - level) / 2` and `(1 + level) / 2` (Efron 1979). It has the bias of the plug-in
    /// estimate twice.
    pub percentile: (f64, f64),
    /// The basic interval: `(2 estimate - q_hi, 2 estimate - q_lo)` (Davison and Hinkley 1997,
    /// equation 5.6). It subtracts the bias that the bootstrap estimates. Its lower end can be
    /// negative.
    pub basic: (f64, f64),
}

/// Estimates the mutual information of pairs drawn from `x` and `y` with replacement, as many as
/// there are.
///
/// **Which interval.** Use `basic` with [`Estimator::PlugIn`]. The plug-in estimate is too large by
/// about `b = (r - 1)(c - 1) / 2N`. For the bootstrap the given table is the truth, so the
/// resamples are too large by another `b`. The centre of `percentile` is therefore the truth plus
/// `2b`, and it misses the truth if `2b` exceeds its half width; the centre of `basic` is the
/// truth. A corrected estimator removes the first `b` but not the second: the centre of its
/// `percentile` is the truth plus `b`, that of its `basic` the truth minus `b`. Use few enough bins
/// that `b` is small beside the width.
///
/// The coverage of 95 % intervals for 400 values in 5 x 5 bins (`b` is 0.02, the standard error
/// 0.04) was 80 % (plug-in, `percentile`), 94 % (plug-in, `basic`), and 91 % and 89 %
/// ([`Estimator::Analytic`]).
///
/// **Limits.** No interval is valid near independence, because the estimate cannot vary in both
/// directions there. Use [`permutation_null`](crate::permutation_null) to test whether there is any
/// information at all. All intervals assume independent samples. Neighbouring pixels are not
/// independent, so as intervals for the information between the *sources* of two images they are
/// too narrow.
///
/// Runs in the rayon pool that it is called from. Each resample costs `N` random numbers, a count
/// and an estimate.
///
/// ```
/// use mi_metrics::{BinnedArray, Estimator, Resampling, bootstrap_interval};
///
/// let x: Vec<u16> = (0..400).map(|i| i % 2).collect();
/// let y: Vec<u16> = (0..400).map(|i| if i % 10 < 3 { 0 } else { i % 2 }).collect();
/// let (x, y) = (BinnedArray::from_indices(x, 2)?, BinnedArray::from_indices(y, 2)?);
/// let resampling = Resampling { replicates: 999, seed: 7 };
/// let interval = bootstrap_interval(&x, &y, Estimator::PlugIn, 0.95, resampling)?;
/// let (low, high) = interval.basic;
/// assert!(0.2 < low && low < interval.estimate && interval.estimate < high && high < 0.5);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::Replicates`] for fewer than 2 resamples; [`Error::Level`] unless `level` is between 0
/// and 1; [`Error::LengthMismatch`].
pub fn bootstrap_interval(
    x: &BinnedArray,
    y: &BinnedArray,
    estimator: Estimator,
    level: f64,
    resampling: Resampling,
) -> Result<BootstrapInterval> {
    resampling.check()?;
    if !(0.0 < level && level < 1.0) {
        return Err(Error::Level { level });
    }
    let joint = JointHistogram::new(x, y)?;
    let estimate = joint.estimate(estimator);
    let columns = y.bins() as u32;
    let pairs = x.indices().iter().zip(y.indices());
    let cells: Vec<u32> = pairs.map(|(&x, &y)| u32::from(x) * columns + u32::from(y)).collect();
    let values = cells.len() as u32;
    let resample = |joint: &mut JointHistogram, replicate: usize| {
        let mut random = generator(resampling.seed, Purpose::Bootstrap, replicate as u64);
        joint.recount((0..values).map(|_| cells[random.random_range(0..values) as usize]));
        joint.estimate(estimator)
    };
    let resamples = (0..resampling.replicates).into_par_iter();
    let mut sorted: Vec<f64> = resamples.map_init(|| joint.clone(), resample).collect();
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
