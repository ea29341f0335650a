//! MI between an image and its maps, as the steps measure it.

use anyhow::Result;
use mi_metrics::image_against_maps;
use stl_data::SIDE;

use super::encoding::EncodedImage;
use super::pixels::{COMMON_SIDE, centre};
use crate::maths::statistics::mean;

/// MI of `reference` with each of the maps, in nats. Each map has as many pixels as `reference`.
pub fn mi_of_maps(reference: &[f32], maps: &[f32], bins: usize) -> Result<Vec<f64>> {
    let mut mi = vec![0.0; maps.len() / reference.len()];
    image_against_maps(reference, maps, bins, &mut mi)?;
    Ok(mi)
}

/// The mean and the largest over the maps of an image.
pub fn mean_and_largest(mi: &[f64]) -> (f64, f64) {
    (mean(mi), mi.iter().copied().fold(0.0, f64::max))
}

impl EncodedImage<'_> {
    /// MI of the image, as the case compares it, with each of its maps: the study's measure.
    pub fn mi(&self, bins: usize) -> Result<Vec<f64>> {
        mi_of_maps(self.aligned, self.maps, bins)
    }

    /// MI of the image with each of its maps over the field that all cases cover, with nothing
    /// resized.
    pub fn common_field_mi(&self, bins: usize) -> Result<Vec<f64>> {
        mi_of_maps(&self.common_field_image(), &self.common_field_maps(), bins)
    }

    /// The centre of the image.
    pub fn common_field_image(&self) -> Vec<f32> {
        centre(self.pixels, SIDE, COMMON_SIDE)
    }

    /// The centre of each map.
    pub fn common_field_maps(&self) -> Vec<f32> {
        centre(self.maps, self.side, COMMON_SIDE)
    }
}
