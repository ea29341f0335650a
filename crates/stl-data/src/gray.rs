//! Grayscale by the BT.601 luma, and the change from column-major to row-major.
//!
//! `gray = ((0.299 R + 0.587 G) + 0.114 B) / 255`, every operation a separately rounded `f32`
//! one, in the order of the parentheses and without fused multiply-add. Each pixel is computed
//! alone, so results are the same bits on every machine, thread count and vector width: [`luma`] is
//! the only arithmetic, and the AVX2 way (`avx2`), taken where the CPU has it, differs in how it
//! turns columns into rows.
//!
//! Source: ITU-R BT.601-7, section 2.5.1.

use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
use crate::avx2;
use crate::{Error, IMAGE_BYTES, PIXELS, Result, SIDE};

/// Columns handled at a time: 16 floats of one output row are a 64-byte cache line, and the
/// 16 x 96 block (6 KiB) stays in the first-level cache between its two passes.
const BLOCK: usize = 16;

/// Converts one image from the official layout to gray.
///
/// # Shapes
/// `official`: 3 column-major planes; `out`: `[96, 96]` row-major, values in [0, 1].
///
/// # Panics
/// When `out` is not 9,216 long.
pub fn gray_image_into(official: &[u8; IMAGE_BYTES], out: &mut [f32]) {
    assert_eq!(out.len(), PIXELS, "a gray image is {SIDE} x {SIDE}");
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return avx2::gray_image_into(simd, official, out);
    }
    portable(official, out);
}

/// Lumas a block of columns at a time, then their transpose.
fn portable(official: &[u8; IMAGE_BYTES], out: &mut [f32]) {
    let (red, rest) = official.split_at(PIXELS);
    let (green, blue) = rest.split_at(PIXELS);
    let mut block = [0.0_f32; BLOCK * SIDE];
    for first in (0..SIDE).step_by(BLOCK) {
        let span = first * SIDE..(first + BLOCK) * SIDE;
        let planes = red[span.clone()].iter().zip(&green[span.clone()]).zip(&blue[span]);
        for (gray, ((&r, &g), &b)) in block.iter_mut().zip(planes) {
            *gray = luma(r, g, b);
        }
        for (row, line) in out.chunks_exact_mut(SIDE).enumerate() {
            for (col, gray) in line[first..first + BLOCK].iter_mut().enumerate() {
                *gray = block[col * SIDE + row];
            }
        }
    }
}

/// Converts images lying one after the other, several at a time.
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

/// The gray of one pixel.
#[inline(always)]
pub(crate) fn luma(r: u8, g: u8, b: u8) -> f32 {
    ((0.299 * f32::from(r) + 0.587 * f32::from(g)) + 0.114 * f32::from(b)) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_lies_in_the_unit_interval() {
        // The luma grows with each channel, so the ends bound it; the sweep checks that it does.
        assert_eq!(luma(0, 0, 0), 0.0);
        assert!((luma(255, 255, 255) - 1.0).abs() < 1e-6);
        for r in 0..=255 {
            for g in 0..=255 {
                for b in 0..=255 {
                    assert!((0.0..=1.0).contains(&luma(r, g, b)), "({r}, {g}, {b})");
                }
            }
        }
    }

    #[test]
    fn channels_weigh_as_bt_601_says() {
        for (rgb, expected) in [([255, 0, 0], 0.299), ([0, 255, 0], 0.587), ([0, 0, 255], 0.114)] {
            let [r, g, b] = rgb;
            assert!((luma(r, g, b) - expected).abs() < 1e-7);
        }
        // Fixed bits: a change in the order of operations, or a fused one, would move them.
        assert_eq!(luma(201, 117, 33).to_bits(), reference(201, 117, 33).to_bits());
    }

    /// The same arithmetic, each product and sum stored before the next operation.
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
        for convert in [gray_image_into, portable] {
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
    fn every_colour_has_the_same_bits_either_way() {
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
            portable(&official, &mut plain);
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
