//! Title and subtitle above every figure.

use super::frame::{line, paragraph};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, TextLook};
use crate::theme::{INK, MARGIN, MUTED, SUBTITLE_SIZE, TITLE_SIZE, WIDTH};

const TITLE: TextLook = TextLook { size: TITLE_SIZE, weight: Weight::Bold, color: INK };
const SUBTITLE: TextLook = TextLook { size: SUBTITLE_SIZE, weight: Weight::Regular, color: MUTED };

/// Space below the header, and below a legend.
pub(crate) const AFTER: f64 = 22.0;

/// Width between the margins.
pub(crate) fn content_width() -> f64 {
    f64::from(WIDTH) - 2.0 * MARGIN
}

pub(crate) struct Header {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Header {
    pub(crate) fn new(title: &str, subtitle: &str) -> Self {
        let wrap = |text, look: TextLook| font::wrap(text, look.weight, look.size, content_width());
        Self { title: wrap(title, TITLE), subtitle: wrap(subtitle, SUBTITLE) }
    }

    /// The top of the body of the figure.
    pub(crate) fn bottom(&self) -> f64 {
        let lines = |lines: &[String], look| lines.len() as f64 * line(look);
        let height = lines(&self.title, TITLE) + lines(&self.subtitle, SUBTITLE);
        // The box of a line has some space above the capitals, which the margin already gives.
        if height > 0.0 { MARGIN - 6.0 + height + AFTER } else { MARGIN }
    }

    pub(crate) fn draw(&self, page: &mut Page) {
        let top = MARGIN - 6.0;
        paragraph(page, &self.title, (MARGIN, top), Align::Left, TITLE);
        let top = top + self.title.len() as f64 * line(TITLE);
        paragraph(page, &self.subtitle, (MARGIN, top), Align::Left, SUBTITLE);
    }
}
