//! Gray bitmaps that are ready to be drawn.

/// Gray steps from black to white. They look continuous, and 61 grays leave room for colours in the
/// palette of a PNG file.
pub(crate) const GRAY_STEPS: u32 = 60;

/// A bitmap with one byte for each pixel.
#[derive(Debug, PartialEq)]
pub(crate) struct GrayBytes {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl GrayBytes {
    /// RGB bytes at a larger size, each pixel repeated.
    pub(crate) fn enlarged_rgb(&self, width: usize, height: usize) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let row = &self.pixels[y * self.height / height * self.width..][..self.width];
            for x in 0..width {
                rgb.extend([row[x * self.width / width]; 3]);
            }
        }
        rgb
    }
}
