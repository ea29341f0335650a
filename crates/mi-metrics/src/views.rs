//! Mutual information of `ndarray` views.
//!
//! Values pair by their logical position, in any memory order. A view that is not contiguous in
//! standard order is copied first.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView, ArrayView2, ArrayView3, Dimension};

use crate::error::{Error, Result};
use crate::histogram::{self, BatchShape};
use crate::sample::Sample;

/// [`mutual_information`](crate::mutual_information) of two views of the same shape.
///
/// ```
/// use ndarray::array;
///
/// let x = array![[0.0_f32, 1.0], [2.0, 3.0]];
/// let mi = mi_metrics::mutual_information_views(x.view(), x.view(), 4)?;
/// assert!((mi - 4.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// [`Error::ShapeMismatch`]; otherwise those of [`mutual_information`](crate::mutual_information),
/// with values numbered in row-major order.
pub fn mutual_information_views<X: Sample, Y: Sample, D: Dimension>(
    x: ArrayView<'_, X, D>,
    y: ArrayView<'_, Y, D>,
    bins: usize,
) -> Result<f64> {
    if x.shape() != y.shape() {
        return Err(shape_mismatch(x.shape(), y.shape()));
    }
    histogram::mutual_information(&in_order(&x), &in_order(&y), bins)
}

/// [`batch_mutual_information`](crate::batch_mutual_information) with its sizes taken
/// from the views.
///
/// # Shapes
/// `images`: `[n, pixels]`; `maps`: `[n, k, pixels]`; result: `[n, k]`, in nats.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the views differ in `n` or `pixels` (x are the images, y the maps);
/// otherwise those of [`batch_mutual_information`](crate::batch_mutual_information).
pub fn batch_mutual_information_views<X: Sample, Y: Sample>(
    images: ArrayView2<'_, X>,
    maps: ArrayView3<'_, Y>,
    bins: usize,
) -> Result<Array2<f64>> {
    let (n, pixels) = images.dim();
    let (maps_n, k, map_pixels) = maps.dim();
    if (n, pixels) != (maps_n, map_pixels) {
        return Err(shape_mismatch(images.shape(), maps.shape()));
    }
    let mut mi = Array2::zeros((n, k));
    let shape = BatchShape { pixels, maps_per_image: k };
    let (images, maps) = (in_order(&images), in_order(&maps));
    // A new array is contiguous.
    let out = mi.as_slice_mut().unwrap_or_default();
    histogram::batch_mutual_information(&images, &maps, shape, bins, out)?;
    Ok(mi)
}

fn shape_mismatch(x: &[usize], y: &[usize]) -> Error {
    Error::ShapeMismatch { x: x.to_vec(), y: y.to_vec() }
}

/// The values in row-major order, borrowed if memory has them in that order.
fn in_order<'a, T: Sample, D: Dimension>(view: &'a ArrayView<'_, T, D>) -> Cow<'a, [T]> {
    view.as_slice().map_or_else(|| view.iter().copied().collect(), Cow::Borrowed)
}
