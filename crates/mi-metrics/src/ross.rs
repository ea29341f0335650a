//! Mutual information of a label and a continuous value: Ross, "Mutual Information between Discrete and
//! Continuous Data Sets", PLoS ONE 9(2), e87357 (2014).

use crate::continuous::{Continuous, Sorted, check_neighbours};
use crate::{Location, MiError, Sample, Ties, digamma};

/// Mutual information of discrete labels and continuous values by nearest neighbours, in nats.
///
/// ```text
/// I = psi(N) + <psi(k_i)> - <psi(N_i)> - <psi(m_i)>
/// ```
///
/// (Ross 2014, eq. 2.) `psi` is the digamma function and `<..>` the mean over the N values; `N_i` is the
/// number of values with the label of value i, `k_i = min(k, N_i - 1)`. `m_i` counts the values of any
/// label, i included, that are strictly nearer to i than its `k_i`-th neighbour of its own label, which
/// without ties is the paper's count with that neighbour and without i. A value whose label
/// occurs once has no such neighbour and is left out, of N too, as in scikit-learn.
///
/// Not cut off at 0, unlike scikit-learn's. Where no distances are equal at most `psi(N) - <psi(N_i)>`,
/// reached when every label keeps to a range of its own: a little above the entropy of the labels, which
/// bounds the true value, and so at times above ln of their number. Invariant under shifts and scales of
/// the values, and nearly so under other monotone maps. Constant values, or one label for all, have
/// information 0.
///
/// For a class label and a feature; two continuous variables want [`ksg_mi`](crate::ksg_mi), two
/// discrete ones a table. Independent variables show no bias to first order; for small classes or
/// large `k` the estimate is too small where densities change within the distance of the k-th
/// neighbour. The paper uses k = 3.
///
/// Cost: O(N (k + log N)), on the calling thread.
///
/// ```
/// use mi_metrics::{Ties, ross_mi};
///
/// // The label says which half of its range the value lies in: ln 2.
/// let values: Vec<f32> = (0..1000).map(|i| (i as f32).sqrt()).collect();
/// let labels: Vec<u8> = (0..1000).map(|i| u8::from(i >= 500)).collect();
/// let mi = ross_mi(&labels, &values, 3, Ties::Refuse)?;
/// assert!((mi - 2.0_f64.ln()).abs() < 0.01);
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
///
/// # Errors
/// (Labels are x, values y.) [`MiError::LengthMismatch`]; [`MiError::Empty`]; [`MiError::TooManyValues`];
/// [`MiError::NonFinite`]; [`MiError::Neighbours`] unless `k` is 1 to N - 1; [`MiError::UniqueLabels`]
/// when no label occurs twice; [`MiError::Ties`] under [`Ties::Refuse`] when a value coincides with
/// its `k_i` nearest of the same label.
pub fn ross_mi<L: Ord, T: Sample>(
    labels: &[L],
    values: &[T],
    k: usize,
    ties: Ties,
) -> Result<f64, MiError> {
    if labels.len() != values.len() {
        return Err(MiError::LengthMismatch { x: labels.len(), y: values.len() });
    }
    let mut values = Continuous::at(Location::Y, values)?;
    check_neighbours(k, labels.len())?;
    let is_constant = values.is_constant() || labels.iter().all(|label| *label == labels[0]);
    values.separate(ties, 0);
    let values = &values.values;

    // Classes one after another, each in order of its values.
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_unstable_by(|&a, &b| {
        labels[a].cmp(&labels[b]).then(values[a].total_cmp(&values[b])).then(a.cmp(&b))
    });
    let classes = || order.chunk_by(|&a, &b| labels[a] == labels[b]).filter(|c| c.len() > 1);
    let used: Vec<f64> = classes().flatten().map(|&i| values[i]).collect();
    let n = used.len();
    if n == 0 {
        return Err(MiError::UniqueLabels { values: labels.len() });
    }
    if is_constant {
        return Ok(0.0);
    }
    let sorted = Sorted::new(&used);
    let psi = digamma::table(n);
    let mut sum = 0.0;
    for class in classes() {
        let k = k.min(class.len() - 1);
        let mut of_class = 0.0;
        for (at, &index) in class.iter().enumerate() {
            let radius = radius(values, class, at, k);
            if radius == 0.0 && ties == Ties::Refuse {
                return Err(MiError::Ties { location: Location::Y, index, k });
            }
            of_class += psi[sorted.count_near(values[index], |d| d < radius)];
        }
        sum += of_class + class.len() as f64 * (psi[class.len()] - psi[k]);
    }
    Ok(psi[n] - sum / n as f64)
}

/// The distance from the `at`-th value of a class in order to its `k`-th nearest, `k < class.len()`.
fn radius(values: &[f64], class: &[usize], at: usize, k: usize) -> f64 {
    let centre = values[class[at]];
    let (mut below, mut above) = (at, at + 1); // the neighbours so far: below..above but for at
    let mut radius = 0.0;
    for _ in 0..k {
        let down = if below > 0 { centre - values[class[below - 1]] } else { f64::INFINITY };
        let up = class.get(above).map_or(f64::INFINITY, |&next| values[next] - centre);
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
