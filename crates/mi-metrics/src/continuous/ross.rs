//! Mutual information of a label and a continuous value: Ross, "Mutual Information between Discrete
//! and Continuous Data Sets", PLoS ONE 9(2), e87357 (2014).

use super::array::{Continuous, Ties, check_neighbours};
use super::digamma;
use super::sorted::Sorted;
use crate::checks::check_pairs;
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values};

/// Mutual information of discrete labels and continuous values from nearest neighbours, in nats.
///
/// ```text
/// I = psi(N) + <psi(k_i)> - <psi(N_i)> - <psi(m_i)>
/// ```
///
/// (Ross 2014, eq. 2.) `psi` is the digamma function and `<..>` the mean over the N values. `N_i`
/// is the number of values with the label of value i, and `k_i = min(k, N_i - 1)`. `m_i` is the
/// number of values of any label, i included, that are strictly nearer to i than its `k_i`-th
/// neighbour of the same label. (Without ties that is the count of the paper, which includes that
/// neighbour and excludes i.) A value whose label occurs once has no such neighbour. It is left
/// out, also from N, as in scikit-learn.
///
/// For a class label and a feature. For two continuous variables use [`ksg_mi`](crate::ksg_mi), for
/// two discrete ones [`JointHistogram`](crate::JointHistogram).
///
/// **Values.** The result is not cut off at 0, unlike that of scikit-learn. If no distances are
/// equal it is at most `psi(N) - <psi(N_i)>`, which it reaches if each label has a range of its
/// own. That is a little above the entropy of the labels, which bounds the true value. Constant
/// values, or one label for all, have information 0. Shifts and scales of the values do not matter;
/// other monotone maps matter little.
///
/// **Bias.** Independent variables have none to first order. For small classes or large `k` the
/// result is too small if densities change within the distance of the k-th neighbour. The paper
/// uses k = 3.
///
/// **Cost.** O(N (k + log N)), on the calling thread.
///
/// ```
/// use mi_metrics::{Ties, ross_mi};
///
/// // The label says in which half of its range the value is: ln 2.
/// let values: Vec<f32> = (0..1000).map(|i| (i as f32).sqrt()).collect();
/// let labels: Vec<u8> = (0..1000).map(|i| u8::from(i >= 500)).collect();
/// let mi = ross_mi(&labels, &values, 3, Ties::Refuse)?;
/// assert!((mi - 2.0_f64.ln()).abs() < 0.01);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// With the labels as x and the values as y: [`Error::LengthMismatch`]; [`Error::Empty`];
/// [`Error::TooManyValues`]; [`Error::NonFinite`]; [`Error::Neighbours`] unless `k` is 1 to N - 1;
/// [`Error::UniqueLabels`] if no label occurs twice; with [`Ties::Refuse`], [`Error::Ties`] if a
/// value equals its `k_i` nearest values of the same label.
pub fn ross_mi<L: Ord, T: Sample>(labels: &[L], values: &[T], k: usize, ties: Ties) -> Result<f64> {
    check_pairs(labels.len(), values.len())?;
    // The crate of the caller compiles this for its labels. The rest needs only their order.
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_unstable_by(|&a, &b| labels[a].cmp(&labels[b]));
    let classes = order.chunk_by(|&a, &b| labels[a] == labels[b]);
    let sizes: Vec<usize> = classes.map(<[usize]>::len).collect();
    of_classes(&order, &sizes, T::values(values), k, ties)
}

/// `order` has the positions of the values class after class, `sizes` the number of values
/// of each class.
fn of_classes(
    order: &[usize],
    sizes: &[usize],
    values: Values<'_>,
    k: usize,
    ties: Ties,
) -> Result<f64> {
    let mut values = Continuous::at(Location::Y, values)?;
    check_neighbours(k, order.len())?;
    let is_constant = values.is_constant() || sizes.len() == 1;
    values.separate(ties, 0);

    // Values with their positions, class after class, each class in order of its values.
    let mut points: Vec<(f64, usize)> = order.iter().map(|&i| (values.values[i], i)).collect();
    let mut classes = Vec::with_capacity(sizes.len());
    let mut rest = &mut points[..];
    for &size in sizes {
        let (class, later) = rest.split_at_mut(size);
        if size > 1 {
            class.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            classes.push(&*class);
        }
        rest = later;
    }
    let used: Vec<f64> = classes.iter().copied().flatten().map(|&(value, _)| value).collect();
    let n = used.len();
    if n == 0 {
        return Err(Error::UniqueLabels { values: order.len() });
    }
    if is_constant {
        return Ok(0.0);
    }
    let sorted = Sorted::new(&used);
    let psi = digamma::table(n);
    let mut sum = 0.0;
    for class in classes {
        let k = k.min(class.len() - 1);
        let mut of_class = 0.0;
        for (at, &(value, index)) in class.iter().enumerate() {
            let radius = radius(class, at, k);
            if radius == 0.0 && ties == Ties::Refuse {
                return Err(Error::Ties { location: Location::Y, index, k });
            }
            of_class += psi[sorted.count_near(value, |d| d < radius)];
        }
        sum += of_class + class.len() as f64 * (psi[class.len()] - psi[k]);
    }
    Ok(psi[n] - sum / n as f64)
}

/// The distance of the value at `at` of a sorted class to its `k`-th nearest value,
/// `k < class.len()`.
fn radius(class: &[(f64, usize)], at: usize, k: usize) -> f64 {
    let centre = class[at].0;
    let (mut below, mut above) = (at, at + 1); // the neighbours so far: below..above without at
    let mut radius = 0.0;
    for _ in 0..k {
        let down = if below > 0 { centre - class[below - 1].0 } else { f64::INFINITY };
        let up = class.get(above).map_or(f64::INFINITY, |next| next.0 - centre);
        if down <= up {
            below -= 1;
            radius = down;
        } else {
            above += 1;
            radius = up;
        }
    }
    radius
}
