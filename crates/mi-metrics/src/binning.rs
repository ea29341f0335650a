//! Other ways to bin an array than over its own range.

use std::ops::RangeInclusive;

use crate::binned::{check_bins, check_count};
use crate::simd::{Kernel, Level};
use crate::{BinnedArray, Location, MiError, Sample};

impl BinnedArray {
    /// Bins `values` in equal widths over a given range, the same for every array binned with it.
    ///
    /// The bins are half open, the last one closed, as `numpy.histogram(values, bins, range)` has them,
    /// with the arithmetic of [`BinnedArray::new`] (the README's formula, `lo` and `hi` being the ends
    /// of the range). In a range of a single value that value is in bin 0. Two passes over the values.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::in_range(&[0.1_f32, 0.3, 0.3], 0.0..=1.0, 10)?;
    /// assert_eq!(binned.indices(), [1, 3, 3]);
    /// # Ok::<(), mi_metrics::MiError>(())
    /// ```
    ///
    /// # Errors
    /// [`MiError::Range`] for ends that are not finite, smaller first; [`MiError::OutOfRange`] with the
    /// first value outside (numpy drops it, which would unpair the arrays); otherwise those of
    /// [`BinnedArray::new`].
    pub fn in_range<T: Sample>(
        values: &[T],
        range: RangeInclusive<T>,
        bins: usize,
    ) -> Result<Self, MiError> {
        check_bins(bins)?;
        check_count(values.len())?;
        let (lo, hi) = range.into_inner();
        let (low, high): (f64, f64) = (lo.into(), hi.into());
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(MiError::Range { low, high });
        }
        check_values(Location::Array, values, low, high)?;
        let rule = T::rule_over(lo, hi, bins);
        Ok(Self::of(Level::detect().run(AssignBy { values, rule: &rule }), bins))
    }

    /// Bins `values` between given edges: `edges.len() - 1` bins, of any widths.
    ///
    /// Bin `i` holds `edges[i] <= v < edges[i + 1]`, the last bin also `v` equal to the last edge, as
    /// `numpy.histogram(values, edges)` has it. Values are compared in `f64`, exactly. A binary search
    /// for each value.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::from_edges(&[0_u8, 9, 10, 99, 255], &[0.0, 10.0, 100.0, 255.0])?;
    /// assert_eq!(binned.indices(), [0, 0, 1, 1, 2]);
    /// # Ok::<(), mi_metrics::MiError>(())
    /// ```
    ///
    /// # Errors
    /// [`MiError::BinCount`] for fewer than two edges, or more than [`MAX_BINS`](crate::MAX_BINS) + 1;
    /// [`MiError::Edge`] unless edges are finite and strictly increasing; [`MiError::OutOfRange`] with
    /// the first value outside them; otherwise those of [`BinnedArray::new`].
    pub fn from_edges<T: Sample>(values: &[T], edges: &[f64]) -> Result<Self, MiError> {
        let bins = edges.len().saturating_sub(1);
        check_bins(bins)?;
        check_count(values.len())?;
        let rises = |i: usize| edges[i].is_finite() && (i == 0 || edges[i - 1] < edges[i]);
        if let Some(index) = (0..=bins).find(|&i| !rises(i)) {
            return Err(MiError::Edge { index, value: edges[index] });
        }
        check_values(Location::Array, values, edges[0], edges[bins])?;
        let inner = &edges[1..bins];
        let bin = |&v: &T| inner.partition_point(|&edge| edge <= v.into()) as u16;
        Ok(Self::of(values.iter().map(bin).collect(), bins))
    }

    /// Bins `values` by rank, so that each bin holds about the same number of them.
    ///
    /// A value with `k` of the `N` values below it is in bin `floor(k bins / N)`. Without ties each bin
    /// holds `N / bins` values, rounded up or down. Equal values stay together, in the bin of the first
    /// of them, and the bins that the others would have filled stay empty or smaller: half the values
    /// being zeros, as after a ReLU, leaves half of the bins empty. The bins depend only on the order of
    /// the values, so they and the information from them do not change under a strictly increasing
    /// function. Sorts a copy: `N ln N`.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::equiprobable(&[0.0_f32, 1e9, 1.0, 7.0, 7.0, 7.0], 3)?;
    /// assert_eq!(binned.indices(), [0, 2, 0, 1, 1, 1]);
    /// # Ok::<(), mi_metrics::MiError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`BinnedArray::new`].
    pub fn equiprobable<T: Sample>(values: &[T], bins: usize) -> Result<Self, MiError> {
        check_bins(bins)?;
        check_count(values.len())?;
        check_finite(Location::Array, values)?;
        let mut sorted: Vec<f64> = values.iter().map(|&v| v.into()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // k bins / N reaches b when the value of rank ceil(b N / bins), from 1, is below.
        let n = sorted.len() as u64;
        let below = |bin: u64| sorted[(bin * n).div_ceil(bins as u64) as usize - 1];
        let last_below: Vec<f64> = (1..bins as u64).map(below).collect();
        let bin = |&v: &T| last_below.partition_point(|&last| last < v.into()) as u16;
        Ok(Self::of(values.iter().map(bin).collect(), bins))
    }
}

/// Each value must be finite.
pub(crate) fn check_finite<T: Sample>(location: Location, values: &[T]) -> Result<(), MiError> {
    check_values(location, values, f64::MIN, f64::MAX)
}

/// Each value must be finite and within `low` to `high`.
fn check_values<T: Sample>(
    location: Location,
    values: &[T],
    low: f64,
    high: f64,
) -> Result<(), MiError> {
    let outside = |&v: &T| {
        let value: f64 = v.into();
        !(low <= value && value <= high)
    };
    let Some(index) = values.iter().position(outside) else { return Ok(()) };
    let value = values[index].into();
    Err(if value.is_finite() {
        MiError::OutOfRange { index, value, low, high }
    } else {
        MiError::NonFinite { location, index, value }
    })
}

/// The bin of each value by a rule that is known.
struct AssignBy<'a, T: Sample> {
    values: &'a [T],
    rule: &'a T::Rule,
}

impl<T: Sample> Kernel for AssignBy<'_, T> {
    type Output = Vec<u16>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        self.values.iter().map(|&v| T::bin::<ROUNDS>(self.rule, v)).collect()
    }
}
