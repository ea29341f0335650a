//! The legend of a figure.

use super::frame::{LABEL, line, paragraph};
use super::header::{AFTER, content_width};
use crate::canvas::font;
use crate::canvas::page::{Align, Page, Point};
use crate::error::Result;
use crate::theme::MARGIN;

/// One entry of a legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) label: String,
    /// Which sample the figure draws: a category, or a kind of bar.
    pub(crate) sample: usize,
}

/// Entries in rows; an entry is a sample followed by its label.
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
    /// Lays out the entries in order, without empty and repeated ones.
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

    /// Height including the space below.
    pub(crate) fn height(&self) -> f64 {
        self.height
    }

    /// Draws the labels, and calls `sample` for each sample with the middle of its left end.
    pub(crate) fn draw(
        &self,
        page: &mut Page,
        top: f64,
        sample: impl Fn(&mut Page, usize, Point) -> Result<()>,
    ) -> Result<()> {
        for entry in &self.entries {
            let (x, y) = (MARGIN + entry.x, top + entry.y);
            sample(page, entry.sample, (x, y + line(LABEL) / 2.0))?;
            let text = (x + SAMPLE + AFTER_SAMPLE, y);
            paragraph(page, &entry.lines, text, Align::Left, LABEL);
        }
        Ok(())
    }
}
