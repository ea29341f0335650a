//! The sequential colour scale, and the text colour that is legible on each of its colours.

use plotters::style::RGBColor;

use crate::theme::SEQUENTIAL;

const BLACK: RGBColor = RGBColor(0, 0, 0);
const WHITE: RGBColor = RGBColor(255, 255, 255);

/// The colour at a position of the scale: 0 is its light end, 1 its dark end.
pub(crate) fn sequential(unit: f64) -> RGBColor {
    let last = SEQUENTIAL.len() - 1;
    let place = unit.clamp(0.0, 1.0) * last as f64;
    let below = (place as usize).min(last - 1);
    let (from, to) = (SEQUENTIAL[below], SEQUENTIAL[below + 1]);
    let share = place - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Black or white, whichever has more contrast on a colour.
pub(crate) fn text_on(color: RGBColor) -> RGBColor {
    if contrast(color, BLACK) >= contrast(color, WHITE) { BLACK } else { WHITE }
}

/// The contrast ratio of two colours, 1 to 21 (Web Content Accessibility Guidelines 2.2).
fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance of a colour, 0 to 1.
fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let v = f64::from(channel) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_darkens_all_the_way_so_that_it_survives_gray_print() {
        let scale: Vec<f64> =
            (0..=200).map(|i| luminance(sequential(f64::from(i) / 200.0))).collect();
        assert!(scale.windows(2).all(|pair| pair[1] < pair[0]), "{scale:?}");
        assert_eq!(sequential(0.0), SEQUENTIAL[0]);
        assert_eq!(sequential(1.0), SEQUENTIAL[SEQUENTIAL.len() - 1]);
    }

    #[test]
    fn text_is_legible_on_every_colour() {
        for i in 0..=200 {
            let color = sequential(f64::from(i) / 200.0);
            assert!(contrast(color, text_on(color)) >= 4.5, "{color:?}");
        }
    }
}
