//! Linear dependence of one array on many: the coefficient of multiple determination.

use super::array::Continuous;
use crate::checks::{check_count, check_length};
use crate::error::{Location, Result};
use crate::sample::{Sample, Values};
use crate::simd::{Kernel, Level};

/// A map is left out once the maps chosen before it explain all but this share of its variance.
///
/// What is left of it then is mostly the rounding of its values.
const COLLINEAR: f64 = 1e-10;

/// Pixels whose products are summed first: 33 arrays of 128 numbers stay in the first-level cache.
const BLOCK: usize = 128;

/// Sums that are kept apart, so that they fit in a vector and do not wait for one another.
const LANES: usize = 16;

/// The share of an image's variance that the best linear function of its maps explains: R^2 of the
/// least-squares fit with an intercept, 0 to 1.
///
/// `maps` has `k` maps one after another, `[k, pixels]`, each paired with the image pixel for
/// pixel. The result is `None` if the image is constant: there is no variance to explain.
///
/// ```text
/// R^2 = 1 - min_w,b sum (x - b - sum_j w_j z_j)^2 / sum (x - mean x)^2
/// ```
///
/// Constant maps, and maps that are linear functions of others, change nothing. They are left out
/// by pivoting (a Cholesky factorisation of the correlations; Golub and Van Loan, *Matrix
/// Computations*, 4th ed., section 4.2.8): maps with less than 1e-10 of their variance of their
/// own. Shifts and scales of the image and of the maps change nothing either.
///
/// **Bias.** The fit is on the pixels that it is judged by. For `k` unrelated maps of `N`
/// independent pixels R^2 is `k / (N - 1)` on average, and it is 1 if `k >= N - 1`.
///
/// **Cost.** O(k^2 N) time and 8 bytes for each value, on the calling thread: 1 ms for 32 maps of
/// 88 x 88. The same bits on every CPU.
///
/// [`linear_gaussian_mi`] turns the result into nats.
///
/// ```
/// // x = 2 a - b + 3, and c is constant.
/// let (a, b) = ([0.0_f32, 1.0, 2.0, 3.0, 4.0], [1.0_f32, 0.0, 5.0, 2.0, 2.0]);
/// let image: Vec<f32> = (0..5).map(|i| 2.0 * a[i] - b[i] + 3.0).collect();
/// let r_squared = mi_metrics::linear_r_squared(&image, &[a, b, [7.0; 5]].concat())?;
/// assert!(r_squared.is_some_and(|r| (r - 1.0).abs() < 1e-12));
/// assert_eq!(mi_metrics::linear_r_squared(&[0.5_f32; 5], &a)?, None);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`](crate::Error::Empty); [`Error::TooManyValues`](crate::Error::TooManyValues);
/// [`Error::WrongLength`](crate::Error::WrongLength) unless `maps` is a whole number of maps;
/// [`Error::NonFinite`](crate::Error::NonFinite).
pub fn linear_r_squared<X: Sample, Y: Sample>(image: &[X], maps: &[Y]) -> Result<Option<f64>> {
    of_arrays(X::values(image), Y::values(maps))
}

/// The mutual information of an image and all of its maps from R^2, in nats:
/// `-1/2 ln(1 - R^2)`.
///
/// As [`gaussian_mi`](crate::gaussian_mi), for one variable and a vector: exact for jointly
/// Gaussian variables, a measure of linear dependence for others. Infinity for R^2 = 1. Above 15
/// nats the digits are those of rounding.
///
/// ```
/// assert_eq!(mi_metrics::linear_gaussian_mi(0.0), 0.0);
/// assert!((mi_metrics::linear_gaussian_mi(0.75) - 2.0_f64.ln()).abs() < 1e-15);
/// ```
pub fn linear_gaussian_mi(r_squared: f64) -> f64 {
    // Subtracting from 0 keeps the result of 0 positive.
    0.0 - 0.5 * (-r_squared).ln_1p()
}

fn of_arrays(image: Values<'_>, maps: Values<'_>) -> Result<Option<f64>> {
    let n = image.len();
    check_count(n)?;
    let k = maps.len().div_ceil(n);
    check_length("maps", maps.len(), &[k, n])?;

    let image = Continuous::at(Location::Image { image: 0 }, image)?;
    let mut standard = Vec::with_capacity((k + 1) * n);
    let mut push = |array: &Continuous| {
        standard.extend(array.values.iter().map(|v| (v - array.mean) * array.scale));
    };
    for map in 0..k {
        let values = maps.slice(map * n..(map + 1) * n);
        push(&Continuous::at(Location::Map { image: 0, map }, values)?);
    }
    push(&image);
    if image.is_constant() {
        return Ok(None);
    }
    let products = Level::detect().run(Products { arrays: &standard, n });
    Ok(Some(explained(products, k + 1)))
}

/// The lower triangle of the products of arrays: `sum x_i x_j` for `j <= i`.
struct Products<'a> {
    /// `[k, n]`.
    arrays: &'a [f64],
    n: usize,
}

impl Kernel for Products<'_> {
    /// `[k, k]`.
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Vec<f64> {
        let k = self.arrays.len() / self.n;
        let mut sums = vec![0.0; k * k];
        for from in (0..self.n).step_by(BLOCK) {
            let to = self.n.min(from + BLOCK);
            let block = |i: usize| &self.arrays[i * self.n + from..i * self.n + to];
            for i in 0..k {
                for j in 0..=i {
                    sums[i * k + j] += dot(block(i), block(j));
                }
            }
        }
        sums
    }
}

#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (y, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    for (lane, (x, y)) in lanes.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *lane += x * y;
    }
    lanes.iter().sum()
}

/// The share of the last array's variance that the arrays before it explain, from the lower
/// triangle of the `[size, size]` products of centred arrays of equal variance, or constant ones.
///
/// A Cholesky factorisation in place, which takes the array with the most variance left each time.
fn explained(mut products: Vec<f64>, size: usize) -> f64 {
    let last = size - 1;
    let total = products[last * size + last];
    let at = |i: usize, j: usize| i.max(j) * size + i.min(j);
    let mut rest: Vec<usize> = (0..last).collect();
    while let Some(pivot) = take_largest(&mut rest, |i| products[at(i, i)]) {
        let own = products[at(pivot, pivot)];
        if own <= COLLINEAR * total {
            break;
        }
        for (done, &i) in rest.iter().enumerate() {
            let share = products[at(i, pivot)] / own;
            for &j in &rest[..=done] {
                products[at(i, j)] -= share * products[at(j, pivot)];
            }
        }
        let share = products[at(last, pivot)] / own;
        for &i in rest.iter().chain([&last]) {
            products[at(last, i)] -= share * products[at(i, pivot)];
        }
    }
    (1.0 - products[last * size + last] / total).clamp(0.0, 1.0)
}

/// Removes and returns the first of the positions with the largest value.
fn take_largest(positions: &mut Vec<usize>, value: impl Fn(usize) -> f64) -> Option<usize> {
    let mut best = 0;
    for candidate in 1..positions.len() {
        if value(positions[candidate]) > value(positions[best]) {
            best = candidate;
        }
    }
    (best < positions.len()).then(|| positions.remove(best))
}
