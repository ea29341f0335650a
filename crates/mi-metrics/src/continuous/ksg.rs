//! Mutual information from distances to nearest neighbours: Kraskov, Stoegbauer and Grassberger,
//! "Estimating mutual information", Physical Review E 69, 066138 (2004).

use rayon::prelude::*;

use super::array::{Ties, check_neighbours, paired};
use super::digamma;
use super::kd_tree::{KdTree, Nearest};
use super::sorted::Sorted;
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values};

/// Points whose terms one thread adds up first. A fixed number, so that the sum has a fixed order.
const BLOCK: usize = 256;

/// Which of the two estimators of the paper.
///
/// `One` has the smaller scatter, `Two` the smaller systematic error in many dimensions. For two
/// variables they give nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ksg {
    /// Eq. 8. Each pair has a square around it that reaches to its k-th neighbour. `n_x` is the
    /// number of other values of x strictly inside its sides, `n_y` that of y:
    ///
    /// `I = psi(k) - <psi(n_x + 1) + psi(n_y + 1)> + psi(N)`
    One,
    /// Eq. 9. Each pair has the smallest rectangle around it that contains its k nearest
    /// neighbours. `n_x` and `n_y` are the numbers of other values inside its sides, or on them:
    ///
    /// `I = psi(k) - 1/k - <psi(n_x) + psi(n_y)> + psi(N)`
    Two,
}

impl Ksg {
    /// Both estimators.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];

    /// The name for tables and files: `ksg-1`, `ksg-2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "ksg-1",
            Self::Two => "ksg-2",
        }
    }
}

/// Mutual information of two continuous variables from their `k` nearest neighbours, in nats.
///
/// In the formulas of [`Ksg`], `psi` is the digamma function and `<..>` the mean over the N pairs.
/// The distance of two pairs is the larger of their distances in x and in y.
///
/// Each array is first divided by its standard deviation, so shifts and scales do not matter. Other
/// monotone maps change the estimate a little. Heavy tails should be squashed first, by `asinh` or
/// by ranks.
///
/// **Values.** The result is not cut off at 0, unlike that of scikit-learn: for independent
/// variables it is 0 on average, and so negative half of the time. A constant array has
/// information 0.
///
/// **Bias and scatter.** A small `k` has the smaller bias and the larger scatter. The paper advises
/// 2 to 4, and more for testing whether there is any dependence. Independent variables have no
/// bias. For others the result is too small if the density changes within the distance of the k-th
/// neighbour, and never above `psi(N) - psi(k)`: 8.2 nats for 9,216 pairs and k = 3.
///
/// **Ties.** For continuous values only. For 8-bit levels or rectified maps use [`Ties::Jitter`],
/// or count bins instead.
///
/// **Cost.** O(N (log N + k)) time, and more for large `k`, whose neighbours are kept in order by
/// insertion; meant for `k` up to a few tens. About 70 bytes for each pair. Parallel over the pairs
/// in the rayon pool that it is called from; the same bit for bit for any number of threads.
///
/// ```
/// use mi_metrics::{Ksg, Ties, ksg_mi};
///
/// // x is uniform on 0 to 1, and y is x plus unrelated uniform noise: 1/2 in theory.
/// let x: Vec<f64> = (0..1000).map(|i| (0.618_034 * f64::from(i)).fract()).collect();
/// let y: Vec<f64> = (0..1000).map(|i| x[i] + (0.7548 * (i * i) as f64).fract()).collect();
/// let mi = ksg_mi(&x, &y, 3, Ksg::One, Ties::Refuse)?;
/// assert!((mi - 0.5).abs() < 0.05);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::Empty`]; [`Error::TooManyValues`]; [`Error::NonFinite`];
/// [`Error::Neighbours`] unless `k` is 1 to N - 1; with [`Ties::Refuse`], [`Error::Ties`] if a
/// value of either array occurs more than `k` times.
pub fn ksg_mi<X: Sample, Y: Sample>(
    x: &[X],
    y: &[Y],
    k: usize,
    variant: Ksg,
    ties: Ties,
) -> Result<f64> {
    of_pairs(X::values(x), Y::values(y), k, variant, ties)
}

fn of_pairs(x: Values<'_>, y: Values<'_>, k: usize, variant: Ksg, ties: Ties) -> Result<f64> {
    let (mut x, mut y) = paired(x, y)?;
    let n = x.values.len();
    check_neighbours(k, n)?;
    if x.is_constant() || y.is_constant() {
        return Ok(0.0);
    }
    x.separate(ties, 0);
    y.separate(ties, 1);

    let psi = digamma::table(n);
    let scale = [x.scale, y.scale];
    let points = x.values.iter().zip(&y.values).map(|(&x, &y)| [x, y]).collect();
    let (tree, sorted) = rayon::join(
        || KdTree::new(points, scale),
        || [Sorted::new(&x.values), Sorted::new(&y.values)],
    );

    if ties == Ties::Refuse {
        for (location, array, sorted) in
            [(Location::X, &x, &sorted[0]), (Location::Y, &y, &sorted[1])]
        {
            if let Some(value) = sorted.repeated(k) {
                let index = array.values.iter().position(|&v| v == value).unwrap_or_default();
                return Err(Error::Ties { location, index, k });
            }
        }
    }

    // psi(..) + psi(..) of one pair. Counts include the pair itself; `One` needs n + 1, `Two` n.
    let term = |position: usize, nearest: &mut Nearest| {
        tree.search(position, nearest);
        let point = tree.points()[position];
        let counts = match variant {
            Ksg::One => {
                let radius = nearest.radius();
                [0, 1].map(|a| sorted[a].count_near(point[a], |d| d * scale[a] < radius))
            }
            Ksg::Two => {
                let extent = nearest.extent();
                [0, 1].map(|a| sorted[a].count_near(point[a], |d| d * scale[a] <= extent[a]) - 1)
            }
        };
        psi[counts[0]] + psi[counts[1]]
    };
    let sums: Vec<f64> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut nearest = Nearest::new(k);
            let positions = block * BLOCK..n.min((block + 1) * BLOCK);
            positions.map(|position| term(position, &mut nearest)).sum()
        })
        .collect();
    let mean = sums.iter().sum::<f64>() / n as f64;
    let volume = match variant {
        Ksg::One => 0.0,
        Ksg::Two => 1.0 / k as f64,
    };
    Ok(psi[k] - volume - mean + psi[n])
}
