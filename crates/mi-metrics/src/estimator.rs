//! Estimates of mutual information from a table of counts.
//!
//! The plug-in estimate is biased: a table of independent samples is never quite the product of its
//! marginals. Each [`Estimator`] but the first removes some of that bias.

use crate::{JointHistogram, information};

/// How to estimate mutual information from a joint histogram; all in nats.
///
/// `N` is the number of values, `r` and `c` the *occupied* rows and columns, `k` the occupied cells, `n` a
/// count. A pass reads every cell of the table and takes logarithms of the occupied ones.
///
/// ```
/// use mi_metrics::{Estimator, JointHistogram};
///
/// // 100 independent pairs of dice: all that is measured is bias, (6 - 1)^2 / 200 = 0.125 expected.
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
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Estimator {
    /// `sum n/N ln(n N / (n_x n_y))`: [`JointHistogram::mutual_information`], also called naive or
    /// maximum likelihood.
    ///
    /// Within 0 to min(H(X), H(Y)). Too large by about `(r - 1)(c - 1) / 2N` for independent arrays; for `y`
    /// determined by `x` and the reverse, too small by about `(r - 1) / 2N`. One pass.
    PlugIn,
    /// Plug-in plus `((r - 1) + (c - 1) - (k - 1)) / 2N`: each entropy corrected by its first-order bias
    /// with occupied bins for possible ones.
    ///
    /// Can be negative. Where some cells cannot occur (strong dependence) `k` counts only those that
    /// can, so it is the better first-order correction; where cells that can occur have not been
    /// seen, `N` not well above `r c`, it corrects too little. One pass, and one that counts `k`.
    ///
    /// Source: Miller 1955; for information Roulston 1999.
    MillerMadow,
    /// Plug-in minus `(r - 1)(c - 1) / 2N`: the first-order bias when every occupied row can meet every
    /// occupied column.
    ///
    /// Can be negative. For nearly independent arrays and `N` ten times `r c` or more: corrects too much
    /// where cells cannot occur; where `N` is not well above `r c` the expansion fails, either way. One pass.
    ///
    /// Source: Miller 1955; Moddemeijer 1989; Panzeri and Treves 1996, whose count of the possible
    /// cells is replaced by the occupied ones.
    Analytic,
    /// Plug-in of the cell probabilities `(1 - l) n/N + l/K`, drawn towards the uniform table of all `K`
    /// cells, empty rows and columns included, and of their own marginals.
    ///
    /// `l = (1 - sum (n/N)^2) / ((N - 1) sum (n/N - 1/K)^2)`, at most 1, is the weight of estimated least
    /// squared error; 1 when `N` is 1 or all counts are equal. Within 0 to the smaller entropy of the
    /// shrunk table, mostly below the plug-in value, and of small error for nearly independent arrays and
    /// fewer values than cells.
    /// Depends on how many bins are empty: an array that leaves most bins of its range empty is
    /// drawn far, and a constant one need not have information 0. One pass.
    ///
    /// Source: Hausser and Strimmer 2009, equations 4 to 7; as `mi.shrink` of the R package entropy.
    Shrinkage,
    /// `N I - (N - 1) mean(I_s)`, with `I_s` the plug-in estimate without value `s`, over all values.
    ///
    /// Removes bias of order 1/N without knowing which cells are possible: where `N` is at or above `r c` the
    /// least biased of these, weak dependence or strong. Scatters a little more than plug-in. Can be
    /// negative; with `N` below `r c` still too large. One pass: the values of a cell leave the same table
    /// behind, so that the mean is a sum over cells (`jackknife_entropy` in the source derives it). A single
    /// value has none to leave out; the result is 0.
    ///
    /// Source: Quenouille 1956; for entropy Zahl 1977, and Paninski 2003.
    Jackknife,
}

impl Estimator {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::PlugIn, Self::MillerMadow, Self::Analytic, Self::Shrinkage, Self::Jackknife];

    /// Its name in tables and files: `plug-in`, `miller-madow`, `analytic`, `shrinkage`, `jackknife`.
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
    /// The mutual information of the variables behind the table, by the given estimator, in nats.
    ///
    /// Symmetric in x and y up to the last digits, and independent of the order of bins and values.
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
/// With `K` cells and `Q = sum n^2` it is `K (N^2 - Q) / ((N - 1) (K Q - N^2))`, in integers, so that no
/// difference is rounded: `K Q` is at most 2^(24 + 64), with the factor `N - 1` below 2^120.
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

/// `-sum p ln p` with `p = (1 - weight) n/N + weight/K`, `K` counts being given. Not below 0 even
/// where a rounding makes a `p` exceed 1.
fn shrunk_entropy(counts: &[u32], weight: f64) -> f64 {
    let scale = (1.0 - weight) / f64::from(information::total(counts));
    let uniform = weight / counts.len() as f64;
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    let of_occupied =
        information::sum(
            counts,
            |n| if n > 0 { term(scale * f64::from(n) + uniform) } else { 0.0 },
        );
    // Most cells of a large table are empty; their logarithm is taken once.
    let empty = counts.len() as f64 - occupied(counts);
    (of_occupied + empty * term(uniform)).max(0.0)
}

/// `N H - (N - 1) mean(H_s)`, with `H_s` the plug-in entropy without value `s`.
///
/// `N H = N ln N - sum n ln n`, and taking a value from a bin of `n` changes the term of this bin and of
/// the total alone: with `d(n) = n ln n - (n - 1) ln(n - 1)`, all this is
///
/// ```text
/// 1/N  sum  n (d(N) - d(n))
/// ```
///
/// where no term is negative.
fn jackknife_entropy(counts: &[u32]) -> f64 {
    // d(n) = ln n - (n - 1) ln(1 - 1/n), which cancels nothing.
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
