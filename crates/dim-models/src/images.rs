//! The source of training images.

use std::error::Error as StdError;

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
    /// Any error; the trainer returns it as [`crate::Error::Images`].
    fn read(
        &self,
        indices: &[usize],
        pixels: &mut [f32],
    ) -> Result<(), Box<dyn StdError + Send + Sync>>;
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
    /// [`crate::Error::ImageShape`] if `pixels` is not a whole number of images.
    pub fn new(pixels: Vec<f32>, height: usize, width: usize) -> crate::Result<Self> {
        let size = height.checked_mul(width).filter(|&size| size > 0);
        match size {
            Some(size) if pixels.len().is_multiple_of(size) => Ok(Self { pixels, height, width }),
            _ => {
                let found = vec![pixels.len(), height, width];
                Err(crate::Error::ImageShape { found, minimum: 1 })
            }
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
