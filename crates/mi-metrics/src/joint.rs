//! The joint histogram of two arrays and what it says about them.

use crate::counting::JointCounter;
use crate::simd::{Kernel, Level};
use crate::{BinnedArray, Location, MiError, Sample, binned, information};

/// How to scale mutual information to a range that does not depend on the number of bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalization {
    /// `2 I(X;Y) / (H(X) + H(Y))`, 0 to 1: the default of scikit-learn's
    /// `normalized_mutual_info_score`.
    Arithmetic,
    /// `(H(X) + H(Y)) / H(X,Y)`, 1 to 2: Studholme, Hill and Hawkes 1999, and scikit-image's
    /// `normalized_mutual_information`.
    Studholme,
}

/// How often each pair of bins occurs together.
///
/// Everything it computes is the plug-in estimate, in nats: probabilities are the counts divided by
/// their total. Estimates from finite samples are biased upwards; see
/// [`miller_madow_mi`](Self::miller_madow_mi).
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
    counts: Vec<u32>,
    rows: Vec<u32>,
    columns: Vec<u32>,
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
        Ok(Self { counts, rows, columns })
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

    /// The mutual information I(X;Y), in nats.
    ///
    /// Always within 0 to min(H(X), H(Y)): a rounding beyond either bound is cut off. Exactly 0 when
    /// the table is the product of its marginals, as when either array is constant. Exchanging x
    /// and y changes the order of summation, hence at most the last digits.
    pub fn mutual_information(&self) -> f64 {
        let mut ln_columns = vec![0.0; self.columns.len()];
        information::mutual_information(&self.counts, &self.rows, &self.columns, &mut ln_columns)
    }

    /// The entropy H(X), in nats: 0 to ln of the bins of x.
    pub fn entropy_x(&self) -> f64 {
        information::entropy(&self.rows)
    }

    /// The entropy H(Y), in nats: 0 to ln of the bins of y.
    pub fn entropy_y(&self) -> f64 {
        information::entropy(&self.columns)
    }

    /// The entropy H(X,Y) of the pair, in nats.
    pub fn joint_entropy(&self) -> f64 {
        information::entropy(&self.counts)
    }

    /// Mutual information on a fixed scale, without unit.
    ///
    /// When x and y each occupy a single bin the ratio is 0/0. The result is then that of a perfect
    /// match, 1 or 2, as in scikit-learn (scikit-image returns NaN).
    pub fn normalized_mi(&self, normalization: Normalization) -> f64 {
        let (x, y) = (self.entropy_x(), self.entropy_y());
        let constant = x + y == 0.0;
        match normalization {
            Normalization::Arithmetic if constant => 1.0,
            Normalization::Arithmetic => (2.0 * self.mutual_information() / (x + y)).min(1.0),
            Normalization::Studholme if constant => 2.0,
            Normalization::Studholme => ((x + y) / self.joint_entropy()).clamp(1.0, 2.0),
        }
    }

    /// Mutual information with the first-order bias of its three entropies removed, in nats.
    ///
    /// With `K` the number of occupied bins or cells and `N` the number of values (Miller 1955):
    ///
    /// ```text
    /// I + ((K_x - 1) + (K_y - 1) - (K_xy - 1)) / 2N
    /// ```
    ///
    /// Near zero, sometimes below it, for independent arrays. Too small a correction when most cells
    /// that can occur have not been seen: when `N` is not well above `K_x K_y`.
    pub fn miller_madow_mi(&self) -> f64 {
        let occupied = |counts: &[u32]| counts.iter().filter(|&&n| n > 0).count() as f64;
        let total: u32 = self.rows.iter().sum();
        let excess = occupied(&self.rows) + occupied(&self.columns) - occupied(&self.counts) - 1.0;
        self.mutual_information() + excess / (2.0 * f64::from(total))
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
