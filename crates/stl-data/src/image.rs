//! One image and the official byte layout.

use crate::{Error, Result};

/// Pixels along a side.
pub const SIDE: usize = 96;
/// Pixels in an image.
pub const PIXELS: usize = SIDE * SIDE;
/// Colour channels: red, green, blue.
pub(crate) const CHANNELS: usize = 3;
/// Bytes in an image.
pub const IMAGE_BYTES: usize = CHANNELS * PIXELS;

/// One RGB image in the official layout.
///
/// An image is 27,648 bytes: the red, green and blue planes one after the other, and inside a
/// plane the pixels **column by column** (the first 96 bytes are the leftmost column of red).
/// The byte of channel `k` at (`row`, `col`) is at `k * 9216 + col * 96 + row`.
///
/// Source: <https://cs.stanford.edu/~acoates/stl10/>, "stored in column-major order, one channel
/// at a time". The images are square, so a reader that ignores this still produces images, but
/// transposed ones.
///
/// ```
/// use stl_data::{IMAGE_BYTES, Image, SIDE};
///
/// let mut rgb = vec![0; IMAGE_BYTES]; // row by row, interleaved
/// rgb[3 * 5..][..3].copy_from_slice(&[10, 20, 30]); // row 0, column 5
/// let image = Image::from_rgb_rows(&rgb)?;
/// assert_eq!(image.rgb(0, 5), [10, 20, 30]);
/// assert_eq!(image.bytes()[5 * SIDE], 10); // official: column 5 starts here
/// assert_eq!(image.to_rgb_rows(), rgb);
/// # Ok::<(), stl_data::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    official: Box<[u8; IMAGE_BYTES]>,
}

impl Image {
    /// Makes an image from the 27,648 bytes of the official layout.
    ///
    /// # Errors
    /// [`Error::BufferLength`] for any other number of bytes.
    pub fn from_official(bytes: &[u8]) -> Result<Self> {
        let official: Box<[u8]> = bytes.into();
        let official = official.try_into().map_err(|bytes: Box<[u8]>| Error::BufferLength {
            expected: IMAGE_BYTES,
            found: bytes.len(),
        })?;
        Ok(Self { official })
    }

    /// Makes an image from interleaved RGB, row by row: `[96, 96, 3]`.
    ///
    /// # Errors
    /// [`Error::BufferLength`] for any other number of bytes.
    pub fn from_rgb_rows(rgb: &[u8]) -> Result<Self> {
        let rgb = rgb
            .try_into()
            .map_err(|_| Error::BufferLength { expected: IMAGE_BYTES, found: rgb.len() })?;
        let mut official = Box::new([0; IMAGE_BYTES]);
        official_from_rgb_rows(rgb, &mut official);
        Ok(Self { official })
    }

    /// The bytes of the official layout.
    pub fn bytes(&self) -> &[u8; IMAGE_BYTES] {
        &self.official
    }

    /// Red, green and blue of one pixel; row 0 is the top, column 0 the left.
    ///
    /// # Panics
    /// When `row` or `col` is 96 or more.
    pub fn rgb(&self, row: usize, col: usize) -> [u8; 3] {
        assert!(row < SIDE && col < SIDE, "pixel ({row}, {col}) of a {SIDE} x {SIDE} image");
        std::array::from_fn(|channel| self.official[channel * PIXELS + col * SIDE + row])
    }

    /// Interleaved RGB, row by row: `[96, 96, 3]`.
    pub fn to_rgb_rows(&self) -> Vec<u8> {
        let mut rgb = vec![0; IMAGE_BYTES];
        for (row, line) in rgb.chunks_exact_mut(CHANNELS * SIDE).enumerate() {
            for (col, pixel) in line.chunks_exact_mut(CHANNELS).enumerate() {
                pixel.copy_from_slice(&self.rgb(row, col));
            }
        }
        rgb
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("top_left", &self.rgb(0, 0)).finish_non_exhaustive()
    }
}

/// Converts interleaved rows to the official planes.
pub(crate) fn official_from_rgb_rows(rgb: &[u8; IMAGE_BYTES], official: &mut [u8; IMAGE_BYTES]) {
    for (channel, plane) in official.chunks_exact_mut(PIXELS).enumerate() {
        for (col, column) in plane.chunks_exact_mut(SIDE).enumerate() {
            for (row, byte) in column.iter_mut().enumerate() {
                *byte = rgb[(row * SIDE + col) * CHANNELS + channel];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_column_major() {
        // Nothing symmetric: a transposed, mirrored or channel-swapped read fails.
        let mut official = vec![0; IMAGE_BYTES];
        for (index, byte) in official.iter_mut().enumerate() {
            *byte = (index * 31 % 251) as u8;
        }
        let image = Image::from_official(&official).unwrap();
        let at = |channel: usize, row: usize, col: usize| {
            ((channel * 9216 + col * 96 + row) * 31 % 251) as u8
        };
        for (row, col) in [(0, 0), (0, 1), (1, 0), (95, 0), (0, 95), (17, 60), (95, 95)] {
            let expected = [at(0, row, col), at(1, row, col), at(2, row, col)];
            assert_eq!(image.rgb(row, col), expected);
            let rows = image.to_rgb_rows();
            assert_eq!(rows[(row * 96 + col) * 3..][..3], expected);
        }
        assert_eq!(Image::from_rgb_rows(&image.to_rgb_rows()).unwrap(), image);
    }

    #[test]
    fn other_lengths_are_refused() {
        for found in [0, IMAGE_BYTES - 1, IMAGE_BYTES + 1] {
            let bytes = vec![0; found];
            for image in [Image::from_official(&bytes), Image::from_rgb_rows(&bytes)] {
                assert!(matches!(image, Err(Error::BufferLength { found: f, .. }) if f == found));
            }
        }
    }
}
