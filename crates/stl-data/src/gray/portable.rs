//! Gray images on any CPU.

use crate::{IMAGE_BYTES, PIXELS, SIDE, gray::luma::luma};

/// Columns handled at a time: 16 floats of one output row are a 64-byte cache line, and the
/// 16 x 96 block (6 KiB) stays in the first-level cache between its two passes.
const BLOCK: usize = 16;

/// Computes the luma of a block of columns at a time, then transposes the block.
/// `out` is `[96, 96]`, which the callers have checked.
pub(crate) fn gray_image_into(official: &[u8; IMAGE_BYTES], out: &mut [f32]) {
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
