//! Arrays whose values are taken as they are, not binned.

use rand::RngExt;

use crate::binned::check_count;
use crate::binning::check_finite;
use crate::random::{Purpose, generator};
use crate::{Location, MiError, Sample, statistics};

/// The jitter of [`Ties::Jitter`], in standard deviations: as Kraskov et al. 2004 advise.
const JITTER: f64 = 1e-10;

/// What an estimator for continuous values does with values that occur more than once.
///
/// In theory no value of a continuous variable occurs twice. In practice 8-bit levels repeat, and so
/// does the 0 of a rectified map. Distances are then 0, or equal to one another, and estimates biased
/// either way: where one array of a strongly dependent pair is rounded, [`Ksg::One`](crate::Ksg::One)
/// measures a tenth of a nat too much and [`Ksg::Two`](crate::Ksg::Two) several tenths too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ties {
    /// Values are used as they are. [`MiError::Ties`] when a value occurs more than `k` times, so that its k
    /// nearest neighbours coincide with it (in [`ross_mi`](crate::ross_mi): more than `k_i = min(k, N_i - 1)`
    /// times with the same label, which `N_i` values have). Fewer repetitions, as rounding to `f32` makes
    /// them, do little harm. Values on a grid, each of which occurs once, are not recognised; they too want
    /// jitter.
    Refuse,
    /// Noise, uniform within 1e-10 standard deviations either side, is added to every value, from a
    /// generator with this seed: too small to matter but between values that agree to ten digits.
    /// Kraskov, Stoegbauer and Grassberger recommend it for rounded data. The same seed gives the same
    /// noise on every machine.
    Jitter(u64),
}

/// Finite values with the scale they vary on.
#[derive(Debug)]
pub(crate) struct Continuous {
    /// The values times a power of two that keeps differences and squares in range.
    pub(crate) values: Vec<f64>,
    /// 1 / standard deviation of `values`, or 0 if all are equal.
    pub(crate) scale: f64,
    /// The mean of `values`.
    pub(crate) mean: f64,
}

impl Continuous {
    pub(crate) fn at<T: Sample>(location: Location, values: &[T]) -> Result<Self, MiError> {
        check_count(values.len())?;
        check_finite(location, values)?;
        let mut values: Vec<f64> = values.iter().map(|&v| v.into()).collect();
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

    /// Does what `ties` says; arrays that are used together need different numbers.
    pub(crate) fn separate(&mut self, ties: Ties, array: u64) {
        let Ties::Jitter(seed) = ties else { return };
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

/// x and y prepared for an estimator that takes pairs.
pub(crate) fn paired<X: Sample, Y: Sample>(
    x: &[X],
    y: &[Y],
) -> Result<(Continuous, Continuous), MiError> {
    if x.len() != y.len() {
        return Err(MiError::LengthMismatch { x: x.len(), y: y.len() });
    }
    Ok((Continuous::at(Location::X, x)?, Continuous::at(Location::Y, y)?))
}

/// Refuses a number of neighbours that `values` values cannot have.
pub(crate) fn check_neighbours(k: usize, values: usize) -> Result<(), MiError> {
    if k == 0 || k >= values {
        return Err(MiError::Neighbours { k, values });
    }
    Ok(())
}

/// Values, sorted, of which those near a point can be counted.
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    pub(crate) fn new(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self(sorted)
    }

    /// A value that occurs more than `k` times, if there is one; `k` is less than the number of values.
    pub(crate) fn repeated(&self, k: usize) -> Option<f64> {
        self.0.iter().zip(&self.0[k..]).find(|(a, b)| a == b).map(|(&value, _)| value)
    }

    /// How many values, `centre` among them, lie at a distance from it that `is_near`.
    ///
    /// Distances are rounded as those to the neighbours were, and rounding is monotonic, so comparing
    /// them with a neighbour's is exact.
    #[inline]
    pub(crate) fn count_near(&self, centre: f64, is_near: impl Fn(f64) -> bool) -> usize {
        let from = self.0.partition_point(|&v| v < centre && !is_near(centre - v));
        let to = self.0.partition_point(|&v| v <= centre || is_near(v - centre));
        to - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Continuous {
        Continuous::at(Location::Array, values).unwrap()
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
        array.separate(Ties::Jitter(7), 0);
        for (v, centred) in array.values.iter().zip(&centred) {
            assert!(((v - centred) * array.scale).abs() < 1.01 * JITTER);
        }
        let mut sorted = array.values.clone();
        sorted.sort_by(f64::total_cmp);
        // Some 1e6 doubles lie within the noise of a level: two of its 250 draws may coincide, hardly more.
        assert!(sorted.windows(2).filter(|pair| pair[0] == pair[1]).count() <= 2);
    }

    #[test]
    fn arrays_and_seeds_have_noise_of_their_own() {
        let jittered = |seed, array| {
            let mut values = of(&[1.0, 1.0, 2.0, 2.0]);
            values.separate(Ties::Jitter(seed), array);
            values.values
        };
        assert_eq!(jittered(3, 0), jittered(3, 0));
        assert_ne!(jittered(3, 0), jittered(3, 1));
        assert_ne!(jittered(3, 0), jittered(4, 0));
    }

    #[test]
    fn repeated_values_are_found() {
        let sorted = Sorted::new(&[3.0, 1.0, -0.0, 2.0, 1.0, 0.0, 1.0]);
        assert_eq!([1, 2, 3].map(|k| sorted.repeated(k)), [Some(0.0), Some(1.0), None]);
    }

    #[test]
    fn counts_of_near_values_are_those_of_a_plain_loop() {
        let values = [3.0, 1.0, 1.0, 2.0, 2.5, 9.0, 2.0];
        let sorted = Sorted::new(&values);
        for centre in values {
            for radius in [0.0, 0.5, 1.0, 7.0, 20.0] {
                let plain = values.iter().filter(|&&v| (v - centre).abs() <= radius).count();
                assert_eq!(sorted.count_near(centre, |d| d <= radius), plain);
            }
        }
    }
}
