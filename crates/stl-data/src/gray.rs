//! Grayscale by the BT.601 luma, and the change from column-major to row-major.
//!
//! `gray = ((0.299 R + 0.587 G) + 0.114 B) / 255`, every operation a separately rounded `f32`
//! one, in the order of the parentheses and without fused multiply-add. Each pixel is computed
//! alone, so results are the same bits on every machine, thread count and vector width: [`luma`]
//! is the only arithmetic. `avx2`, used where the CPU has it, and `portable` differ in how they
//! turn columns into rows.
//!
//! Source: ITU-R BT.601-7, section 2.5.1.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod luma;
mod portable;

use rayon::prelude::*;

use crate::{Error, IMAGE_BYTES, PIXELS, Result};

/// Converts images that follow one another in the official layout to gray, in parallel.
///
/// For one image, pass [`Image::bytes`](crate::Image::bytes).
///
/// # Shapes
/// `official`: `n` images of 27,648 bytes; `out`: `[n, 96, 96]` row-major, values in [0, 1].
///
/// # Errors
/// [`Error::BufferLength`] when `official` is not whole images or `out` does not match it.
pub fn gray_batch_into(official: &[u8], out: &mut [f32]) -> Result<()> {
    let (images, rest) = official.as_chunks::<IMAGE_BYTES>();
    if !rest.is_empty() {
        let expected = images.len() * IMAGE_BYTES;
        return Err(Error::BufferLength { expected, found: official.len() });
    }
    if out.len() != images.len() * PIXELS {
        return Err(Error::BufferLength { expected: images.len() * PIXELS, found: out.len() });
    }
    images
        .par_iter()
        .zip(out.par_chunks_exact_mut(PIXELS))
        .with_min_len(16)
        .for_each(|(image, gray)| gray_image_into(image, gray));
    Ok(())
}

/// Converts one image; `out` is `[96, 96]`, which the callers have checked.
pub(crate) fn gray_image_into(official: &[u8; IMAGE_BYTES], out: &mut [f32]) {
    debug_assert_eq!(out.len(), PIXELS);
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return avx2::gray_image_into(simd, official, out);
    }
    portable::gray_image_into(official, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SIDE;

    /// The luma, each product and sum stored before the next operation.
    fn reference(r: u8, g: u8, b: u8) -> f32 {
        let terms = [0.299_f32 * r as f32, 0.587_f32 * g as f32, 0.114_f32 * b as f32];
        let sum = std::hint::black_box(terms[0] + terms[1]);
        std::hint::black_box(sum + terms[2]) / 255.0
    }

    #[test]
    fn rows_come_out_as_rows() {
        let mut official = Box::new([0; IMAGE_BYTES]);
        for (index, byte) in official.iter_mut().enumerate() {
            *byte = (index * 31 % 251) as u8;
        }
        for convert in [gray_image_into, portable::gray_image_into] {
            let mut out = vec![f32::NAN; PIXELS];
            convert(&official, &mut out);
            for row in 0..SIDE {
                for col in 0..SIDE {
                    let at = |channel: usize| official[channel * PIXELS + col * SIDE + row];
                    let expected = reference(at(0), at(1), at(2));
                    assert_eq!(out[row * SIDE + col].to_bits(), expected.to_bits());
                }
            }
        }
    }

    #[test]
    fn every_colour_has_the_same_bits_on_both_paths() {
        // 2^24 colours in images of 9,216; the last image ends with colours seen before.
        let mut official = Box::new([0; IMAGE_BYTES]);
        let (mut fast, mut plain) = (vec![f32::NAN; PIXELS], vec![f32::NAN; PIXELS]);
        for first in (0..1_usize << 24).step_by(PIXELS) {
            for pixel in 0..PIXELS {
                for channel in 0..3 {
                    official[channel * PIXELS + pixel] = ((first + pixel) >> (8 * channel)) as u8;
                }
            }
            gray_image_into(&official, &mut fast);
            portable::gray_image_into(&official, &mut plain);
            assert!(fast.iter().zip(&plain).all(|(f, p)| f.to_bits() == p.to_bits()), "{first}");
        }
    }

    #[test]
    fn a_batch_equals_its_images() {
        let official: Vec<u8> = (0..3 * IMAGE_BYTES).map(|i| (i * 7 % 253) as u8).collect();
        let mut batch = vec![0.0; 3 * PIXELS];
        gray_batch_into(&official, &mut batch).unwrap();
        let mut single = vec![0.0; PIXELS];
        for (image, gray) in official.as_chunks().0.iter().zip(batch.chunks_exact(PIXELS)) {
            gray_image_into(image, &mut single);
            assert_eq!(single, gray);
        }
    }

    #[test]
    fn a_batch_of_the_wrong_length_is_refused() {
        for (bytes, floats) in [(IMAGE_BYTES - 1, PIXELS), (IMAGE_BYTES, PIXELS + 1)] {
            let result = gray_batch_into(&vec![0; bytes], &mut vec![0.0; floats]);
            assert!(matches!(result, Err(Error::BufferLength { .. })));
        }
    }
}
