//! The joint histogram of two arrays. What it says about them: `measures.rs`, `estimator.rs`.

use crate::counting::JointCounter;
use crate::simd::{Kernel, Level};
use crate::{BinnedArray, Location, MiError, Sample, binned, information};

/// How often each pair of bins occurs together.
///
/// Everything it computes is in nats, and the plug-in estimate (probabilities are the counts divided
/// by their total) but for [`estimate`](Self::estimate), which corrects its bias.
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
/// # Ok::<(), mi_metrics::MiError>(())
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
    /// Pairs two binned arrays value for value; their numbers of bins may differ.
    ///
    /// # Errors
    /// [`MiError::LengthMismatch`].
    pub fn new(x: &BinnedArray, y: &BinnedArray) -> Result<Self, MiError> {
        let (len_x, len_y) = (x.indices().len(), y.indices().len());
        if len_x != len_y {
            return Err(MiError::LengthMismatch { x: len_x, y: len_y });
        }
        Ok(Self {
            counts: Level::detect().run(Count { x, y }),
            rows: x.counts().to_vec(),
            columns: y.counts().to_vec(),
            total: information::total(x.counts()),
        })
    }

    /// Bins two arrays, each over its own range, and pairs them.
    ///
    /// # Errors
    /// [`MiError::LengthMismatch`]; otherwise those of [`BinnedArray::new`], with the
    /// [`Location`] of the array.
    pub fn from_slices<X: Sample, Y: Sample>(
        x: &[X],
        y: &[Y],
        bins: usize,
    ) -> Result<Self, MiError> {
        if x.len() != y.len() {
            return Err(MiError::LengthMismatch { x: x.len(), y: y.len() });
        }
        Self::new(&BinnedArray::at(Location::X, x, bins)?, &BinnedArray::at(Location::Y, y, bins)?)
    }

    /// Takes a contingency table: `counts` is row-major, `[bins_x, bins_y]`.
    ///
    /// # Errors
    /// [`MiError::BinCount`] unless each side is 1 to [`MAX_BINS`](crate::MAX_BINS); [`MiError::WrongLength`];
    /// [`MiError::Empty`] when all counts are zero; [`MiError::TooManyValues`] when they add up to
    /// more than `u32::MAX`.
    pub fn from_counts(counts: Vec<u32>, bins_x: usize, bins_y: usize) -> Result<Self, MiError> {
        binned::check_bins(bins_x)?;
        binned::check_bins(bins_y)?;
        let expected = bins_x * bins_y;
        if counts.len() != expected {
            return Err(MiError::WrongLength { name: "counts", expected, found: counts.len() });
        }
        // At most 2^24 counts below 2^32: the sum fits.
        let values: u64 = counts.iter().copied().map(u64::from).sum();
        if values == 0 {
            return Err(MiError::Empty);
        }
        if values > u64::from(u32::MAX) {
            return Err(MiError::TooManyValues { values, max: u32::MAX.into() });
        }
        let (mut rows, mut columns) = (vec![0; bins_x], vec![0; bins_y]);
        information::marginals(&counts, &mut rows, &mut columns);
        Ok(Self { counts, rows, columns, total: values as u32 })
    }

    /// The table, row-major: a row for each bin of x, a column for each bin of y.
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
