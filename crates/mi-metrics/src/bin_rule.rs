//! How many bins an array deserves.

use crate::binned::check_count;
use crate::binning::check_finite;
use crate::statistics::{bring_near_one, mean, mean_of, quantile, standard_deviation};
use crate::{Location, MAX_BINS, MiError, Sample};

/// A rule for the number of equal bins of one array, from its size and spread.
///
/// The rules and their numbers are those of `numpy.histogram_bin_edges(values, bins=...)`. They are made
/// to draw one array's density, and have it look right; for mutual information they are a starting
/// point. A joint table has the product of two such numbers for cells, and the bias of the plug-in
/// estimate grows with it: about (bins_x - 1)(bins_y - 1) / 2N.
///
/// ```
/// use mi_metrics::{BinRule, BinnedArray};
///
/// let values: Vec<f64> = (0..1000).map(|i| f64::from(i).sqrt()).collect();
/// let bins = BinRule::FreedmanDiaconis.bins(&values)?;
/// assert_eq!(bins, 14);
/// let binned = BinnedArray::new(&values, bins)?;
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinRule {
    /// numpy's `"sturges"`: `log2 N + 1` bins. Few, and the same whatever the values (Sturges 1926).
    Sturges,
    /// numpy's `"doane"`: more bins the more skewed the values are,
    /// `1 + log2 N + log2(1 + |g| / s)` with their skewness `g` and its standard deviation under
    /// normality, `s^2 = 6 (N - 2) / ((N + 1)(N + 3))` (Doane 1976). At least 3 values, or 1 bin.
    Doane,
    /// numpy's `"scott"`: bins of width `(24 sqrt(pi) / N)^(1/3)` standard deviations, the best for a
    /// normal density (Scott 1979). Outliers widen them.
    Scott,
    /// numpy's `"fd"`: bins of width `2 IQR / N^(1/3)`, with the range that holds the middle half of the
    /// values (Freedman and Diaconis 1981). Outliers do not widen them, so can make them very many. When
    /// that range is 0, as when more than three quarters of the values are equal, 1 bin: information 0.
    FreedmanDiaconis,
}

impl BinRule {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sturges, Self::Doane, Self::Scott, Self::FreedmanDiaconis];

    /// The number of bins for `values`: 1 to [`MAX_BINS`], to which a larger result is cut.
    ///
    /// numpy's number for the same values as `f64`, or as `u8`, whose bins are at least 1 wide. (Of an
    /// `f32` array numpy takes mean and spread in `f32`.) Sums are rounded in blocks of this crate's own, so
    /// the two may differ by one where the number before rounding up is nearly whole. A constant array
    /// gets 1 bin. A few passes over the values; Freedman and Diaconis' rule sorts a copy.
    ///
    /// # Errors
    /// [`MiError::Empty`]; [`MiError::TooManyValues`]; [`MiError::NonFinite`].
    pub fn bins<T: Sample>(self, values: &[T]) -> Result<usize, MiError> {
        check_count(values.len())?;
        check_finite(Location::Array, values)?;
        let mut values: Vec<f64> = values.iter().map(|&v| v.into()).collect();
        let mut range = range_of(&values);
        if range == 0.0 {
            return Ok(1);
        }
        // The squares of very large or small values would overflow; the rules do not mind the scale.
        if !(1e-150..=1e150).contains(&range) {
            bring_near_one(&mut values);
            range = range_of(&values);
        }
        let mut width = self.width(&mut values, range);
        if width == 0.0 {
            return Ok(1);
        }
        if T::WHOLE {
            width = width.max(1.0);
        }
        Ok(((range / width).ceil() as usize).clamp(1, MAX_BINS))
    }

    /// The width of a bin, or 0 for a single one. Operations are in numpy's order, so that a quotient
    /// that is nearly whole is rounded to the same side.
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
