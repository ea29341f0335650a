//! The joint histogram of two arrays.
//!
//! `measures.rs`, `normalization.rs` and `estimator.rs` add what can be computed from it.

use super::binned_array::{BinnedArray, check_bins};
use super::counting::JointCounter;
use super::information;
use crate::checks::{check_length, check_pairs};
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values};
use crate::simd::{Kernel, Level};

/// How often each pair of bins occurs together.
///
/// All its entropies and information are in nats. They are plug-in estimates (a probability is a
/// count divided by the total), except [`estimate`](Self::estimate), which can correct the bias.
///
/// ```
/// use mi_metrics::{JointHistogram, Normalization};
///
/// // y says whether x is in its upper half.
/// let x = [0_u8, 1, 2, 3, 4, 5, 6, 7];
/// let y = [0_u8, 0, 0, 0, 1, 1, 1, 1];
/// let joint = JointHistogram::from_slices(&x, &y, 2)?;
/// assert_eq!(joint.counts(), [4, 0, 0, 4]);
/// assert!((joint.mutual_information() - 2.0_f64.ln()).abs() < 1e-15);
/// assert!((joint.normalized_mi(Normalization::Studholme) - 2.0).abs() < 1e-15);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointHistogram {
    pub(crate) counts: Vec<u32>,
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<u32>,
    /// The number of values.
    pub(crate) total: u32,
}

impl JointHistogram {
    /// Pairs two binned arrays value for value. Their numbers of bins may differ.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn new(x: &BinnedArray, y: &BinnedArray) -> Result<Self> {
        check_pairs(x.indices().len(), y.indices().len())?;
        Ok(Self {
            counts: Level::detect().run(Count { x, y }),
            rows: x.counts().to_vec(),
            columns: y.counts().to_vec(),
            total: information::total(x.counts()),
        })
    }

    /// Bins two arrays, each in equal widths over its own range, and pairs them.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; otherwise those of [`BinnedArray::new`], with the [`Location`] of
    /// the array.
    pub fn from_slices<X: Sample, Y: Sample>(x: &[X], y: &[Y], bins: usize) -> Result<Self> {
        Self::of(X::values(x), Y::values(y), bins)
    }

    pub(crate) fn of(x: Values<'_>, y: Values<'_>, bins: usize) -> Result<Self> {
        check_pairs(x.len(), y.len())?;
        Self::new(&BinnedArray::at(Location::X, x, bins)?, &BinnedArray::at(Location::Y, y, bins)?)
    }

    /// Takes a contingency table: `counts` is row-major, and `shape` is its numbers of rows (bins
    /// of x) and of columns (bins of y), as from [`shape`](Self::shape).
    ///
    /// # Errors
    /// [`Error::BinCount`] unless each side is 1 to [`MAX_BINS`](crate::MAX_BINS);
    /// [`Error::WrongLength`] for `counts`; [`Error::Empty`] if all counts are zero;
    /// [`Error::TooManyValues`] if they add up to more than `u32::MAX`.
    pub fn from_counts(counts: Vec<u32>, shape: (usize, usize)) -> Result<Self> {
        let (bins_x, bins_y) = shape;
        check_bins(bins_x)?;
        check_bins(bins_y)?;
        check_length("counts", counts.len(), &[bins_x, bins_y])?;
        // At most 2^24 counts below 2^32: the sum fits.
        let values: u64 = counts.iter().copied().map(u64::from).sum();
        if values == 0 {
            return Err(Error::Empty);
        }
        if values > u64::from(u32::MAX) {
            return Err(Error::TooManyValues { values, max: u32::MAX.into() });
        }
        let (mut rows, mut columns) = (vec![0; bins_x], vec![0; bins_y]);
        information::marginals(&counts, &mut rows, &mut columns);
        Ok(Self { counts, rows, columns, total: values as u32 })
    }

    /// Replaces the pairs by as many others, given by the positions of their cells in the table.
    pub(crate) fn recount(&mut self, cells: impl Iterator<Item = u32>) {
        self.counts.fill(0);
        for cell in cells {
            self.counts[cell as usize] += 1;
        }
        information::marginals(&self.counts, &mut self.rows, &mut self.columns);
    }

    /// The table, row-major: a row for each bin of x and a column for each bin of y.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The numbers of bins of x and of y.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    /// The counts of x alone: the sum of each row.
    pub fn counts_x(&self) -> &[u32] {
        &self.rows
    }

    /// The counts of y alone: the sum of each column.
    pub fn counts_y(&self) -> &[u32] {
        &self.columns
    }
}

/// Counts the pairs.
struct Count<'a> {
    x: &'a BinnedArray,
    y: &'a BinnedArray,
}

impl Kernel for Count<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let mut counter = JointCounter::new(self.x.bins(), self.y.bins());
        counter.set_rows(self.x.indices(), |row| row);
        counter.count(self.y.indices(), &[], |column| column);
        counter.into_table()
    }
}
