//! Drawing in logical pixels on any plotters backend.
//!
//! Figures are laid out on a page of [`Figure::size`](crate::Figure::size) logical pixels. A backend may have
//! more: all coordinates are multiplied by the same factor, which is how the PNG is drawn large and
//! averaged down, and how the SVG keeps positions finer than a pixel.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, ShapeStyle,
};
use plotters_backend::DrawingBackend;

use crate::error::PlotError;
use crate::font::{self, Weight};
use crate::gray::GrayBytes;
use crate::theme::{BACKGROUND, Category, Marker};

/// Largest side of a figure, logical pixels.
pub(crate) const SIDE_LIMIT: u32 = 8_000;

/// A rectangle on the page, logical pixels, y downwards.
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

/// Which part of a text stands at its position. Vertically it is always the middle of the capitals.
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

pub(crate) struct Canvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: f64,
}

impl<'a, DB: DrawingBackend> Canvas<'a, DB> {
    /// A blank page of `size` logical pixels that fills the area as far as its shape allows.
    pub(crate) fn new(
        area: &'a DrawingArea<DB, Shift>,
        size: (u32, u32),
    ) -> Result<Self, PlotError> {
        check_size(size)?;
        font::register()?;
        let (width, height) = area.dim_in_pixel();
        let scale =
            (f64::from(width) / f64::from(size.0)).min(f64::from(height) / f64::from(size.1));
        area.fill(&BACKGROUND).map_err(backend_error::<DB>)?;
        Ok(Self { area, scale })
    }

    fn px(&self, logical: f64) -> i32 {
        (logical * self.scale).round() as i32
    }

    fn point(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (self.px(x), self.px(y))
    }

    fn points(&self, points: &[(f64, f64)]) -> Vec<(i32, i32)> {
        points.iter().map(|&p| self.point(p)).collect()
    }

    fn stroke(&self, color: RGBColor, width: f64) -> ShapeStyle {
        ShapeStyle {
            color: color.to_rgba(),
            filled: false,
            stroke_width: self.px(width).max(1) as u32,
        }
    }

    /// A line through all points. Opaque, because backends may paint joints twice.
    pub(crate) fn line(
        &self,
        points: &[(f64, f64)],
        color: RGBColor,
        width: f64,
    ) -> Result<(), PlotError> {
        if points.is_empty() {
            return Ok(());
        }
        let path = PathElement::new(self.points(points), self.stroke(color, width));
        self.area.draw(&path).map_err(backend_error::<DB>)
    }

    /// A line in dashes; `dash` alternates lengths drawn and skipped, empty for a solid line.
    pub(crate) fn dashed(
        &self,
        points: &[(f64, f64)],
        dash: &[f64],
        color: RGBColor,
        width: f64,
    ) -> Result<(), PlotError> {
        if dash.is_empty() {
            return self.line(points, color, width);
        }
        dashes(points, dash).iter().try_for_each(|piece| self.line(piece, color, width))
    }

    pub(crate) fn polygon(&self, points: &[(f64, f64)], color: RGBAColor) -> Result<(), PlotError> {
        if points.is_empty() {
            return Ok(());
        }
        let polygon = Polygon::new(self.points(points), color.filled());
        self.area.draw(&polygon).map_err(backend_error::<DB>)
    }

    pub(crate) fn rect(&self, rect: Rect, color: RGBAColor) -> Result<(), PlotError> {
        let corners = [self.point((rect.x, rect.y)), self.point((rect.right(), rect.bottom()))];
        self.area.draw(&Rectangle::new(corners, color.filled())).map_err(backend_error::<DB>)
    }

    pub(crate) fn disc(
        &self,
        center: (f64, f64),
        radius: f64,
        color: RGBAColor,
    ) -> Result<(), PlotError> {
        let circle = Circle::new(self.point(center), self.px(radius).max(1), color.filled());
        self.area.draw(&circle).map_err(backend_error::<DB>)
    }

    /// The mark of a category, about `2 * radius` across and of equal weight for all shapes.
    pub(crate) fn mark(
        &self,
        (x, y): (f64, f64),
        radius: f64,
        category: Category,
    ) -> Result<(), PlotError> {
        let at = |dx: f64, dy: f64| (x + dx * radius, y + dy * radius);
        let fill = |corners: &[(f64, f64)]| self.polygon(corners, category.color.to_rgba());
        match category.marker {
            Marker::Circle => self.disc((x, y), radius, category.color.to_rgba()),
            Marker::Square => fill(&[at(-0.9, -0.9), at(0.9, -0.9), at(0.9, 0.9), at(-0.9, 0.9)]),
            Marker::Diamond => fill(&[at(0.0, -1.3), at(1.3, 0.0), at(0.0, 1.3), at(-1.3, 0.0)]),
            Marker::TriangleUp => fill(&[at(0.0, -1.3), at(1.2, 0.9), at(-1.2, 0.9)]),
            Marker::TriangleDown => fill(&[at(0.0, 1.3), at(-1.2, -0.9), at(1.2, -0.9)]),
            Marker::Plus => {
                self.line(&[at(-1.2, 0.0), at(1.2, 0.0)], category.color, 0.7 * radius)?;
                self.line(&[at(0.0, -1.2), at(0.0, 1.2)], category.color, 0.7 * radius)
            }
            Marker::Cross => {
                self.line(&[at(-0.9, -0.9), at(0.9, 0.9)], category.color, 0.7 * radius)?;
                self.line(&[at(-0.9, 0.9), at(0.9, -0.9)], category.color, 0.7 * radius)
            }
        }
    }

    /// One line of text, the middle of its capitals at `at`.
    pub(crate) fn text(
        &self,
        text: &str,
        at: (f64, f64),
        align: Align,
        look: TextLook,
    ) -> Result<(), PlotError> {
        self.write(text, at, align, look, FontTransform::None)
    }

    /// One line of text that reads upwards, centred at `at`.
    pub(crate) fn upward_text(
        &self,
        text: &str,
        at: (f64, f64),
        look: TextLook,
    ) -> Result<(), PlotError> {
        self.write(text, at, Align::Center, look, FontTransform::Rotate270)
    }

    fn write(
        &self,
        text: &str,
        at: (f64, f64),
        align: Align,
        look: TextLook,
        transform: FontTransform,
    ) -> Result<(), PlotError> {
        if text.is_empty() {
            return Ok(());
        }
        let style = match look.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let size = look.size * self.scale * font::PLOTTERS_SIZE_PER_EM;
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = FontDesc::new(FontFamily::Name(font::FAMILY), size, style)
            .transform(transform)
            .color(&look.color)
            .pos(Pos::new(h_pos, VPos::Center));
        self.area.draw_text(text, &style, self.point(at)).map_err(backend_error::<DB>)
    }

    /// A bitmap with its upper left corner at `at`, one logical pixel a value.
    pub(crate) fn bitmap(&self, image: &GrayBytes, at: (f64, f64)) -> Result<(), PlotError> {
        let corner = self.point(at);
        let end = self.point((at.0 + image.width as f64, at.1 + image.height as f64));
        let size = ((end.0 - corner.0).max(1) as usize, (end.1 - corner.1).max(1) as usize);
        let rgb = image.enlarged_rgb(size.0, size.1);
        let element = BitMapElement::with_owned_buffer(corner, (size.0 as u32, size.1 as u32), rgb)
            .ok_or_else(|| PlotError::Backend { message: "bitmap buffer too short".into() })?;
        self.area.draw(&element).map_err(backend_error::<DB>)
    }
}

/// Refuses pages without pixels, which only a figure from outside this crate can ask for, and pages beyond
/// [`SIDE_LIMIT`].
pub(crate) fn check_size((width, height): (u32, u32)) -> Result<(), PlotError> {
    if width == 0 || height == 0 {
        let (width, height) = (width as usize, height as usize);
        return Err(PlotError::ZeroSize { what: "figure".into(), width, height });
    }
    if width > SIDE_LIMIT || height > SIDE_LIMIT {
        return Err(PlotError::TooLarge { width, height, limit: SIDE_LIMIT });
    }
    Ok(())
}

pub(crate) fn backend_error<DB: DrawingBackend>(
    error: DrawingAreaErrorKind<DB::ErrorType>,
) -> PlotError {
    PlotError::Backend { message: error.to_string() }
}

/// Cuts a line into its dashes, corners kept.
fn dashes(points: &[(f64, f64)], dash: &[f64]) -> Vec<Vec<(f64, f64)>> {
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
