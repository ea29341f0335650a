//! The drawing backend of the PNG output.
//!
//! plotters' bitmap backend sets the pixels, but shapes and texts are filled here: plotters
//! 0.3.7 rounds the outlines of thick lines to whole pixels, and with `ab_glyph` it sets every
//! glyph flush left.

use ab_glyph::{Font as _, ScaleFont as _, point};
use plotters::backend::BitMapBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};

use crate::canvas::font::{self, Weight};

/// plotters' bitmap backend with exact shapes and text.
pub(crate) struct Raster<'a> {
    pub(crate) pixels: BitMapBackend<'a>,
}

type Failure<'a> = DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>;

impl<'a> Raster<'a> {
    /// Fills the pixels whose centres are inside a polygon (even-odd rule).
    fn fill(&mut self, corners: &[(f64, f64)], color: BackendColor) -> Result<(), Failure<'a>> {
        let rows = corners.iter().map(|c| c.1);
        let top = rows.clone().fold(f64::INFINITY, f64::min).max(0.0) as i32;
        let bottom = rows.fold(0.0, f64::max).min(f64::from(self.get_size().1)) as i32;
        let mut crossings = Vec::new();
        for row in top..=bottom {
            let y = f64::from(row) + 0.5;
            crossings.clear();
            for (i, &(x0, y0)) in corners.iter().enumerate() {
                let (x1, y1) = corners[(i + 1) % corners.len()];
                if (y0 <= y) != (y1 <= y) {
                    crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
                }
            }
            crossings.sort_unstable_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let (start, end) = ((pair[0] - 0.5).ceil() as i32, (pair[1] - 0.5).ceil() as i32);
                self.span(start, end, row, color)?;
            }
        }
        Ok(())
    }

    /// Paints columns `start..end` of a row.
    fn span(
        &mut self,
        start: i32,
        end: i32,
        row: i32,
        color: BackendColor,
    ) -> Result<(), Failure<'a>> {
        let (width, height) = self.get_size();
        let (start, end) = (start.max(0), end.min(width as i32));
        if start >= end || row < 0 || row >= height as i32 {
            return Ok(());
        }
        self.pixels.draw_rect((start, row), (end, row + 1), &color, true)
    }
}

impl<'a> DrawingBackend for Raster<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.pixels.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), Failure<'a>> {
        self.pixels.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Failure<'a>> {
        self.pixels.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Result<(), Failure<'a>> {
        self.pixels.draw_pixel(at, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Failure<'a>> {
        if fill {
            self.pixels.draw_rect((x0, y0), (x1, y1), style, fill)
        } else {
            self.draw_path([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], style)
        }
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), Failure<'a>> {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), Failure<'a>> {
        let half = f64::from(style.stroke_width()) / 2.0;
        let points: Vec<_> = path.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        for ends in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            if length > 0.0 {
                let (nx, ny) = ((y0 - y1) / length * half, (x1 - x0) / length * half);
                let corners = [
                    (x0 + nx, y0 + ny),
                    (x1 + nx, y1 + ny),
                    (x1 - nx, y1 - ny),
                    (x0 - nx, y0 - ny),
                ];
                self.fill(&corners, style.color())?;
            }
        }
        // Round joints. Without them thick lines have gaps at their corners.
        for &(x, y) in points.iter().skip(1).take(points.len().saturating_sub(2)) {
            let reach = half.ceil() as i32;
            for dy in -reach..reach {
                let across = (half * half - (f64::from(dy) + 0.5).powi(2)).max(0.0).sqrt();
                let (start, end) = ((x - across).round() as i32, (x + across).round() as i32);
                self.span(start, end, y as i32 + dy, style.color())?;
            }
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), Failure<'a>> {
        if !fill {
            return self.pixels.draw_circle((x, y), radius, style, fill);
        }
        let r = f64::from(radius);
        (-(radius as i32)..radius as i32).try_for_each(|dy| {
            let across = (r * r - (f64::from(dy) + 0.5).powi(2)).max(0.0).sqrt().round() as i32;
            self.span(x - across, x + across, y + dy, style.color())
        })
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Result<(), Failure<'a>> {
        let corners: Vec<_> =
            corners.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        self.fill(&corners, style.color())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Result<(), Failure<'a>> {
        let weight = match style.style() {
            FontStyle::Bold => Weight::Bold,
            _ => Weight::Regular,
        };
        let em = style.size() / font::PLOTTERS_SIZE_PER_EM;
        let (font, scale) = font::font(weight, em);
        let scaled = font.as_scaled(scale);
        let mut x = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -font::width(text, weight, em) / 2.0,
            HPos::Right => -font::width(text, weight, em),
        } as f32;
        let baseline = baseline_below(style.anchor().v_pos, em) as f32;
        let upward = matches!(style.transform(), FontTransform::Rotate270);
        let color = style.color();
        let mut previous = None;
        for c in text.chars() {
            let id = scaled.glyph_id(c);
            x += previous.map_or(0.0, |previous| scaled.kern(previous, id));
            previous = Some(id);
            let glyph = id.with_scale_and_position(scale, point(x, baseline));
            x += scaled.h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let mut result = Ok(());
            outline.draw(|dx, dy, coverage| {
                let (dx, dy) = (corner.x as i32 + dx as i32, corner.y as i32 + dy as i32);
                let (dx, dy) = if upward { (dy, -dx - 1) } else { (dx, dy) };
                let alpha = color.alpha * f64::from(coverage.min(1.0));
                if alpha > 0.0 && result.is_ok() {
                    let pixel = (at.0 + dx, at.1 + dy);
                    result = self.pixels.draw_pixel(pixel, BackendColor { alpha, ..color });
                }
            });
            result?;
        }
        Ok(())
    }

    fn blit_bitmap(
        &mut self,
        at: BackendCoord,
        size: (u32, u32),
        rgb: &[u8],
    ) -> Result<(), Failure<'a>> {
        self.pixels.blit_bitmap(at, size, rgb)
    }
}

/// Distance from the anchor of a text down to its baseline. The height of a text is that of
/// its capitals.
pub(crate) fn baseline_below(anchor: VPos, em: f64) -> f64 {
    match anchor {
        VPos::Top => font::CAP_HEIGHT * em,
        VPos::Center => font::CAP_HEIGHT * em / 2.0,
        VPos::Bottom => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: BackendColor = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };

    /// Black pixels of a 20 x 20 page after drawing.
    fn inked(draw: impl FnOnce(&mut Raster<'_>)) -> Vec<(usize, usize)> {
        let mut buffer = vec![255; 20 * 20 * 3];
        draw(&mut Raster { pixels: BitMapBackend::with_buffer(&mut buffer, (20, 20)) });
        let dark = |i: &usize| buffer[i * 3] == 0;
        (0..400).filter(dark).map(|i| (i % 20, i / 20)).collect()
    }

    #[test]
    fn rectangles_cover_their_pixels_and_no_more() {
        let pixels = inked(|r| r.draw_rect((2, 3), (6, 5), &BLACK, true).unwrap());
        assert_eq!(pixels.len(), 8);
        assert_eq!((pixels[0], pixels[7]), ((2, 3), (5, 4)));
        let square = [(2, 3), (6, 3), (6, 5), (2, 5)];
        assert_eq!(inked(|r| r.fill_polygon(square, &BLACK).unwrap()), pixels);
    }

    #[test]
    fn shapes_beyond_the_page_are_cut_off() {
        let pixels = inked(|r| {
            r.draw_rect((-5, -5), (2, 2), &BLACK, true).unwrap();
            r.draw_circle((25, 10), 3, &BLACK, true).unwrap();
            r.fill_polygon([(-9, 30), (40, 30), (40, 50)], &BLACK).unwrap();
        });
        assert_eq!(pixels.len(), 4);
    }
}
