//! A panel: its title, its axes with names and numbers, its grid lines, and the mapping from
//! data to page.

use plotters::style::Color as _;

use super::axis::Axis;
use crate::canvas::font::{self, LINE_HEIGHT, Weight};
use crate::canvas::page::{Align, Page, Point, Rect, TextLook};
use crate::theme::{GRID, HEADING_SIZE, INK, LABEL_SIZE, MARGIN, MUTED, SMALL_SIZE};

pub(crate) const HEADING: TextLook =
    TextLook { size: HEADING_SIZE, weight: Weight::Bold, color: INK };
pub(crate) const LABEL: TextLook =
    TextLook { size: LABEL_SIZE, weight: Weight::Regular, color: INK };
pub(crate) const NUMBER: TextLook =
    TextLook { size: SMALL_SIZE, weight: Weight::Regular, color: MUTED };

const TICK: f64 = 7.0;
const GAP: f64 = 10.0;

/// Height of the numbers and the name of an x axis below a panel `width` pixels wide.
pub(crate) fn x_axis_height(label: &str, width: f64) -> f64 {
    let lines = font::wrap(label, LABEL.weight, LABEL.size, width).len() as f64;
    TICK + 4.0 + line(NUMBER) + lines * line(LABEL)
}

/// Height of the title of a panel above it.
pub(crate) fn heading_height(title: &str, width: f64) -> f64 {
    let lines = font::wrap(title, HEADING.weight, HEADING.size, width).len() as f64;
    if lines > 0.0 { lines * line(HEADING) + GAP } else { 0.0 }
}

/// Width of the numbers and the name of a y axis left of a panel `height` pixels high.
pub(crate) fn y_axis_width(axis: &Axis, height: f64) -> f64 {
    let lines = font::wrap(&axis.label, LABEL.weight, LABEL.size, height).len() as f64;
    y_numbers_width(axis) + GAP + lines * line(LABEL)
}

/// Width of the numbers of a y axis left of a panel.
pub(crate) fn y_numbers_width(axis: &Axis) -> f64 {
    TICK + 4.0 + axis.number_width()
}

pub(crate) fn line(look: TextLook) -> f64 {
    look.size * LINE_HEIGHT
}

/// Draws lines of text aligned at `x`. The box of the first line begins at `top`.
pub(crate) fn paragraph(
    page: &mut Page,
    lines: &[String],
    (x, top): Point,
    align: Align,
    look: TextLook,
) {
    for (i, text) in lines.iter().enumerate() {
        page.text(text, (x, top + (i as f64 + 0.5) * line(look)), align, look);
    }
}

/// Names centred below the equal slots of a panel, all with the same size.
pub(crate) struct Names {
    lines: Vec<Vec<String>>,
    look: TextLook,
}

impl Names {
    /// Wraps the names for slots `slot` pixels wide.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str> + Clone, slot: f64) -> Self {
        let room = (slot - 12.0).max(1.0);
        let size = font::size_for_words(texts.clone(), LABEL.weight, LABEL.size, room);
        let lines = texts.map(|text| font::wrap(text, LABEL.weight, size, room)).collect();
        Self { lines, look: TextLook { size, ..LABEL } }
    }

    /// Height of the names below the panel.
    pub(crate) fn height(&self) -> f64 {
        GAP + self.lines.iter().map(Vec::len).max().unwrap_or(0) as f64 * line(self.look)
    }

    pub(crate) fn draw(&self, page: &mut Page, panel: Rect, slot: f64) {
        for (i, lines) in self.lines.iter().enumerate() {
            let below = (panel.x + (i as f64 + 0.5) * slot, panel.bottom() + GAP);
            paragraph(page, lines, below, Align::Center, self.look);
        }
    }
}

/// The place of a panel on the page, with its axes.
pub(crate) struct Frame {
    /// The plotting area inside the axes.
    pub(crate) inner: Rect,
    pub(crate) x: Option<Axis>,
    pub(crate) y: Axis,
}

impl Frame {
    /// The position of a y value on the page.
    pub(crate) fn y_at(&self, value: f64) -> f64 {
        self.inner.bottom() - self.y.unit(value) * self.inner.h
    }

    /// The position of a point on the page. Without an x axis, `x` is a share of the width.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> Point {
        let unit = self.x.as_ref().map_or(x, |axis| axis.unit(x));
        (self.inner.x + unit * self.inner.w, self.y_at(y))
    }

    /// Draws the title, the grid lines, and the axes with their numbers and names.
    pub(crate) fn draw(&self, page: &mut Page, title: &str) {
        let Rect { x, y, w, h } = self.inner;
        let (right, bottom) = (self.inner.right(), self.inner.bottom());

        let title_lines = font::wrap(title, HEADING.weight, HEADING.size, w);
        let top = y - heading_height(title, w);
        paragraph(page, &title_lines, (x, top), Align::Left, HEADING);

        for tick in &self.y.ticks {
            let at = self.y_at(tick.value);
            page.rect(Rect { x, y: at - 0.75, w, h: 1.5 }, GRID.to_rgba());
            page.text(&tick.text, (x - TICK - 4.0, at), Align::Right, NUMBER);
        }
        let names = font::wrap(&self.y.label, LABEL.weight, LABEL.size, h);
        let numbers = y_numbers_width(&self.y) + GAP;
        for (i, name) in names.iter().rev().enumerate() {
            let from_axis = numbers + (i as f64 + 0.5) * line(LABEL);
            page.upward_text(name, (x - from_axis, y + h / 2.0), LABEL);
        }
        page.rect(Rect { x: x - 1.0, y, w: 2.0, h }, INK.to_rgba());

        // The base line is at zero if zero is inside, otherwise at the bottom.
        let base = if self.y.low < 0.0 && self.y.high >= 0.0 && self.x.is_none() {
            self.y_at(0.0)
        } else {
            bottom
        };
        page.rect(Rect { x: x - 1.0, y: base - 1.0, w: right - x + 1.0, h: 2.0 }, INK.to_rgba());

        if let Some(axis) = &self.x {
            let numbers = bottom + TICK + 4.0;
            for tick in &axis.ticks {
                let at = x + axis.unit(tick.value) * w;
                page.rect(Rect { x: at - 0.75, y: bottom, w: 1.5, h: TICK }, INK.to_rgba());
                // The last number may be wider than the margin beside it.
                let half = font::width(&tick.text, NUMBER.weight, NUMBER.size) / 2.0;
                let at = at.min(right + MARGIN - 4.0 - half);
                let middle = (at, numbers + line(NUMBER) / 2.0);
                page.text(&tick.text, middle, Align::Center, NUMBER);
            }
            let names = font::wrap(&axis.label, LABEL.weight, LABEL.size, w);
            let place = (x + w / 2.0, numbers + line(NUMBER));
            paragraph(page, &names, place, Align::Center, LABEL);
        }
    }
}
