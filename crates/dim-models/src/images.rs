//! The source of training images.

use std::error::Error as StdError;

use crate::error::{Error, Result};

/// A set of gray images of one size, read by index.
///
/// The trainer reads one batch at a time, so an implementation may keep the images on the disk.
pub trait ImageSource {
    /// The number of images.
    fn len(&self) -> usize;

    /// Whether there are no images.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Height and width of every image, in pixels.
    fn size(&self) -> (usize, usize);

    /// Writes the images with these indices, from 0, to `pixels`: `[indices.len(), height, width]`
    /// row-major, values in `[0, 1]`.
    ///
    /// # Errors
    /// Any error; the trainer returns it as [`Error::Images`].
    fn read(
        &self,
        indices: &[usize],
        pixels: &mut [f32],
    ) -> Result<(), Box<dyn StdError + Send + Sync>>;
}

/// The images with these indices, `[indices.len(), height, width]`, all pixels in `[0, 1]`.
///
/// Batch norm and ReLU would turn a NaN pixel into a batch of zeros and a finite loss, so pixels are
/// checked here.
pub(crate) fn read_pixels(images: &dyn ImageSource, indices: &[usize]) -> Result<Vec<f32>> {
    let (height, width) = images.size();
    let mut pixels = vec![0f32; indices.len() * height * width];
    images.read(indices, &mut pixels).map_err(Error::Images)?;
    match pixels.iter().position(|value| !(0.0..=1.0).contains(value)) {
        None => Ok(pixels),
        Some(at) => {
            let (image, pixel) = (indices[at / (height * width)], at % (height * width));
            Err(Error::Pixel { image, pixel, value: pixels[at] })
        }
    }
}

/// Images held in memory.
#[derive(Debug, Clone)]
pub struct InMemoryImages {
    pixels: Vec<f32>,
    height: usize,
    width: usize,
}

impl InMemoryImages {
    /// Images from `pixels`, `[n, height, width]` row-major.
    ///
    /// # Errors
    /// [`Error::PixelCount`] if `pixels` is not a whole number of images.
    pub fn new(pixels: Vec<f32>, height: usize, width: usize) -> Result<Self> {
        let size = height.checked_mul(width).filter(|&size| size > 0);
        match size {
            Some(size) if pixels.len().is_multiple_of(size) => Ok(Self { pixels, height, width }),
            _ => Err(Error::PixelCount { pixels: pixels.len(), height, width }),
        }
    }
}

impl ImageSource for InMemoryImages {
    fn len(&self) -> usize {
        self.pixels.len() / (self.height * self.width)
    }

    fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    fn read(
        &self,
        indices: &[usize],
        pixels: &mut [f32],
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let size = self.height * self.width;
        for (&index, out) in indices.iter().zip(pixels.chunks_mut(size)) {
            let image = index
                .checked_mul(size)
                .and_then(|start| self.pixels.get(start..start.checked_add(size)?));
            let image =
                image.ok_or_else(|| format!("no image {index}: there are {}", self.len()))?;
            out.copy_from_slice(image);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_are_not_whole_images_are_refused() {
        for (pixels, height, width) in [(5, 2, 2), (4, 0, 2), (4, usize::MAX, 2)] {
            let refused = InMemoryImages::new(vec![0.0; pixels], height, width);
            assert!(matches!(refused, Err(Error::PixelCount { .. })), "{refused:?}");
        }
        assert_eq!(InMemoryImages::new(vec![0.0; 12], 2, 3).unwrap().len(), 2);
        assert!(InMemoryImages::new(Vec::new(), 2, 3).unwrap().is_empty());
    }

    #[test]
    fn an_index_without_an_image_is_an_error() {
        let images = InMemoryImages::new(vec![0.5; 8], 2, 2).unwrap();
        for index in [2, usize::MAX] {
            assert!(images.read(&[0, index], &mut [0.0; 8]).is_err());
        }
    }
}
