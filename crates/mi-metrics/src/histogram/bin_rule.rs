//! Rules for the number of bins of an array.

use super::binned_array::MAX_BINS;
use crate::checks::{check_count, check_finite};
use crate::error::{Location, Result};
use crate::sample::{Sample, Values};
use crate::statistics::{bring_near_one, mean, mean_of, quantile, standard_deviation};

/// A rule for the number of equal bins of one array, from the number and the spread of its values.
///
/// The rules and their results are those of `numpy.histogram_bin_edges(values, bins=...)`. They
/// were made for drawing the density of one array. For mutual information they are a starting
/// point: the number of cells of a joint table is the product of two such numbers, and the bias of
/// the plug-in estimate grows with it, about `(bins_x - 1)(bins_y - 1) / 2N`.
///
/// ```
/// use mi_metrics::{BinRule, BinnedArray};
///
/// let values: Vec<f64> = (0..1000).map(|i| f64::from(i).sqrt()).collect();
/// let bins = BinRule::FreedmanDiaconis.bins(&values)?;
/// assert_eq!(bins, 14);
/// let binned = BinnedArray::new(&values, bins)?;
/// # Ok::<(), mi_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinRule {
    /// numpy's `"sturges"`: `log2 N + 1` bins (Sturges 1926). Few, and independent of the values.
    Sturges,
    /// numpy's `"doane"`: more bins the more skewed the values are (Doane 1976).
    ///
    /// `1 + log2 N + log2(1 + |g| / s)` bins, with `g` the skewness of the values and `s` its
    /// standard deviation for normal values, `s^2 = 6 (N - 2) / ((N + 1)(N + 3))`. Fewer than 3
    /// values get 1 bin.
    Doane,
    /// numpy's `"scott"`: bins of width `(24 sqrt(pi) / N)^(1/3)` standard deviations (Scott 1979).
    ///
    /// The best width for a normal density. Outliers make the bins wider.
    Scott,
    /// numpy's `"fd"`: bins of width `2 IQR / N^(1/3)` (Freedman and Diaconis 1981).
    ///
    /// IQR is the range of the middle half of the values. Outliers do not make the bins wider, so
    /// there can be very many. If IQR is 0, for example because more than three quarters of the
    /// values are equal, there is 1 bin, and information 0.
    FreedmanDiaconis,
}

impl BinRule {
    /// Every rule.
    pub const ALL: [Self; 4] = [Self::Sturges, Self::Doane, Self::Scott, Self::FreedmanDiaconis];

    /// The number of bins for `values`, 1 to [`MAX_BINS`]. A larger result becomes [`MAX_BINS`].
    ///
    /// The result is numpy's for the same values as `f64`, or as `u8`, whose bins are at least 1
    /// wide. (Of an `f32` array numpy takes mean and spread in `f32`.) Sums are rounded in blocks,
    /// so the two may differ by one if the number before rounding up is nearly whole. A constant
    /// array gets 1 bin.
    ///
    /// Reads the values a few times. [`FreedmanDiaconis`](Self::FreedmanDiaconis) sorts a copy.
    ///
    /// # Errors
    /// [`Error::Empty`](crate::Error::Empty);
    /// [`Error::TooManyValues`](crate::Error::TooManyValues);
    /// [`Error::NonFinite`](crate::Error::NonFinite).
    pub fn bins<T: Sample>(self, values: &[T]) -> Result<usize> {
        self.bins_of(T::values(values))
    }

    fn bins_of(self, values: Values<'_>) -> Result<usize> {
        check_count(values.len())?;
        check_finite(Location::Array, values)?;
        let are_whole = matches!(values, Values::U8(_));
        let mut values = values.to_f64();
        let mut range = range_of(&values);
        if range == 0.0 {
            return Ok(1);
        }
        // Squares of very large values overflow, those of very small ones vanish. The scale does
        // not matter.
        if !(1e-150..=1e150).contains(&range) {
            bring_near_one(&mut values);
            range = range_of(&values);
        }
        let mut width = self.width(&mut values, range);
        if width == 0.0 {
            return Ok(1);
        }
        if are_whole {
            width = width.max(1.0);
        }
        Ok(((range / width).ceil() as usize).clamp(1, MAX_BINS))
    }

    /// The width of a bin, or 0 for a single bin.
    ///
    /// The operations have numpy's order, so that a nearly whole quotient is rounded to
    /// the same side.
    fn width(self, values: &mut [f64], range: f64) -> f64 {
        let n = values.len() as f64;
        match self {
            Self::Sturges => range / (n.log2() + 1.0),
            Self::Doane if n <= 2.0 => 0.0,
            Self::Doane => {
                let spread = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
                let (mean, sigma) = (mean(values), standard_deviation(values, 0));
                let skewness = mean_of(values, |v| ((v - mean) / sigma).powi(3));
                range / (1.0 + n.log2() + (1.0 + skewness.abs() / spread).log2())
            }
            Self::Scott => {
                let factor = (24.0 * std::f64::consts::PI.sqrt() / n).powf(1.0 / 3.0);
                factor * standard_deviation(values, 0)
            }
            Self::FreedmanDiaconis => {
                values.sort_unstable_by(f64::total_cmp);
                2.0 * (quantile(values, 0.75) - quantile(values, 0.25)) * n.powf(-1.0 / 3.0)
            }
        }
    }
}

fn range_of(values: &[f64]) -> f64 {
    let (lo, hi) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    hi - lo
}
