//! Parts, borders, blurs and shuffles of square images.

use dim_models::random::{Purpose, permutation};
use stl_data::SIDE;

/// The side of the smallest maps, those of case A: the field that is common to all cases.
pub const COMMON_SIDE: usize = SIDE - 8;

/// The centre `size` x `size` of each plane of `side` x `side`.
///
/// The centre of a map's pixel is where that of the image is.
pub fn centre(planes: &[f32], side: usize, size: usize) -> Vec<f32> {
    let border = (side - size) / 2;
    let mut centres = Vec::with_capacity(planes.len() / (side * side) * size * size);
    for plane in planes.chunks(side * side) {
        for row in plane.chunks(side).skip(border).take(size) {
            centres.extend_from_slice(&row[border..border + size]);
        }
    }
    centres
}

/// The plane of `side` x `side` in the middle of one of `size` x `size`, with zeros around it: what
/// transposed convolutions make of a plane if each copies its input.
pub fn with_border(plane: &[f32], side: usize, size: usize) -> Vec<f32> {
    let border = (size - side) / 2;
    let mut wide = vec![0.0; size * size];
    for (y, row) in plane.chunks(side).enumerate() {
        wide[(y + border) * size + border..][..side].copy_from_slice(row);
    }
    wide
}

/// Each pixel replaced by the mean of the `box_side` x `box_side` pixels around it. At the edge the
/// box has only the pixels that exist. `box_side` is odd; 1 changes nothing.
pub fn box_blur(plane: &[f32], side: usize, box_side: usize) -> Vec<f32> {
    if box_side == 1 {
        return plane.to_vec();
    }
    let by_row = blur_rows(plane, side, box_side / 2);
    transpose(&blur_rows(&transpose(&by_row, side), side, box_side / 2), side)
}

/// The mean of each pixel and the `reach` pixels on each side of it in its row.
fn blur_rows(plane: &[f32], side: usize, reach: usize) -> Vec<f32> {
    let mut blurred = Vec::with_capacity(plane.len());
    for row in plane.chunks(side) {
        blurred.extend((0..side).map(|x| {
            let window = &row[x.saturating_sub(reach)..(x + reach + 1).min(side)];
            let sum: f64 = window.iter().map(|&v| f64::from(v)).sum();
            (sum / window.len() as f64) as f32
        }));
    }
    blurred
}

fn transpose(plane: &[f32], side: usize) -> Vec<f32> {
    (0..side * side).map(|i| plane[i % side * side + i / side]).collect()
}

/// The pixels of image `index` in an order of its own.
pub fn shuffled(seed: u64, index: usize, pixels: &[f32]) -> Vec<f32> {
    let order = permutation(seed, Purpose::PixelShuffle, index as u64, pixels.len());
    order.into_iter().map(|pixel| pixels[pixel]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_of_every_plane_is_the_field_of_the_smallest_maps() {
        let side = COMMON_SIDE + 4;
        let planes: Vec<f32> = (0..2 * side * side).map(|v| v as f32).collect();
        let centres = centre(&planes, side, COMMON_SIDE);
        assert_eq!(centres.len(), 2 * COMMON_SIDE * COMMON_SIDE);
        assert_eq!(centres[0], (2 * side + 2) as f32);
        assert_eq!(centres[COMMON_SIDE * COMMON_SIDE], (side * side + 2 * side + 2) as f32);
        let last = centres[2 * COMMON_SIDE * COMMON_SIDE - 1];
        assert_eq!(last, (2 * side * side - 2 * side - 3) as f32);
        let whole: Vec<f32> = (0..COMMON_SIDE * COMMON_SIDE).map(|v| v as f32).collect();
        assert_eq!(centre(&whole, COMMON_SIDE, COMMON_SIDE), whole);
    }

    #[test]
    fn a_border_of_zeros_surrounds_the_plane() {
        let plane = [1.0, 2.0, 3.0, 4.0];
        let wide = with_border(&plane, 2, 4);
        assert_eq!(wide[4..12], [0.0, 1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0]);
        assert_eq!(wide.iter().sum::<f32>(), 10.0);
        assert_eq!(centre(&wide, 4, 2), plane);
    }

    #[test]
    fn a_blur_is_the_mean_of_the_pixels_that_exist() {
        let plane: Vec<f32> = (0..25).map(|v| (v * v) as f32).collect();
        let blurred = box_blur(&plane, 5, 3);
        let mean =
            |pixels: &[usize]| pixels.iter().map(|&i| plane[i]).sum::<f32>() / pixels.len() as f32;
        for (pixel, expected) in [
            (12, mean(&[6, 7, 8, 11, 12, 13, 16, 17, 18])),
            (0, mean(&[0, 1, 5, 6])),
            (9, mean(&[3, 4, 8, 9, 13, 14])),
        ] {
            assert!((blurred[pixel] - expected).abs() < 1e-4, "{pixel}: {}", blurred[pixel]);
        }
        assert_eq!(box_blur(&plane, 5, 1), plane);
    }
}
