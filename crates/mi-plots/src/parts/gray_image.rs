//! Gray images: checks, contrast, and scaling to a cell.

use super::checks;
use crate::canvas::gray::{GRAY_STEPS, GrayBytes};
use crate::error::{Error, Result};

/// How many grays a bitmap has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// All [`GRAY_STEPS`], for large pictures.
    Fine,
    /// Half of them, for small pictures: the file shrinks by a quarter, and steps do not show
    /// at that size.
    Coarse,
}

/// A gray image or feature map with values in any range.
///
/// It is drawn from its minimum (black) to its maximum (white). A constant image is drawn mid-gray.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GrayImage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height` rows of `width` values, top row first.
    pub values: Vec<f32>,
}

impl GrayImage {
    /// Checks size and values. `what` is the name of the image for errors.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        let Self { width, height, .. } = *self;
        if width == 0 || height == 0 {
            return Err(Error::ZeroSize { what: what.to_owned(), width, height });
        }
        let expected = width.saturating_mul(height);
        if self.values.len() != expected {
            let found = self.values.len();
            return Err(Error::LengthMismatch { what: what.to_owned(), expected, found });
        }
        checks::finite(what, self.values.iter().map(|&v| f64::from(v)))
    }

    /// The image scaled to fit `side` by `side` pixels, with its shape kept. Each pixel is the mean
    /// of the area that it covers.
    pub(crate) fn fitted(&self, side: usize, tone: Tone) -> GrayBytes {
        let longer = self.width.max(self.height) as f64;
        let fit = |n: usize| ((n as f64 * side as f64 / longer).round() as usize).clamp(1, side);
        let (width, height) = (fit(self.width), fit(self.height));
        let (columns, rows) = (spans(self.width, width), spans(self.height, height));

        // First each row is shortened, in one pass over the source, then each column.
        let mut narrow = Vec::with_capacity(width * self.height);
        for row in self.values.chunks_exact(self.width) {
            narrow.extend(columns.iter().map(|span| span.mean(|x| f64::from(row[x]))));
        }
        let mut means = Vec::with_capacity(width * height);
        for span in &rows {
            means.extend((0..width).map(|x| span.mean(|y| narrow[y * width + x])));
        }

        let (low, high) =
            self.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| {
                (l.min(f64::from(v)), h.max(f64::from(v)))
            });
        let steps = match tone {
            Tone::Fine => f64::from(GRAY_STEPS),
            Tone::Coarse => f64::from(GRAY_STEPS / 2),
        };
        let level = |v: f64| {
            let unit = if high > low { (v - low) / (high - low) } else { 0.5 };
            ((unit * steps).round() * 255.0 / steps).round() as u8
        };
        GrayBytes { width, height, pixels: means.into_iter().map(level).collect() }
    }
}

/// The source pixels under one drawn pixel.
struct Span {
    first: usize,
    weights: Vec<f64>,
}

impl Span {
    fn mean(&self, value: impl Fn(usize) -> f64) -> f64 {
        self.weights.iter().enumerate().map(|(i, weight)| weight * value(self.first + i)).sum()
    }
}

/// Divides `from` source pixels evenly among `to` drawn ones. The weights of a span add up to 1.
fn spans(from: usize, to: usize) -> Vec<Span> {
    let ratio = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let (start, end) = (i as f64 * ratio, (i + 1) as f64 * ratio);
            let first = (start as usize).min(from - 1);
            let last = ((end - 1e-9).ceil() as usize).clamp(first + 1, from);
            let overlap = |p: usize| (end.min((p + 1) as f64) - start.max(p as f64)).max(0.0);
            let weights: Vec<f64> = (first..last).map(overlap).collect();
            let total: f64 = weights.iter().sum();
            Span { first, weights: weights.into_iter().map(|w| w / total).collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_spans_black_to_white_and_keeps_its_direction() {
        let values = (0..20).map(|i| i as f32).collect();
        let drawn = GrayImage { width: 5, height: 4, values }.fitted(5, Tone::Fine);
        assert_eq!((drawn.width, drawn.height), (5, 4));
        assert_eq!((drawn.pixels[0], drawn.pixels[19]), (0, 255));
        assert!(drawn.pixels.is_sorted());
    }

    #[test]
    fn a_constant_map_is_mid_gray() {
        let drawn = GrayImage { width: 3, height: 3, values: vec![7.5; 9] }.fitted(6, Tone::Coarse);
        assert!(drawn.pixels.iter().all(|&p| (120..=136).contains(&p)), "{:?}", drawn.pixels);
    }

    #[test]
    fn shrinking_averages_instead_of_picking() {
        // A one-pixel checkerboard averages to its middle.
        let values = (0..64).map(|i| ((i + i / 8) % 2) as f32).collect();
        let drawn = GrayImage { width: 8, height: 8, values }.fitted(4, Tone::Coarse);
        assert!(drawn.pixels.iter().all(|&p| (120..=136).contains(&p)), "{:?}", drawn.pixels);
    }

    #[test]
    fn span_weights_cover_every_source_pixel_equally() {
        for (from, to) in [(96, 112), (104, 112), (88, 112), (7, 3), (1, 5), (200, 1)] {
            let mut covered = vec![0.0; from];
            for span in spans(from, to) {
                assert!((span.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                for (i, w) in span.weights.iter().enumerate() {
                    covered[span.first + i] += w;
                }
            }
            let share = to as f64 / from as f64;
            assert!(covered.iter().all(|c| (c - share).abs() < 1e-6), "{from} to {to}");
        }
    }

    #[test]
    fn the_widest_float_range_does_not_overflow() {
        let image = GrayImage { width: 2, height: 1, values: vec![f32::MIN, f32::MAX] };
        image.check("image").unwrap();
        assert_eq!(image.fitted(2, Tone::Fine).pixels, [0, 255]);
    }
}
