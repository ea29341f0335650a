//! Draws a page on a plotters backend.
//!
//! A backend may have more pixels than the page: all coordinates are multiplied by the same
//! factor. That is how a PNG is drawn large and averaged down, and how an SVG keeps positions
//! finer than a pixel.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, FontTransform, ShapeStyle};
use plotters_backend::DrawingBackend;

use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, Point, Shape};
use crate::error::{Error, Result};
use crate::theme::BACKGROUND;

/// Draws the page as large as the area and the shape of the page allow.
///
/// # Errors
/// [`Error::Font`]; [`Error::Backend`].
pub(crate) fn draw<DB: DrawingBackend>(page: &Page, area: &DrawingArea<DB, Shift>) -> Result<()> {
    font::register()?;
    let ((width, height), (w, h)) = (area.dim_in_pixel(), page.size());
    let scale = (f64::from(width) / f64::from(w)).min(f64::from(height) / f64::from(h));
    area.fill(&BACKGROUND).map_err(backend_error::<DB>)?;
    page.shapes().iter().try_for_each(|shape| draw_shape(shape, area, scale))
}

fn draw_shape<DB: DrawingBackend>(
    shape: &Shape,
    area: &DrawingArea<DB, Shift>,
    scale: f64,
) -> Result<()> {
    let px = |logical: f64| (logical * scale).round() as i32;
    let point = |(x, y): Point| (px(x), px(y));
    let points = |points: &[Point]| points.iter().map(|&p| point(p)).collect::<Vec<_>>();
    match shape {
        Shape::Line { points: path, color, width } => {
            let color = color.to_rgba();
            let stroke_width = px(*width).max(1) as u32;
            let stroke = ShapeStyle { color, filled: false, stroke_width };
            area.draw(&PathElement::new(points(path), stroke))
        }
        Shape::Polygon { corners, color } => {
            area.draw(&Polygon::new(points(corners), color.filled()))
        }
        Shape::Rect { rect, color } => {
            let corners = [point((rect.x, rect.y)), point((rect.right(), rect.bottom()))];
            area.draw(&Rectangle::new(corners, color.filled()))
        }
        Shape::Disc { center, radius, color } => {
            area.draw(&Circle::new(point(*center), px(*radius).max(1), color.filled()))
        }
        Shape::Text { text, at, align, look, upward } => {
            let weight = match look.weight {
                Weight::Regular => FontStyle::Normal,
                Weight::Bold => FontStyle::Bold,
            };
            let size = look.size * scale * font::PLOTTERS_SIZE_PER_EM;
            let transform = if *upward { FontTransform::Rotate270 } else { FontTransform::None };
            let h_pos = match align {
                Align::Left => HPos::Left,
                Align::Center => HPos::Center,
                Align::Right => HPos::Right,
            };
            let style = FontDesc::new(FontFamily::Name(font::FAMILY), size, weight)
                .transform(transform)
                .color(&look.color)
                .pos(Pos::new(h_pos, VPos::Center));
            area.draw_text(text, &style, point(*at))
        }
        Shape::Bitmap { image, at } => {
            let corner = point(*at);
            let end = point((at.0 + image.width as f64, at.1 + image.height as f64));
            let size = ((end.0 - corner.0).max(1) as usize, (end.1 - corner.1).max(1) as usize);
            let rgb = image.enlarged_rgb(size.0, size.1);
            let size = (size.0 as u32, size.1 as u32);
            let element = BitMapElement::with_owned_buffer(corner, size, rgb)
                .ok_or_else(|| Error::Backend { message: "bitmap buffer too short".into() })?;
            area.draw(&element)
        }
    }
    .map_err(backend_error::<DB>)
}

pub(crate) fn backend_error<DB: DrawingBackend>(
    error: DrawingAreaErrorKind<DB::ErrorType>,
) -> Error {
    Error::Backend { message: error.to_string() }
}
