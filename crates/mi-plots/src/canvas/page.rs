//! The page that a figure is drawn on: a list of shapes.

use plotters::style::{Color as _, RGBAColor, RGBColor};

use super::font::Weight;
use super::gray::GrayBytes;
use crate::error::{Error, Result};
use crate::theme::{Category, Marker};

/// Largest side of a figure, logical pixels.
const SIDE_LIMIT: u32 = 8_000;

/// A position on the page, logical pixels, y downwards.
pub(crate) type Point = (f64, f64);

/// A rectangle on the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) w: f64,
    pub(crate) h: f64,
}

impl Rect {
    pub(crate) fn right(&self) -> f64 {
        self.x + self.w
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.h
    }
}

/// The part of a text that is at its position. Vertically it is always the middle of the capitals.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextLook {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) color: RGBColor,
}

/// One thing on the page.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Opaque, because backends may paint joints twice.
    Line {
        points: Vec<Point>,
        color: RGBColor,
        width: f64,
    },
    Polygon {
        corners: Vec<Point>,
        color: RGBAColor,
    },
    Rect {
        rect: Rect,
        color: RGBAColor,
    },
    Disc {
        center: Point,
        radius: f64,
        color: RGBAColor,
    },
    /// One line of text, which may read upwards.
    Text {
        text: String,
        at: Point,
        align: Align,
        look: TextLook,
        upward: bool,
    },
    /// A bitmap with its upper left corner at `at`, one logical pixel for each value.
    Bitmap {
        image: GrayBytes,
        at: Point,
    },
}

/// A page and the shapes on it, in drawing order.
#[derive(Debug)]
pub struct Page {
    size: (u32, u32),
    shapes: Vec<Shape>,
}

impl Page {
    /// An empty page of `size` logical pixels.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn new(size: (u32, u32)) -> Result<Self> {
        let (width, height) = size;
        if width > SIDE_LIMIT || height > SIDE_LIMIT {
            return Err(Error::TooLarge { width, height, limit: SIDE_LIMIT });
        }
        Ok(Self { size, shapes: Vec::new() })
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// A line through all points.
    pub(crate) fn line(&mut self, points: &[Point], color: RGBColor, width: f64) {
        if !points.is_empty() {
            self.shapes.push(Shape::Line { points: points.to_vec(), color, width });
        }
    }

    /// A line in dashes. `dash` has lengths that are drawn and skipped in turn; if it is empty the
    /// line is solid.
    pub(crate) fn dashed(&mut self, points: &[Point], dash: &[f64], color: RGBColor, width: f64) {
        if dash.is_empty() {
            return self.line(points, color, width);
        }
        for piece in dashes(points, dash) {
            self.line(&piece, color, width);
        }
    }

    pub(crate) fn polygon(&mut self, corners: &[Point], color: RGBAColor) {
        if !corners.is_empty() {
            self.shapes.push(Shape::Polygon { corners: corners.to_vec(), color });
        }
    }

    pub(crate) fn rect(&mut self, rect: Rect, color: RGBAColor) {
        self.shapes.push(Shape::Rect { rect, color });
    }

    pub(crate) fn disc(&mut self, center: Point, radius: f64, color: RGBAColor) {
        self.shapes.push(Shape::Disc { center, radius, color });
    }

    /// The mark of a category, about `2 * radius` across and of equal weight for all shapes.
    pub(crate) fn mark(&mut self, (x, y): Point, radius: f64, category: Category) {
        let at = |(dx, dy): Point| (x + dx * radius, y + dy * radius);
        let fill = category.color.to_rgba();
        let stroke = 0.7 * radius;
        let (lines, corners): (&[[Point; 2]], &[Point]) = match category.marker {
            Marker::Circle => return self.disc((x, y), radius, fill),
            Marker::Square => (&[], &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Marker::Diamond => (&[], &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
            Marker::TriangleUp => (&[], &[(0.0, -1.3), (1.2, 0.9), (-1.2, 0.9)]),
            Marker::TriangleDown => (&[], &[(0.0, 1.3), (-1.2, -0.9), (1.2, -0.9)]),
            Marker::Plus => (&[[(-1.2, 0.0), (1.2, 0.0)], [(0.0, -1.2), (0.0, 1.2)]], &[]),
            Marker::Cross => (&[[(-0.9, -0.9), (0.9, 0.9)], [(-0.9, 0.9), (0.9, -0.9)]], &[]),
        };
        for ends in lines {
            self.line(&ends.map(at), category.color, stroke);
        }
        let corners: Vec<Point> = corners.iter().copied().map(at).collect();
        self.polygon(&corners, fill);
    }

    /// One line of text with the middle of its capitals at `at`.
    pub(crate) fn text(&mut self, text: &str, at: Point, align: Align, look: TextLook) {
        self.write(text, at, align, look, false);
    }

    /// One line of text that reads upwards, centred at `at`.
    pub(crate) fn upward_text(&mut self, text: &str, at: Point, look: TextLook) {
        self.write(text, at, Align::Center, look, true);
    }

    fn write(&mut self, text: &str, at: Point, align: Align, look: TextLook, upward: bool) {
        if !text.is_empty() {
            let text = text.to_owned();
            self.shapes.push(Shape::Text { text, at, align, look, upward });
        }
    }

    /// A bitmap with its upper left corner at `at`, one logical pixel for each value.
    pub(crate) fn bitmap(&mut self, image: GrayBytes, at: Point) {
        self.shapes.push(Shape::Bitmap { image, at });
    }
}

/// Cuts a line into its dashes, which keep the corners of the line.
fn dashes(points: &[Point], dash: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::from_iter(points.first().copied());
    let mut step = 0;
    let mut left = dash[0];
    for ends in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            if step % 2 == 0 {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            step += 1;
            left = dash[step % dash.len()];
        }
        left -= length - done;
        if step % 2 == 0 {
            piece.push((x1, y1));
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_of_the_line() {
        let corner = [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0)];
        let pieces = dashes(&corner, &[6.0, 4.0]);
        let length = |piece: &Vec<(f64, f64)>| -> f64 {
            piece.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum()
        };
        assert_eq!(pieces.len(), 10);
        assert!((pieces.iter().map(length).sum::<f64>() - 60.0).abs() < 1e-9);
    }

    #[test]
    fn a_dash_keeps_the_corner_it_runs_over() {
        let pieces = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], &[20.0, 5.0]);
        assert_eq!(pieces, [[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)]]);
    }
}
