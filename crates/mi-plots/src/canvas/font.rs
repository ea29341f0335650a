//! The embedded font (Noto Sans, from the `notosans` crate), the widths of texts, and line breaks.
//!
//! Text is measured here and not by the backend. So PNG and SVG break lines at the same places, and
//! a figure knows its height before it is drawn. Sizes are em sizes in pixels, as in CSS.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _};
use plotters::style::FontStyle;

use crate::error::{Error, Result};

/// The name of the font for plotters. It is also a CSS list, for backends that only pass the name
/// on.
pub(crate) const FAMILY: &str = "Noto Sans, DejaVu Sans, Verdana, Arial, sans-serif";

/// Height of capitals divided by em size in Noto Sans.
pub(crate) const CAP_HEIGHT: f64 = 0.714;

/// plotters and `ab_glyph` size a font by ascent plus descent, which is 1.362 em in Noto Sans.
pub(crate) const PLOTTERS_SIZE_PER_EM: f64 = 1.362;

/// Distance of baselines divided by em size in texts of several lines.
pub(crate) const LINE_HEIGHT: f64 = 1.32;

/// The smallest factor by which a text may be shrunk to fit.
const SMALLEST: f64 = 0.75;

/// The weights that figures use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(notosans::REGULAR_TTF));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(notosans::BOLD_TTF));

fn parse(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded Noto Sans is a valid font")
}

/// The font of a weight and the `ab_glyph` scale of an em size.
pub(crate) fn font(weight: Weight, em: f64) -> (&'static FontRef<'static>, PxScale) {
    let font: &'static FontRef<'static> = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    (font, PxScale::from((em * PLOTTERS_SIZE_PER_EM) as f32))
}

/// Registers the font with plotters, for backends that draw text through it.
pub(crate) fn register() -> Result<()> {
    static DONE: LazyLock<bool> = LazyLock::new(|| {
        let register = plotters::style::register_font;
        register(FAMILY, FontStyle::Normal, notosans::REGULAR_TTF).is_ok()
            && register(FAMILY, FontStyle::Bold, notosans::BOLD_TTF).is_ok()
    });
    if *DONE { Ok(()) } else { Err(Error::Font { name: FAMILY }) }
}

/// Width of one line, pixels.
pub(crate) fn width(text: &str, weight: Weight, em: f64) -> f64 {
    let (font, scale) = font(weight, em);
    let scaled = font.as_scaled(scale);
    let mut previous = None;
    let mut width = 0.0f32;
    for c in text.chars() {
        let glyph = scaled.glyph_id(c);
        if let Some(previous) = previous {
            width += scaled.kern(previous, glyph);
        }
        width += scaled.h_advance(glyph);
        previous = Some(glyph);
    }
    f64::from(width)
}

/// Breaks a text into lines of at most `limit` pixels, between words.
///
/// A word is broken only if it is too wide by itself. Line breaks in the text are kept, and there
/// is no break at a no-break space. An empty text has no lines.
pub(crate) fn wrap(text: &str, weight: Weight, em: f64, limit: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_ascii_whitespace() {
            let candidate =
                if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&candidate, weight, em) <= limit {
                line = candidate;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = break_word(word, weight, em, limit, &mut lines);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Cuts a word into full lines and returns the rest. Every line has at least one character.
fn break_word(word: &str, weight: Weight, em: f64, limit: f64, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for c in word.chars() {
        line.push(c);
        if width(&line, weight, em) > limit && line.chars().nth(1).is_some() {
            line.pop();
            lines.push(std::mem::replace(&mut line, c.to_string()));
        }
    }
    line
}

/// The largest em size up to `em` at which the widest word of the texts fits, but at least
/// `SMALLEST * em`.
pub(crate) fn size_for_words<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    weight: Weight,
    em: f64,
    limit: f64,
) -> f64 {
    let words = texts.into_iter().flat_map(str::split_ascii_whitespace);
    let widest = words.map(|word| width(word, weight, em)).fold(0.0, f64::max);
    if widest <= limit {
        return em;
    }
    // A little less, because widths do not scale exactly in f32.
    (em * limit / widest * 0.998).max(em * SMALLEST)
}

/// A text shrunk to fit into one line, by up to a quarter, then cut with an ellipsis;
/// and its em size.
pub(crate) fn fit(text: &str, weight: Weight, em: f64, limit: f64) -> (String, f64) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let full = width(&text, weight, em);
    if full <= limit {
        return (text, em);
    }
    let smaller = (em * limit / full).max(em * SMALLEST);
    if em * limit / full >= smaller {
        return (text, smaller);
    }
    let mut cut = String::new();
    for c in text.chars() {
        if width(&format!("{cut}{c}…"), weight, smaller) > limit {
            break;
        }
        cut.push(c);
    }
    (cut + "…", smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_ratio_is_that_of_the_font() {
        for (bytes, weight) in
            [(notosans::REGULAR_TTF, Weight::Regular), (notosans::BOLD_TTF, Weight::Bold)]
        {
            let parsed = parse(bytes);
            let units = parsed.units_per_em().unwrap();
            assert!(
                (f64::from(parsed.height_unscaled() / units) - PLOTTERS_SIZE_PER_EM).abs() < 1e-3
            );
            // A capital is CAP_HEIGHT tall.
            let (font, scale) = font(weight, 1000.0);
            let glyph = font.glyph_id('H').with_scale(scale);
            let bounds = font.outline_glyph(glyph).unwrap().px_bounds();
            assert!((f64::from(bounds.height()) / 1000.0 - CAP_HEIGHT).abs() < 0.003);
        }
    }

    #[test]
    fn every_character_that_figures_add_is_in_the_font() {
        for weight in [Weight::Regular, Weight::Bold] {
            let (font, _) = font(weight, 20.0);
            for c in "0123456789.−e…".chars() {
                assert_ne!(font.glyph_id(c), ab_glyph::GlyphId(0), "{c}");
            }
        }
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "one two three averyveryverylongwordindeed four\nfive";
        let lines = wrap(text, Weight::Regular, 20.0, 120.0);
        assert!(lines.iter().all(|l| width(l, Weight::Regular, 20.0) <= 120.0), "{lines:?}");
        let kept: String = lines.concat().split_whitespace().collect();
        assert_eq!(kept, text.split_whitespace().collect::<String>());
        assert!(wrap("", Weight::Bold, 20.0, 120.0).is_empty());
    }

    #[test]
    fn a_limit_below_one_character_still_ends() {
        assert_eq!(wrap("abc", Weight::Regular, 20.0, 0.5), ["a", "b", "c"]);
    }

    #[test]
    fn shrunk_words_are_not_broken() {
        let text = "reversed autoencoder";
        let room = 0.8 * width("autoencoder", Weight::Regular, 24.0);
        let em = size_for_words([text], Weight::Regular, 24.0, room);
        assert_eq!(wrap(text, Weight::Regular, em, room), ["reversed", "autoencoder"]);
        assert_eq!(size_for_words(["a b"], Weight::Regular, 24.0, 100.0), 24.0);
    }

    #[test]
    fn fitted_text_fits() {
        for text in ["0.412", "a title that is much too long for a cell", "mm"] {
            let (cut, em) = fit(text, Weight::Regular, 20.0, 60.0);
            assert!(width(&cut, Weight::Regular, em) <= 60.1, "{cut}");
        }
    }
}
