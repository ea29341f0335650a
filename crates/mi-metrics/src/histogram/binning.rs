//! Bins over a given range, between given edges, and between quantiles.

use std::ops::RangeInclusive;

use super::binned_array::{BinnedArray, check_bins};
use super::equal_width::Binning;
use crate::checks::{check_count, check_finite, check_within};
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values, typed};
use crate::simd::{Kernel, Level};

impl BinnedArray {
    /// Bins `values` in equal widths over a given range.
    ///
    /// The bins are half open, except the last one, which is closed, as in
    /// `numpy.histogram(values, bins, range)`. The arithmetic is that of [`BinnedArray::new`] (the
    /// README has the formula) with the ends of the range as `lo` and `hi`. In a range of a single
    /// value that value is in bin 0. Reads the values twice.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::in_range(&[0.1_f32, 0.3, 0.3], 0.0..=1.0, 10)?;
    /// assert_eq!(binned.indices(), [1, 3, 3]);
    /// # Ok::<(), mi_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Range`] if an end is not finite or the first end is larger than the second;
    /// [`Error::OutOfRange`] with the first value outside (numpy drops it, which would unpair the
    /// arrays); otherwise those of [`BinnedArray::new`].
    pub fn in_range<T: Sample>(
        values: &[T],
        range: RangeInclusive<T>,
        bins: usize,
    ) -> Result<Self> {
        let (low, high) = range.into_inner();
        Self::over(T::values(values), low.into(), high.into(), bins)
    }

    fn over(values: Values<'_>, low: f64, high: f64, bins: usize) -> Result<Self> {
        check_bins(bins)?;
        check_count(values.len())?;
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(Error::Range { low, high });
        }
        check_within(Location::Array, values, low, high)?;
        let indices =
            typed!(values, |values| Level::detect().run(AssignOver { values, low, high, bins }));
        Ok(Self::of(indices, bins))
    }

    /// Bins `values` between given edges: `edges.len() - 1` bins of any widths.
    ///
    /// Bin `i` has the values `edges[i] <= v < edges[i + 1]`; the last bin also has those equal to
    /// the last edge, as in `numpy.histogram(values, edges)`. Values are compared in `f64`,
    /// exactly, by a binary search for each value.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::from_edges(&[0_u8, 9, 10, 99, 255], &[0.0, 10.0, 100.0, 255.0])?;
    /// assert_eq!(binned.indices(), [0, 0, 1, 1, 2]);
    /// # Ok::<(), mi_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BinCount`] for fewer than two edges, or more than [`MAX_BINS`](crate::MAX_BINS) +
    /// 1; [`Error::Edge`] unless the edges are finite and strictly increasing;
    /// [`Error::OutOfRange`] with the first value outside them; otherwise those of
    /// [`BinnedArray::new`].
    pub fn from_edges<T: Sample>(values: &[T], edges: &[f64]) -> Result<Self> {
        Self::between(T::values(values), edges)
    }

    fn between(values: Values<'_>, edges: &[f64]) -> Result<Self> {
        let bins = edges.len().saturating_sub(1);
        check_bins(bins)?;
        check_count(values.len())?;
        let rises = |i: usize| edges[i].is_finite() && (i == 0 || edges[i - 1] < edges[i]);
        if let Some(index) = (0..=bins).find(|&i| !rises(i)) {
            return Err(Error::Edge { index, value: edges[index] });
        }
        check_within(Location::Array, values, edges[0], edges[bins])?;
        let inner = &edges[1..bins];
        let bin = |v: f64| inner.partition_point(|&edge| edge <= v) as u16;
        Ok(Self::of(values.map(bin), bins))
    }

    /// Bins `values` between their quantiles, so that each bin has about the same number of them.
    ///
    /// The edges are the quantiles at `1/bins` to `(bins - 1)/bins`, linear between neighbouring
    /// values; a value on an edge is in the bin above. In numpy:
    ///
    /// ```text
    /// edges = numpy.quantile(values, numpy.arange(1, bins) / bins)
    /// index = numpy.searchsorted(edges, values, side="right")
    /// ```
    ///
    /// Without ties each bin has `(N - 1) / bins` values, rounded up or down, or one more. Equal
    /// values are in one bin, the highest that any of them would be in without ties, and the bins
    /// below it stay empty or smaller. If half of the values are zeros, as after a ReLU, half of
    /// the bins stay empty.
    ///
    /// The bins depend only on the order of the values, so a strictly increasing function changes
    /// neither them nor the information from them. numpy's rounding of an edge can put the values
    /// next to it in the other bin; nothing is rounded here. Takes `N ln bins`, and a copy.
    ///
    /// ```
    /// use mi_metrics::BinnedArray;
    ///
    /// let binned = BinnedArray::equal_mass(&[0.0_f32, 1e9, 1.0, 7.0, 7.0, 7.0], 3)?;
    /// assert_eq!(binned.indices(), [0, 2, 0, 2, 2, 2]);
    /// # Ok::<(), mi_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`BinnedArray::new`].
    pub fn equal_mass<T: Sample>(values: &[T], bins: usize) -> Result<Self> {
        Self::between_quantiles(T::values(values), bins)
    }

    fn between_quantiles(values: Values<'_>, bins: usize) -> Result<Self> {
        check_bins(bins)?;
        check_count(values.len())?;
        check_finite(Location::Array, values)?;
        let mut values_in_part = values.to_f64();
        // Edge b is the quantile at position (N - 1) b / bins of the sorted values. No value is
        // between that edge and the value of the next whole position, which therefore serves as
        // well.
        let last = values_in_part.len() as u64 - 1;
        let position = |b: u64| (b * last).div_ceil(bins as u64) as usize;
        let positions: Vec<usize> = (1..bins as u64).map(position).collect();
        sort_at(&mut values_in_part, &positions, 0);
        let edges: Vec<f64> = positions.into_iter().map(|i| values_in_part[i]).collect();
        let bin = |v: f64| edges.partition_point(|&edge| edge <= v) as u16;
        Ok(Self::of(values.map(bin), bins))
    }
}

/// Reorders values so that those at `positions`, which rise and count from `first`, are the ones
/// that sorting would put there.
fn sort_at(values: &mut [f64], positions: &[usize], first: usize) {
    let Some(&middle) = positions.get(positions.len() / 2) else { return };
    let (below, _, above) = values.select_nth_unstable_by(middle - first, f64::total_cmp);
    let before = positions.partition_point(|&position| position < middle);
    let after = positions.partition_point(|&position| position <= middle);
    sort_at(below, &positions[..before], first);
    sort_at(above, &positions[after..], middle + 1);
}

/// Finds the bin of each value over a given range.
struct AssignOver<'a, T> {
    values: &'a [T],
    low: f64,
    high: f64,
    bins: usize,
}

impl<T: Binning> Kernel for AssignOver<'_, T> {
    type Output = Vec<u16>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let rule = T::rule_over(self.low, self.high, self.bins);
        self.values.iter().map(|&v| T::bin::<ROUNDS>(&rule, v)).collect()
    }
}
