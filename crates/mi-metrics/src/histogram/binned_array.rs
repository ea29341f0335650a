//! One array, binned.

use rand::Rng;
use rand::seq::SliceRandom;

use super::equal_width::Binning;
use super::information;
use crate::checks::check_count;
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values, typed};
use crate::simd::{Kernel, Level};

/// The largest number of bins of one array.
///
/// It limits a joint table to 64 MiB, and keeps the position of an `f32` among the bins accurate to
/// a thousandth of a bin.
pub const MAX_BINS: usize = 4096;

/// The bin of every value of an array, and the number of values in every bin.
///
/// Bin an image once and pair it with many maps by
/// [`JointHistogram::new`](crate::JointHistogram::new).
///
/// | bins | constructor |
/// |---|---|
/// | equal widths over the range of the array | [`new`](Self::new) |
/// | equal widths over a given range, the same for many arrays | [`in_range`](Self::in_range) |
/// | equal numbers of values, between quantiles | [`equal_mass`](Self::equal_mass) |
/// | between given edges | [`from_edges`](Self::from_edges) |
/// | assigned by the caller | [`from_indices`](Self::from_indices) |
///
/// [`BinRule`](crate::BinRule) suggests how many.
///
/// ```
/// use mi_metrics::BinnedArray;
///
/// let binned = BinnedArray::new(&[0.0_f32, 0.9, 1.0, 2.5, 4.0], 4)?;
/// assert_eq!(binned.indices(), [0, 0, 1, 2, 3]);
/// assert_eq!(binned.counts(), [2, 1, 1, 1]);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinnedArray {
    indices: Vec<u16>,
    counts: Vec<u32>,
}

impl BinnedArray {
    /// Bins `values` in equal widths from their minimum to their maximum.
    ///
    /// The bins are half open, except the last one, which is closed. Reads the values twice.
    ///
    /// # Errors
    /// [`Error::BinCount`] unless `bins` is 1 to [`MAX_BINS`]; [`Error::Empty`];
    /// [`Error::TooManyValues`]; [`Error::NonFinite`] with the index of the first NaN or infinity.
    pub fn new<T: Sample>(values: &[T], bins: usize) -> Result<Self> {
        Self::at(Location::Array, T::values(values), bins)
    }

    /// [`BinnedArray::new`] with the location of the array for an error.
    pub(crate) fn at(location: Location, values: Values<'_>, bins: usize) -> Result<Self> {
        check_bins(bins)?;
        check_count(values.len())?;
        let indices =
            typed!(values, |values| Level::detect().run(Assign { location, values, bins }))?;
        Ok(Self::of(indices, bins))
    }

    /// The array with bin numbers that are known to be below `bins`.
    pub(crate) fn of(indices: Vec<u16>, bins: usize) -> Self {
        Self { counts: count(&indices, bins), indices }
    }

    /// The array with bin numbers, 0 to `bins - 1`, that the caller has assigned.
    ///
    /// # Errors
    /// [`Error::BinCount`], [`Error::Empty`] and [`Error::TooManyValues`] as for
    /// [`BinnedArray::new`]; [`Error::BinOutOfRange`].
    pub fn from_indices(indices: Vec<u16>, bins: usize) -> Result<Self> {
        check_bins(bins)?;
        check_count(indices.len())?;
        if let Some(index) = indices.iter().position(|&bin| usize::from(bin) >= bins) {
            return Err(Error::BinOutOfRange { index, bin: indices[index].into(), bins });
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

    /// The same values in random order.
    pub(crate) fn shuffled(&self, random: &mut impl Rng) -> Self {
        let mut shuffled = self.clone();
        shuffled.indices.shuffle(random);
        shuffled
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

impl<T: Binning> Kernel for Assign<'_, T> {
    type Output = Result<Vec<u16>>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let rule = T::rule(self.location, self.values, self.bins)?;
        Ok(self.values.iter().map(|&v| T::bin::<ROUNDS>(&rule, v)).collect())
    }
}

/// The number of bins must be 1 to [`MAX_BINS`].
pub(crate) fn check_bins(bins: usize) -> Result<()> {
    match bins {
        1..=MAX_BINS => Ok(()),
        _ => Err(Error::BinCount { bins, max: MAX_BINS }),
    }
}
