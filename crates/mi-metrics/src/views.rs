//! The same measures on `ndarray` views.
//!
//! Values pair by their logical position, whatever the memory order; a view that is not contiguous
//! in standard order is copied first.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView, ArrayView2, ArrayView3, Dimension};

use crate::{MiError, Sample};

/// [`mutual_information`](crate::mutual_information) of two views of the same shape.
///
/// ```
/// use ndarray::array;
///
/// let x = array![[0.0_f32, 1.0], [2.0, 3.0]];
/// let mi = mi_metrics::mutual_information_views(x.view(), x.view(), 4)?;
/// assert!((mi - 4.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
///
/// # Errors
/// [`MiError::ShapeMismatch`]; otherwise those of [`mutual_information`](crate::mutual_information),
/// indices counting the values in row-major order.
pub fn mutual_information_views<X: Sample, Y: Sample, D: Dimension>(
    x: ArrayView<'_, X, D>,
    y: ArrayView<'_, Y, D>,
    bins: usize,
) -> Result<f64, MiError> {
    if x.shape() != y.shape() {
        return Err(shape_mismatch(x.shape(), y.shape()));
    }
    crate::mutual_information(&in_order(&x), &in_order(&y), bins)
}

/// [`batch_mutual_information`](crate::batch_mutual_information) with its sizes taken from the views.
///
/// # Shapes
/// `images`: `[n, pixels]`; `maps`: `[n, k, pixels]`; result: `[n, k]`, in nats.
///
/// # Errors
/// [`MiError::ShapeMismatch`], images being x and maps y, when they differ in `n` or `pixels`;
/// otherwise those of [`batch_mutual_information`](crate::batch_mutual_information).
pub fn batch_mutual_information_views<X: Sample, Y: Sample>(
    images: ArrayView2<'_, X>,
    maps: ArrayView3<'_, Y>,
    bins: usize,
) -> Result<Array2<f64>, MiError> {
    let (n, pixels) = images.dim();
    let (maps_n, k, map_pixels) = maps.dim();
    if (n, pixels) != (maps_n, map_pixels) {
        return Err(shape_mismatch(images.shape(), maps.shape()));
    }
    let mut out = vec![0.0; n * k];
    crate::batch_mutual_information(
        &in_order(&images),
        &in_order(&maps),
        pixels,
        k,
        bins,
        &mut out,
    )?;
    let found = out.len();
    Array2::from_shape_vec((n, k), out).map_err(|_| MiError::WrongLength {
        name: "out",
        expected: n.saturating_mul(k),
        found,
    })
}

fn shape_mismatch(x: &[usize], y: &[usize]) -> MiError {
    MiError::ShapeMismatch { x: x.to_vec(), y: y.to_vec() }
}

/// The values in row-major order, borrowed when memory already has them so.
fn in_order<'a, T: Sample, D: Dimension>(view: &'a ArrayView<'_, T, D>) -> Cow<'a, [T]> {
    view.as_slice().map_or_else(|| view.iter().copied().collect(), Cow::Borrowed)
}
