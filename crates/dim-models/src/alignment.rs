//! Lays images and maps of different sizes over each other.

use candle_core::{Result, Tensor};

use crate::case::Case;
use crate::config::Alignment;
use crate::resize::resize_bilinear;

impl Alignment {
    /// The rows (or columns) at which an image that has `size` of them is compared with its maps;
    /// `None` if it is too small for the encoder.
    pub fn latent_size(self, case: Case, size: usize) -> Option<usize> {
        let maps = case.sizes(size)?[4];
        Some(match self {
            Alignment::Resize => maps,
            Alignment::Crop => maps.min(size),
        })
    }

    /// Images `[batch, 1, h, w]` as the networks see them, `[batch, 1, height, width]`.
    pub(crate) fn images(self, x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
        match self {
            Alignment::Resize => resize_bilinear(x, height, width),
            Alignment::Crop => centre(x, height, width),
        }
    }
}

/// The centre `[.., height, width]` of `x` `[.., h, w]`: `x` itself if it has that size.
pub(crate) fn centre(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    if (h, w) == (height, width) {
        return Ok(x.clone());
    }
    let rows = x.narrow(2, (h - height) / 2, height)?;
    rows.narrow(3, (w - width) / 2, width)?.contiguous()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn a_crop_is_as_large_as_the_smaller_of_image_and_maps() {
        let size = |alignment: Alignment, case| alignment.latent_size(case, 96);
        let of = |alignment| Case::ALL.map(|case| size(alignment, case));
        assert_eq!(of(Alignment::Resize), [88, 104, 96, 96].map(Some));
        assert_eq!(of(Alignment::Crop), [88, 96, 96, 96].map(Some));
        assert_eq!(Alignment::Crop.latent_size(Case::A, 8), None);
    }

    #[test]
    fn the_centre_has_as_much_cut_off_on_each_side() {
        let x = Tensor::arange(0f32, 30.0, &Device::Cpu).unwrap().reshape((1, 1, 5, 6)).unwrap();
        let y = centre(&x, 3, 2).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(y, [8.0, 9.0, 14.0, 15.0, 20.0, 21.0]);
        assert_eq!(centre(&x, 5, 6).unwrap().dims(), x.dims());
    }
}
