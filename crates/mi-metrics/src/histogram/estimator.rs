//! Estimates of mutual information from a table of counts.
//!
//! The plug-in estimate is biased: the table of independent samples is almost never the product of
//! its marginals. Each other [`Estimator`] removes some of that bias.

use super::information;
use super::joint_histogram::JointHistogram;

/// How to estimate mutual information from a joint histogram; all in nats.
///
/// `N` is the number of values, `r` and `c` are the numbers of *occupied* rows and columns, `k` is
/// the number of occupied cells, and `n` is a count. One pass reads every cell of the table and
/// takes the logarithms of the occupied ones.
///
/// ```
/// use mi_metrics::{Estimator, JointHistogram};
///
/// // 100 independent pairs of dice: information 0, expected bias (6 - 1)^2 / 200 = 0.125.
/// let mut state = 1_u32;
/// let mut die = || {
///     state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     (f64::from(state) / 4_294_967_296.0 * 6.0) as u8
/// };
/// let (x, y): (Vec<u8>, Vec<u8>) = (0..100).map(|_| (die(), die())).unzip();
/// let joint = JointHistogram::from_slices(&x, &y, 6)?;
/// assert!(joint.estimate(Estimator::PlugIn) > 0.08);
/// assert!(joint.estimate(Estimator::Analytic).abs() < 0.05);
/// assert!(joint.estimate(Estimator::Jackknife).abs() < 0.05);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Estimator {
    /// `sum n/N ln(n N / (n_x n_y))`, as in [`JointHistogram::mutual_information`]. Also called
    /// naive or maximum likelihood.
    ///
    /// 0 to min(H(X), H(Y)). Too large by about `(r - 1)(c - 1) / 2N` for independent arrays; too
    /// small by about `(r - 1) / 2N` if x and y determine each other. One pass.
    PlugIn,
    /// Plug-in plus `((r - 1) + (c - 1) - (k - 1)) / 2N`: the first-order bias of each entropy is
    /// removed, with occupied bins in place of possible ones.
    ///
    /// Can be negative. It is the better first-order correction if some cells cannot occur (strong
    /// dependence), because `k` counts only cells that can. It corrects too little if possible
    /// cells have not occurred, that is if `N` is not well above `r c`. One pass, and another that
    /// counts `k`.
    ///
    /// Source: Miller 1955; for information Roulston 1999.
    MillerMadow,
    /// Plug-in minus `(r - 1)(c - 1) / 2N`: the first-order bias if every occupied row can occur
    /// with every occupied column.
    ///
    /// Can be negative. For nearly independent arrays and `N` at least ten times `r c`. It corrects
    /// too much if some cells cannot occur. If `N` is not well above `r c` the expansion fails, in
    /// either direction. One pass.
    ///
    /// Source: Miller 1955; Moddemeijer 1989; Panzeri and Treves 1996, with occupied cells in place
    /// of their estimate of the possible ones.
    Analytic,
    /// Plug-in with the cell probabilities `(1 - l) n/N + l/K`, which are drawn towards the uniform
    /// table of all `K` cells, empty rows and columns included. The marginals are those of these
    /// probabilities.
    ///
    /// `l = (1 - sum (n/N)^2) / ((N - 1) sum (n/N - 1/K)^2)`, at most 1, is the weight with the
    /// least estimated squared error. It is 1 if `N` is 1 or all counts are equal. The result is 0
    /// to the smaller entropy of the shrunk table, and mostly below the plug-in value. Its error is
    /// small for nearly independent arrays and fewer values than cells.
    ///
    /// It depends on the number of empty bins. An array that leaves most bins of its range empty is
    /// drawn far, and a constant array can have information above 0. One pass.
    ///
    /// Source: Hausser and Strimmer 2009, equations 4 to 7; as `mi.shrink` of the R package
    /// entropy.
    Shrinkage,
    /// `N I - (N - 1) mean(I_s)`, with `I_s` the plug-in estimate without value `s` and the mean
    /// over all values.
    ///
    /// Removes bias of order 1/N without knowing which cells can occur. If `N` is at least `r c` it
    /// has the least bias of these estimators, at weak and at strong dependence, and a slightly
    /// larger scatter than plug-in. Can be negative. If `N` is below `r c` it is still too large.
    /// For a single value it is 0.
    ///
    /// One pass: all values of a cell leave the same table behind, so the mean is a sum over cells
    /// (`jackknife_entropy` in the source derives it).
    ///
    /// Source: Quenouille 1956; for entropy Zahl 1977, and Paninski 2003.
    Jackknife,
}

impl Estimator {
    /// Every estimator.
    pub const ALL: [Self; 5] =
        [Self::PlugIn, Self::MillerMadow, Self::Analytic, Self::Shrinkage, Self::Jackknife];

    /// The name for tables and files: `plug-in`, `miller-madow`, `analytic`, `shrinkage`,
    /// `jackknife`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlugIn => "plug-in",
            Self::MillerMadow => "miller-madow",
            Self::Analytic => "analytic",
            Self::Shrinkage => "shrinkage",
            Self::Jackknife => "jackknife",
        }
    }
}

impl JointHistogram {
    /// An estimate of the mutual information of the variables that were sampled, in nats.
    ///
    /// Exchanging x and y, or reordering bins or values, changes at most the last digits.
    pub fn estimate(&self, estimator: Estimator) -> f64 {
        let total = f64::from(self.total);
        match estimator {
            Estimator::PlugIn => self.mutual_information(),
            Estimator::MillerMadow => {
                let excess = occupied(&self.rows) + occupied(&self.columns) - 1.0;
                self.mutual_information() + (excess - occupied(&self.counts)) / (2.0 * total)
            }
            Estimator::Analytic => {
                let freedom = (occupied(&self.rows) - 1.0) * (occupied(&self.columns) - 1.0);
                self.mutual_information() - freedom / (2.0 * total)
            }
            Estimator::Shrinkage => self.shrunk_mi(),
            Estimator::Jackknife => {
                jackknife_entropy(&self.rows) + jackknife_entropy(&self.columns)
                    - jackknife_entropy(&self.counts)
            }
        }
    }

    /// `H(X) + H(Y) - H(X,Y)` of the shrunk table, whose row sums are `(1 - l) n_x/N + l/rows`.
    fn shrunk_mi(&self) -> f64 {
        let weight = shrinkage_weight(&self.counts);
        let [x, y, xy] =
            [&self.rows, &self.columns, &self.counts].map(|counts| shrunk_entropy(counts, weight));
        (x + y - xy).clamp(0.0, x.min(y))
    }
}

fn occupied(counts: &[u32]) -> f64 {
    counts.iter().filter(|&&n| n > 0).count() as f64
}

/// `l`, the weight of the uniform table.
///
/// With `K` cells and `Q = sum n^2` it is `K (N^2 - Q) / ((N - 1) (K Q - N^2))`. Integers are used
/// so that no difference is rounded: `K Q` is at most 2^(24 + 64), and the product with `N - 1` is
/// below 2^120.
fn shrinkage_weight(counts: &[u32]) -> f64 {
    let cells = counts.len() as u128;
    let total: u128 = information::total(counts).into();
    let squares: u128 = counts.iter().map(|&n| u128::from(n) * u128::from(n)).sum();
    let spread = (total - 1) * (cells * squares - total * total);
    if spread == 0 {
        return 1.0;
    }
    ((cells * (total * total - squares)) as f64 / spread as f64).min(1.0)
}

/// `-sum p ln p` with `p = (1 - weight) n/N + weight/K` for `K` counts. At least 0, even if
/// rounding makes a `p` exceed 1.
fn shrunk_entropy(counts: &[u32], weight: f64) -> f64 {
    let scale = (1.0 - weight) / f64::from(information::total(counts));
    let uniform = weight / counts.len() as f64;
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    let of_occupied =
        information::sum(
            counts,
            |n| if n > 0 { term(scale * f64::from(n) + uniform) } else { 0.0 },
        );
    // Most cells of a large table are empty. Their common term is computed once.
    let empty = counts.len() as f64 - occupied(counts);
    (of_occupied + empty * term(uniform)).max(0.0)
}

/// `N H - (N - 1) mean(H_s)`, with `H_s` the plug-in entropy without value `s`.
///
/// `N H = N ln N - sum n ln n`. Without a value of a bin with count `n`, only the terms of this bin
/// and of the total change. With `d(n) = n ln n - (n - 1) ln(n - 1)` the result is
///
/// ```text
/// 1/N  sum  n (d(N) - d(n))
/// ```
///
/// and no term is negative.
fn jackknife_entropy(counts: &[u32]) -> f64 {
    // d(n) = ln n - (n - 1) ln(1 - 1/n), in which no digits cancel.
    let step = |n: u32| {
        let n = f64::from(n);
        n.ln() - (n - 1.0) * (-1.0 / n).ln_1p()
    };
    let total = information::total(counts);
    let last = if total > 1 { step(total) } else { 0.0 };
    let term = |n| match n {
        0 => 0.0,
        1 => last,
        _ => f64::from(n) * (last - step(n)),
    };
    information::sum(counts, term) / f64::from(total)
}
