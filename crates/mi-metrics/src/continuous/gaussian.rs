//! Mutual information of jointly Gaussian variables.

use super::array::paired;
use crate::error::Result;
use crate::sample::{Sample, Values};

/// Mutual information of two variables from their correlation, in nats.
///
/// ```text
/// I = -1/2 ln(1 - r^2),   r the sample (Pearson) correlation
/// ```
///
/// **When it is right.** For jointly Gaussian variables it is exact as N grows (Cover and Thomas,
/// *Elements of Information Theory*, 2nd ed., example 8.5.1). For others it measures only linear
/// dependence: usually too little if y is a curved function of x (0 for `y = x^2` on a symmetric
/// x). It is a lower bound if both margins are Gaussian (Foster and Grassberger 2011), and not a
/// bound otherwise. Linear maps of a variable do not change it; other monotone maps do.
///
/// **Values.** Never negative. For Gaussian variables the bias is `1/2N` to first order, for any
/// correlation, and the standard deviation is `|rho| / sqrt(N)`, or about `0.7/N` for independent
/// ones. A constant array has information 0. Points on a line have infinite information: the result
/// is `f64::INFINITY`, or above 30 if the values of the line are rounded to `f64`.
///
/// **Cost.** O(N) time and 16 bytes for each pair, on the calling thread.
///
/// ```
/// // Correlation 3/5.
/// let (x, y) = ([-1.0, 1.0, -1.0, 1.0], [-7.0, -1.0, 1.0, 7.0_f32]);
/// let mi = mi_metrics::gaussian_mi(&x, &y)?;
/// assert!((mi - -0.5 * (1.0 - 0.36_f64).ln()).abs() < 1e-15);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`](crate::Error::LengthMismatch); [`Error::Empty`](crate::Error::Empty);
/// [`Error::TooManyValues`](crate::Error::TooManyValues);
/// [`Error::NonFinite`](crate::Error::NonFinite).
pub fn gaussian_mi<X: Sample, Y: Sample>(x: &[X], y: &[Y]) -> Result<f64> {
    of_pairs(X::values(x), Y::values(y))
}

fn of_pairs(x: Values<'_>, y: Values<'_>) -> Result<f64> {
    let (x, y) = paired(x, y)?;
    if x.is_constant() || y.is_constant() {
        return Ok(0.0);
    }
    let n = x.values.len() as f64;
    let standard = || {
        let y = y.values.iter().map(|v| (v - y.mean) * y.scale);
        x.values.iter().map(|v| (v - x.mean) * x.scale).zip(y)
    };
    let sign = standard().map(|(x, y)| x * y).sum::<f64>().signum();
    // 1 - |r| = <(x - sign y)^2> / 2. Near a line 1 - <xy> would lose every digit.
    let from_line =
        standard().map(|(x, y)| (x - sign * y) * (x - sign * y)).sum::<f64>() / (2.0 * n);
    let from_line = from_line.min(1.0);
    // Adding 0 turns -0 into 0.
    Ok(-0.5 * (from_line * (2.0 - from_line)).ln() + 0.0)
}
