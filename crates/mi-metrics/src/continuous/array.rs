//! Arrays of continuous values, and what to do with equal ones.

use rand::RngExt;

use crate::checks::{check_count, check_finite, check_pairs};
use crate::error::{Error, Location, Result};
use crate::random::{Purpose, generator};
use crate::sample::Values;
use crate::statistics;

/// The size of the noise of [`Ties::Jitter`] in standard deviations, as Kraskov et al. 2004 advise.
const JITTER: f64 = 1e-10;

/// What an estimator for continuous values does with equal values.
///
/// In theory no value of a continuous variable occurs twice. In practice 8-bit levels repeat, and
/// so does the 0 of a rectified map. Distances are then 0, or equal to one another, and estimates
/// are biased in either direction. If one array of a strongly dependent pair is rounded,
/// [`Ksg::One`](crate::Ksg::One) is a tenth of a nat too large and [`Ksg::Two`](crate::Ksg::Two)
/// several tenths too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ties {
    /// Use the values as they are, and return [`Error::Ties`] if a value occurs more than `k`
    /// times, so that its `k` nearest neighbours are equal to it.
    ///
    /// (In [`ross_mi`](crate::ross_mi): more than `k_i = min(k, N_i - 1)` times with the same
    /// label, which `N_i` values have.) Fewer repetitions, as from rounding to `f32`, do little
    /// harm. Values on a grid that occur once each are not detected; they need jitter too.
    Refuse,
    /// Add noise to every value, uniform within 1e-10 standard deviations.
    ///
    /// The noise is too small to matter, except between values that agree to ten digits. Kraskov,
    /// Stoegbauer and Grassberger recommend it for rounded data.
    Jitter {
        /// The seed of the noise. The same seed gives the same noise on every machine.
        seed: u64,
    },
}

/// Finite values with their mean and scale.
#[derive(Debug)]
pub(crate) struct Continuous {
    /// The values times a power of two that keeps differences and squares in the range of `f64`.
    pub(crate) values: Vec<f64>,
    /// 1 / standard deviation of `values`, or 0 if all are equal.
    pub(crate) scale: f64,
    /// The mean of `values`.
    pub(crate) mean: f64,
}

impl Continuous {
    pub(crate) fn at(location: Location, values: Values<'_>) -> Result<Self> {
        check_count(values.len())?;
        check_finite(location, values)?;
        let mut values = values.to_f64();
        statistics::bring_near_one(&mut values);
        let is_constant = values.iter().all(|&v| v == values[0]);
        let scale =
            if is_constant { 0.0 } else { 1.0 / statistics::standard_deviation(&values, 0) };
        let mean = statistics::mean(&values);
        Ok(Self { values, scale, mean })
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.scale == 0.0
    }

    /// Adds the noise that `ties` asks for. Arrays of one estimate need different numbers `array`.
    pub(crate) fn separate(&mut self, ties: Ties, array: u64) {
        let Ties::Jitter { seed } = ties else { return };
        if self.is_constant() {
            return;
        }
        let mut random = generator(seed, Purpose::Jitter, array);
        let width = JITTER / self.scale;
        for v in &mut self.values {
            // Centred, so that an offset cannot swallow the noise.
            *v = (*v - self.mean) + width * (2.0 * random.random::<f64>() - 1.0);
        }
        self.mean = 0.0;
    }
}

/// x and y, prepared for an estimator that takes pairs.
pub(crate) fn paired(x: Values<'_>, y: Values<'_>) -> Result<(Continuous, Continuous)> {
    check_pairs(x.len(), y.len())?;
    Ok((Continuous::at(Location::X, x)?, Continuous::at(Location::Y, y)?))
}

/// Each of `values` values must have `k` neighbours.
pub(crate) fn check_neighbours(k: usize, values: usize) -> Result<()> {
    if k == 0 || k >= values {
        return Err(Error::Neighbours { k, values });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Continuous {
        Continuous::at(Location::Array, Values::F64(values)).unwrap()
    }

    #[test]
    fn the_scale_is_one_over_the_standard_deviation() {
        let array = of(&[1.0, 1.0, 1.0, 5.0]);
        let deviation = array.values[3] - array.values[0];
        assert!((array.scale * deviation - 4.0 / 3.0_f64.sqrt()).abs() < 1e-15);
        assert!(of(&[0.1; 7]).is_constant() && of(&[0.0]).is_constant());
    }

    #[test]
    fn extreme_ranges_keep_their_proportions() {
        for (values, sigmas) in [
            (vec![-f64::MAX, 0.0, f64::MAX], 1.5_f64.sqrt()),
            (vec![0.0, f64::from_bits(1), f64::from_bits(2)], 1.5_f64.sqrt()),
            (vec![4096.0, 4096.0 + 1.0 / 1024.0], 2.0),
        ] {
            let array = of(&values);
            let step = (array.values[1] - array.values[0]) * array.scale;
            assert!((step - sigmas).abs() < 1e-12, "{values:?}: {step}");
        }
    }

    #[test]
    fn jitter_separates_equal_values_and_moves_none_far() {
        let levels: Vec<f64> = (0..1000).map(|i| 1e6 + f64::from(i % 4)).collect();
        let mut array = of(&levels);
        let centred: Vec<f64> = array.values.iter().map(|v| v - array.mean).collect();
        array.separate(Ties::Jitter { seed: 7 }, 0);
        for (v, centred) in array.values.iter().zip(&centred) {
            assert!(((v - centred) * array.scale).abs() < 1.01 * JITTER);
        }
        let mut sorted = array.values.clone();
        sorted.sort_by(f64::total_cmp);
        // About 1e6 doubles are within the noise of a level, so at most two of its 250 values may
        // be equal.
        assert!(sorted.windows(2).filter(|pair| pair[0] == pair[1]).count() <= 2);
    }

    #[test]
    fn arrays_and_seeds_have_different_noise() {
        let jittered = |seed, array| {
            let mut values = of(&[1.0, 1.0, 2.0, 2.0]);
            values.separate(Ties::Jitter { seed }, array);
            values.values
        };
        assert_eq!(jittered(3, 0), jittered(3, 0));
        assert_ne!(jittered(3, 0), jittered(3, 1));
        assert_ne!(jittered(3, 0), jittered(4, 0));
    }
}
