//! SVG output.
//!
//! It is written here because `plotters-svg` 0.3.7 sizes fonts by a fixed 1.24 that is not the
//! ratio of Noto Sans, labels embedded images `data:png` (which is not a media type), stores gray
//! maps as RGB, and rounds positions to whole pixels. Here a text has the width of its layout
//! (`textLength`) in any font.

use std::fmt::Write as _;

use plotters::drawing::IntoDrawingArea as _;
use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};

use super::png::{encode_gray, encode_rgb};
use super::raster::baseline_below;
use super::replay::{backend_error, draw};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::Page;
use crate::error::{Error, Result};

/// Backend units for one pixel: positions are kept to a quarter pixel.
const UNITS: u32 = 4;

/// An SVG document of a page.
pub(crate) fn encode(page: &Page) -> Result<String> {
    let (width, height) = page.size();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{}\">\n",
        font::FAMILY
    );
    {
        let backend = Svg { out: &mut svg, size: (width * UNITS, height * UNITS) };
        let area = backend.into_drawing_area();
        draw(page, &area)?;
        area.present().map_err(backend_error::<Svg<'_>>)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

struct Svg<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Error>>;

impl Svg<'_> {
    fn write(&mut self, element: std::fmt::Arguments<'_>) -> Drawn {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(element);
        Ok(())
    }
}

/// Backend units in pixels.
fn px(units: impl Into<f64>) -> f64 {
    units.into() / f64::from(UNITS)
}

/// Rounded to two decimals.
fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A paint attribute such as `fill="#0072B2" fill-opacity="0.25"`.
fn paint(name: &str, color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    let mut out = format!("{name}=\"#{r:02X}{g:02X}{b:02X}\"");
    if color.alpha < 1.0 {
        let _ = write!(out, " {name}-opacity=\"{}\"", short(color.alpha));
    }
    out
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut out = String::new();
    for (x, y) in path {
        let gap = if out.is_empty() { "" } else { " " };
        let _ = write!(out, "{gap}{},{}", px(x), px(y));
    }
    out
}

impl DrawingBackend for Svg<'_> {
    type ErrorType = Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if !fill {
            return self.draw_path([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], style);
        }
        self.write(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n",
            px(x0),
            px(y0),
            px(x1 - x0),
            px(y1 - y0),
            paint("fill", style.color())
        ))
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.write(format_args!(
            "<polyline fill=\"none\" {} stroke-width=\"{}\" stroke-linejoin=\"round\" \
             points=\"{}\"/>\n",
            paint("stroke", style.color()),
            px(style.stroke_width()),
            points(path)
        ))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let look = if fill {
            paint("fill", style.color())
        } else {
            let width = px(style.stroke_width());
            format!("fill=\"none\" {} stroke-width=\"{width}\"", paint("stroke", style.color()))
        };
        self.write(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {look}/>\n",
            px(x),
            px(y),
            px(radius)
        ))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.write(format_args!(
            "<polygon {} points=\"{}\"/>\n",
            paint("fill", style.color()),
            points(corners)
        ))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let em = px(style.size() / font::PLOTTERS_SIZE_PER_EM);
        let (weight, bold) = match style.style() {
            FontStyle::Bold => (Weight::Bold, " font-weight=\"bold\""),
            _ => (Weight::Regular, ""),
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let down = baseline_below(style.anchor().v_pos, em);
        let place = match style.transform() {
            FontTransform::Rotate270 => format!(
                "transform=\"translate({} {}) rotate(-90)\" y=\"{}\"",
                px(x),
                px(y),
                short(down)
            ),
            _ => format!("x=\"{}\" y=\"{}\"", px(x), short(px(y) + down)),
        };
        self.write(format_args!(
            "<text {place} font-size=\"{}\"{bold}{anchor} textLength=\"{}\" \
             lengthAdjust=\"spacingAndGlyphs\" {}>{}</text>\n",
            short(em),
            short(font::width(text, weight, em)),
            paint("fill", style.color()),
            escaped(text)
        ))
    }

    /// Embeds one pixel of each square of `UNITS` by `UNITS`, whose pixels are all the same.
    fn blit_bitmap(
        &mut self,
        (x, y): BackendCoord,
        (width, height): (u32, u32),
        rgb: &[u8],
    ) -> Drawn {
        let (columns, rows) = (width.div_ceil(UNITS), height.div_ceil(UNITS));
        let step = UNITS as usize;
        let kept: Vec<[u8; 3]> = rgb
            .chunks_exact((width as usize * 3).max(1))
            .step_by(step)
            .flat_map(|row| row.chunks_exact(3).step_by(step).map(|p| [p[0], p[1], p[2]]))
            .collect();
        let png = if kept.iter().all(|p| p[0] == p[1] && p[1] == p[2]) {
            encode_gray(&kept.iter().map(|p| p[0]).collect::<Vec<u8>>(), columns, rows)
        } else {
            encode_rgb(&kept.concat(), columns, rows)
        }
        .map_err(DrawingErrorKind::DrawingError)?;
        self.write(format_args!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             href=\"data:image/png;base64,{}\"/>\n",
            px(x),
            px(y),
            px(width),
            px(height),
            base64(&png)
        ))
    }
}

/// Text as the content of an element, without the characters that XML forbids.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\t' => out.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// Base64 with the standard alphabet and padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let sextet = (group >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_rfc_4648() {
        let pairs =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn bitmaps_are_embedded_at_one_pixel_a_unit_square() {
        let gray = encode_gray(&[7; 6], 3, 2).unwrap();
        let red = encode_rgb(&[9, 0, 0].repeat(6), 3, 2).unwrap();
        for (rgb, png) in [([7, 7, 7], gray), ([9, 0, 0], red)] {
            let mut out = String::new();
            let mut svg = Svg { out: &mut out, size: (80, 80) };
            svg.blit_bitmap((4, 8), (12, 8), &rgb.repeat(12 * 8)).unwrap();
            assert!(out.starts_with("<image x=\"1\" y=\"2\" width=\"3\" height=\"2\""), "{out}");
            assert!(out.contains(&base64(&png)));
        }
    }

    #[test]
    fn text_cannot_break_the_document() {
        assert_eq!(escaped("a<b & \"c\"\u{0}\u{1b}>"), "a&lt;b &amp; \"c\"&gt;");
    }

    #[test]
    fn translucent_paint_has_its_opacity() {
        let color = BackendColor { alpha: 0.25, rgb: (0, 114, 178) };
        assert_eq!(paint("fill", color), "fill=\"#0072B2\" fill-opacity=\"0.25\"");
    }
}
