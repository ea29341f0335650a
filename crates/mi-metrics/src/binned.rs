//! One array, binned.

use crate::simd::{Kernel, Level};
use crate::{Location, MiError, Sample, information};

/// The largest number of bins of one array. It bounds a joint table at 64 MiB, and keeps the f32
/// bin position accurate to a thousandth of a bin.
pub const MAX_BINS: usize = 4096;

/// The bin of every value of an array, with the histogram they make.
///
/// Bin an image once and pair it with many maps through
/// [`JointHistogram::new`](crate::JointHistogram::new).
///
/// | bins | constructor |
/// |---|---|
/// | equal widths over the array's own range | [`new`](Self::new) |
/// | equal widths over a range given, the same for many arrays | [`in_range`](Self::in_range) |
/// | equal numbers of values | [`equiprobable`](Self::equiprobable) |
/// | between edges given | [`from_edges`](Self::from_edges) |
/// | assigned by the caller | [`from_indices`](Self::from_indices) |
///
/// [`BinRule`](crate::BinRule) says how many.
///
/// ```
/// use mi_metrics::BinnedArray;
///
/// let binned = BinnedArray::new(&[0.0_f32, 0.9, 1.0, 2.5, 4.0], 4)?;
/// assert_eq!(binned.indices(), [0, 0, 1, 2, 3]);
/// assert_eq!(binned.counts(), [2, 1, 1, 1]);
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinnedArray {
    pub(crate) indices: Vec<u16>,
    counts: Vec<u32>,
}

impl BinnedArray {
    /// Bins `values` in equal widths over their own minimum to maximum; each bin is half open but the
    /// last, which is closed. Two passes over the values.
    ///
    /// # Errors
    /// [`MiError::BinCount`] unless `bins` is 1 to [`MAX_BINS`]; [`MiError::Empty`];
    /// [`MiError::TooManyValues`]; [`MiError::NonFinite`] with the index of the first NaN or infinity.
    pub fn new<T: Sample>(values: &[T], bins: usize) -> Result<Self, MiError> {
        Self::at(Location::Array, values, bins)
    }

    /// [`BinnedArray::new`], naming the array in an error.
    pub(crate) fn at<T: Sample>(
        location: Location,
        values: &[T],
        bins: usize,
    ) -> Result<Self, MiError> {
        check_bins(bins)?;
        check_count(values.len())?;
        let indices = Level::detect().run(Assign { location, values, bins })?;
        Ok(Self::of(indices, bins))
    }

    /// Bin numbers that are known to be below `bins`.
    pub(crate) fn of(indices: Vec<u16>, bins: usize) -> Self {
        Self { counts: count(&indices, bins), indices }
    }

    /// Takes bin numbers, 0 to `bins - 1`, that the caller has assigned by a rule of their own.
    ///
    /// # Errors
    /// [`MiError::BinCount`], [`MiError::Empty`] and [`MiError::TooManyValues`] as for
    /// [`BinnedArray::new`]; [`MiError::BinOutOfRange`].
    pub fn from_indices(indices: Vec<u16>, bins: usize) -> Result<Self, MiError> {
        check_bins(bins)?;
        check_count(indices.len())?;
        if let Some(index) = indices.iter().position(|&bin| usize::from(bin) >= bins) {
            return Err(MiError::BinOutOfRange { index, bin: indices[index].into(), bins });
        }
        Ok(Self::of(indices, bins))
    }

    /// The number of bins, occupied or not.
    pub fn bins(&self) -> usize {
        self.counts.len()
    }

    /// The bin of each value, in the order of the values.
    pub fn indices(&self) -> &[u16] {
        &self.indices
    }

    /// The number of values in each bin.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The plug-in entropy of the binned values, in nats: 0 to ln `bins`.
    pub fn entropy(&self) -> f64 {
        information::entropy(&self.counts)
    }
}

fn count(indices: &[u16], bins: usize) -> Vec<u32> {
    let mut counts = vec![0; bins];
    for &bin in indices {
        counts[usize::from(bin)] += 1;
    }
    counts
}

/// Finds the bin of each value.
struct Assign<'a, T> {
    location: Location,
    values: &'a [T],
    bins: usize,
}

impl<T: Sample> Kernel for Assign<'_, T> {
    type Output = Result<Vec<u16>, MiError>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let rule = rule_at(self.location, self.values, self.bins)?;
        Ok(self.values.iter().map(|&v| T::bin::<ROUNDS>(&rule, v)).collect())
    }
}

#[inline(always)]
pub(crate) fn rule_at<T: Sample>(
    location: Location,
    values: &[T],
    bins: usize,
) -> Result<T::Rule, MiError> {
    T::rule(values, bins).map_err(|bad| MiError::NonFinite {
        location,
        index: bad.index,
        value: bad.value,
    })
}

pub(crate) fn check_bins(bins: usize) -> Result<(), MiError> {
    match bins {
        1..=MAX_BINS => Ok(()),
        _ => Err(MiError::BinCount { bins, max: MAX_BINS }),
    }
}

/// An array must hold at least one value, and no more than a `u32` can count.
pub(crate) fn check_count(values: usize) -> Result<(), MiError> {
    match u32::try_from(values) {
        Ok(0) => Err(MiError::Empty),
        Ok(_) => Ok(()),
        Err(_) => Err(MiError::TooManyValues { values: values as u64, max: u32::MAX.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn an_array_too_long_for_its_counts_is_refused() {
        let max = u32::MAX as usize;
        assert_eq!(check_count(max), Ok(()));
        let expected = MiError::TooManyValues { values: max as u64 + 1, max: max as u64 };
        assert_eq!(check_count(max + 1), Err(expected));
    }
}
