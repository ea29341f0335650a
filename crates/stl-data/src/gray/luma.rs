//! The arithmetic: BT.601 luma of one pixel.

/// The gray of one pixel, in [0, 1].
#[inline(always)]
pub(crate) fn luma(r: u8, g: u8, b: u8) -> f32 {
    ((0.299 * f32::from(r) + 0.587 * f32::from(g)) + 0.114 * f32::from(b)) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_lies_in_the_unit_interval() {
        // The luma grows with each channel, so black and white bound it; the sweep checks that.
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
    }

    #[test]
    fn operations_keep_their_order_and_are_not_fused() {
        let terms = [0.299_f32 * 201.0, 0.587_f32 * 117.0, 0.114_f32 * 33.0];
        let sum = std::hint::black_box(terms[0] + terms[1]);
        let expected = std::hint::black_box(sum + terms[2]) / 255.0;
        assert_eq!(luma(201, 117, 33).to_bits(), expected.to_bits());
    }
}
