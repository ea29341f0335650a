//! Bilinear resize of image batches.

use candle_core::{DType, Device, Result, Tensor};

/// Resizes `[batch, 1, h, w]` to `[batch, 1, height, width]`, bilinear with half-pixel centres and
/// no antialiasing: PyTorch's `interpolate(mode="bilinear", align_corners=False)`. The result is
/// `x` if it has that size.
///
/// The resize is separable: two small matrix products, `R_h X R_w^T`, on any device.
///
/// # Errors
/// If `x` is not a batch of images.
pub(crate) fn resize_bilinear(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (batch, channels, h, w) = x.dims4()?;
    if (h, w) == (height, width) {
        return Ok(x.clone());
    }
    let images = x.reshape((batch * channels, h, w))?.contiguous()?;
    let columns = interpolation(w, width, x.dtype(), x.device())?.t()?;
    let rows = interpolation(h, height, x.dtype(), x.device())?;
    let wide = images.broadcast_matmul(&columns)?;
    rows.broadcast_matmul(&wide)?.reshape((batch, channels, height, width))
}

/// The `[to, from]` matrix whose row `i` holds the weights of the source pixels for pixel `i`: of
/// the two nearest to `(i + 1/2) from / to - 1/2`, clamped to the image.
fn interpolation(from: usize, to: usize, dtype: DType, device: &Device) -> Result<Tensor> {
    let mut weights = vec![0f64; to * from];
    for (i, row) in weights.chunks_mut(from).enumerate() {
        let centre = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
        let low = (centre as usize).min(from - 1);
        let high = (low + 1).min(from - 1);
        let fraction = centre - low as f64;
        row[low] += 1.0 - fraction;
        row[high] += fraction;
    }
    Tensor::from_vec(weights, (to, from), &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_is_the_identity() {
        let x = Tensor::arange(0f32, 12.0, &Device::Cpu).unwrap().reshape((1, 1, 3, 4)).unwrap();
        let y = resize_bilinear(&x, 3, 4).unwrap();
        assert_eq!(
            y.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            (0..12).map(|v| v as f32).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_ramp_stays_a_ramp_inside_and_is_clamped_at_the_border() {
        // Columns 0, 1, 2, 3 to 8 wide: centres -0.25, 0.25, 0.75, ..., 3.25.
        let x = Tensor::new(&[0f64, 1.0, 2.0, 3.0], &Device::Cpu).unwrap();
        let x = x.reshape((1, 1, 1, 4)).unwrap();
        let y = resize_bilinear(&x, 1, 8).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        assert_eq!(y, [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]);
    }

    #[test]
    fn rows_and_columns_are_not_swapped() {
        let x = Tensor::arange(0f64, 6.0, &Device::Cpu).unwrap().reshape((1, 1, 2, 3)).unwrap();
        let y = resize_bilinear(&x, 4, 3).unwrap();
        assert_eq!(y.dims(), [1, 1, 4, 3]);
        let rows = y.reshape((4, 3)).unwrap().to_vec2::<f64>().unwrap();
        assert_eq!(rows[1], [0.75, 1.75, 2.75]);
    }
}
