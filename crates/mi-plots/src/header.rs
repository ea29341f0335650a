//! What stands above every figure: title, subtitle and, where there is one, the legend.

use plotters_backend::DrawingBackend;

use crate::canvas::{Align, Canvas, TextLook};
use crate::error::PlotError;
use crate::font::{self, Weight};
use crate::frame::{LABEL, line, paragraph};
use crate::theme::{INK, MARGIN, MUTED, SUBTITLE_SIZE, TITLE_SIZE, WIDTH};

const TITLE: TextLook = TextLook { size: TITLE_SIZE, weight: Weight::Bold, color: INK };
const SUBTITLE: TextLook = TextLook { size: SUBTITLE_SIZE, weight: Weight::Regular, color: MUTED };

/// Space between the header and what follows.
const AFTER: f64 = 22.0;

/// Width inside the margins.
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

    /// Where the figure's body begins.
    pub(crate) fn bottom(&self) -> f64 {
        let lines = |lines: &[String], look| lines.len() as f64 * line(look);
        let height = lines(&self.title, TITLE) + lines(&self.subtitle, SUBTITLE);
        // Line boxes have some air above the capitals, which the margin already gives.
        if height > 0.0 { MARGIN - 6.0 + height + AFTER } else { MARGIN }
    }

    pub(crate) fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
    ) -> Result<(), PlotError> {
        let top = MARGIN - 6.0;
        paragraph(canvas, &self.title, (MARGIN, top), Align::Left, TITLE)?;
        let top = top + self.title.len() as f64 * line(TITLE);
        paragraph(canvas, &self.subtitle, (MARGIN, top), Align::Left, SUBTITLE)
    }
}

/// One entry of a legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) label: String,
    /// Tells the figure which sample to draw: a category, or a kind of bar.
    pub(crate) sample: usize,
}

/// Entries in rows, each a sample followed by its label.
pub(crate) struct Legend {
    entries: Vec<Placed>,
    height: f64,
}

struct Placed {
    sample: usize,
    lines: Vec<String>,
    x: f64,
    y: f64,
}

/// Width of the sample left of a label.
pub(crate) const SAMPLE: f64 = 52.0;
const AFTER_SAMPLE: f64 = 12.0;
const BETWEEN: f64 = 40.0;

impl Legend {
    /// Lays out entries in order, repeated ones once.
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut unique: Vec<Entry> = Vec::new();
        for entry in entries {
            if !entry.label.trim().is_empty() && !unique.contains(&entry) {
                unique.push(entry);
            }
        }
        let before = SAMPLE + AFTER_SAMPLE;
        let (mut x, mut y, mut row) = (0.0, 0.0, 0.0f64);
        let mut placed = Vec::new();
        for Entry { label, sample } in unique {
            let lines = font::wrap(&label, LABEL.weight, LABEL.size, content_width() - before);
            let widest =
                lines.iter().map(|l| font::width(l, LABEL.weight, LABEL.size)).fold(0.0, f64::max);
            if x > 0.0 && x + before + widest > content_width() {
                (x, y, row) = (0.0, y + row, 0.0);
            }
            row = row.max(lines.len() as f64 * line(LABEL) + 4.0);
            placed.push(Placed { sample, lines, x, y });
            x += before + widest + BETWEEN;
        }
        let height = if placed.is_empty() { 0.0 } else { y + row + AFTER };
        Self { entries: placed, height }
    }

    /// Height with the space after it.
    pub(crate) fn height(&self) -> f64 {
        self.height
    }

    /// Draws labels, and samples by calling `sample` with an entry's and the middle of its left end.
    pub(crate) fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        top: f64,
        mut sample: impl FnMut(usize, (f64, f64)) -> Result<(), PlotError>,
    ) -> Result<(), PlotError> {
        for entry in &self.entries {
            let (x, y) = (MARGIN + entry.x, top + entry.y);
            sample(entry.sample, (x, y + line(LABEL) / 2.0))?;
            let text = (x + SAMPLE + AFTER_SAMPLE, y);
            paragraph(canvas, &entry.lines, text, Align::Left, LABEL)?;
        }
        Ok(())
    }
}
