//! Draws a [`GroupedBars`] after its data has been checked.

use plotters::style::Color as _;

use super::layout::{ARROW, GAP, Layout, PIECE, REFERENCE, reference_height};
use super::{GroupedBar, GroupedBars, REFERENCES};
use crate::canvas::font;
use crate::canvas::page::{Align, Page, Point, Rect};
use crate::error::Result;
use crate::figure::size_of;
use crate::parts::bar_fill::{self, FILLS};
use crate::parts::frame::{line, paragraph};
use crate::parts::interval::whisker;
use crate::parts::legend::SAMPLE;
use crate::parts::spread::sideways;
use crate::theme::{self, BACKGROUND, INK, MUTED};

const DASHES: [&[f64]; REFERENCES] = [&[12.0, 7.0], &[4.0, 5.0], &[16.0, 5.0, 3.0, 5.0]];
const REFERENCE_LINE: f64 = 3.0;
const WHISKER: f64 = 3.0;
/// Width of a bar divided by the distance from bar to bar.
const BAR: f64 = 0.88;

impl GroupedBars {
    pub(super) fn draw_checked(&self) -> Result<Page> {
        let layout = self.layout();
        let Layout { header, legend, frame, slot, names, .. } = &layout;
        let mut page = Page::new(size_of(layout.height))?;
        header.draw(&mut page);
        legend.draw(&mut page, header.bottom(), |page, sample, at| {
            self.sample(page, sample, at);
            Ok(())
        })?;
        frame.draw(&mut page, "");
        for (i, group) in self.groups.iter().enumerate() {
            for j in 0..group.bars.len() {
                self.bar(&mut page, &layout, (i, j))?;
            }
            // After the bars, because a bar may be higher than a reference.
            self.draw_references(&mut page, &layout, i);
            for (j, bar) in group.bars.iter().enumerate() {
                layout.value(&mut page, (i, j), bar);
            }
        }
        names.draw(&mut page, frame.inner, *slot);
        Ok(page)
    }

    fn sample(&self, page: &mut Page, sample: usize, (x, y): Point) {
        if sample < FILLS {
            let rect = Rect { x, y: y - 11.0, w: SAMPLE, h: 22.0 };
            return bar_fill::bar(page, sample, rect, MUTED);
        }
        let kind = sample - FILLS;
        let limit = self.reference_limit();
        let has_far = self.reference_values(kind).any(|value| value > limit);
        let has_near = self.reference_values(kind).any(|value| value <= limit);
        if has_near {
            let right = x + if has_far { SAMPLE - 18.0 } else { SAMPLE };
            page.dashed(&[(x, y), (right, y)], DASHES[kind], INK, REFERENCE_LINE);
        }
        if has_far {
            let middle = x + if has_near { SAMPLE - 7.0 } else { SAMPLE / 2.0 };
            arrow(page, (middle, y));
        }
    }

    fn bar(&self, page: &mut Page, layout: &Layout, (i, j): (usize, usize)) -> Result<()> {
        let (group, bar) = (&self.groups[i], &self.groups[i].bars[j]);
        let middle = layout.middle(i, j, group.bars.len());
        let (zero, end) = (layout.frame.y_at(0.0), layout.frame.y_at(bar.value));
        let w = BAR * layout.pitch;
        let rect = Rect { x: middle - w / 2.0, y: zero.min(end), w, h: (zero - end).abs() };
        bar_fill::bar(page, j, rect, theme::category(group.category)?.color);
        let radius = (layout.pitch / 20.0).clamp(3.0, 6.0);
        for (k, &dot) in bar.dots.iter().enumerate() {
            let at = (middle + sideways(k) * (w - 4.0 * radius), layout.frame.y_at(dot));
            // A light rim, because a solid bar has the same colour.
            page.disc(at, radius + 2.0, BACKGROUND.to_rgba());
            page.disc(at, radius, theme::category(group.category)?.color.to_rgba());
        }
        if let Some((low, high)) = bar.interval {
            let ends = ((middle, layout.frame.y_at(low)), (middle, layout.frame.y_at(high)));
            let cap = ((0.16 * layout.pitch).min(12.0), 0.0);
            // A light rim, because a solid bar may be dark.
            whisker(page, ends, cap, BACKGROUND, WHISKER + 3.0);
            whisker(page, ends, cap, INK, WHISKER);
        }
        Ok(())
    }

    /// The lines of all references of a group, then their texts: those of near ones above the bars
    /// and lines, those of far ones with an arrow at the top of the panel, higher values above.
    fn draw_references(&self, page: &mut Page, layout: &Layout, i: usize) {
        let limit = self.reference_limit();
        let inner = layout.frame.inner;
        let middle = inner.x + (i as f64 + 0.5) * layout.slot;
        let half = self.kinds.len() as f64 * layout.pitch / 2.0;
        let references = self.groups[i].references.iter().enumerate();
        let mut references: Vec<(usize, f64)> =
            references.filter_map(|(kind, r)| Some((kind, r.as_ref()?.value))).collect();
        references.sort_by(|a, b| a.1.total_cmp(&b.1));
        let is_near = |value: f64| value <= limit;
        let near = references.iter().filter(|(_, value)| is_near(*value)).count();

        let bars = self.groups[i].bars.iter().enumerate();
        let tops = bars.map(|(j, bar)| layout.value_top(bar, &layout.texts.values[i][j]));
        let mut bottom = tops.fold(inner.bottom(), f64::min);
        for &(kind, value) in references.iter().filter(|(_, value)| is_near(*value)) {
            let y = layout.frame.y_at(value);
            let ends = [(middle - half, y), (middle + half, y)];
            page.dashed(&ends, DASHES[kind], INK, REFERENCE_LINE);
            bottom = bottom.min(y);
        }
        bottom -= GAP;
        for &(kind, _) in references.iter().filter(|(_, value)| is_near(*value)) {
            let lines = &layout.texts.references[i][kind];
            bottom -= reference_height(lines);
            // A single text is above its line, and needs no piece of it.
            let beside = if near > 1 { PIECE } else { 0.0 };
            let (x, y) = beside_text(page, lines, (middle, bottom), beside);
            if beside > 0.0 {
                let ends = [(x, y), (x + PIECE - 12.0, y)];
                page.dashed(&ends, DASHES[kind], INK, REFERENCE_LINE);
            }
        }
        let mut top = inner.y;
        for &(kind, _) in references.iter().rev().filter(|(_, value)| !is_near(*value)) {
            let lines = &layout.texts.references[i][kind];
            let (x, y) = beside_text(page, lines, (middle, top), ARROW);
            arrow(page, (x + ARROW / 2.0 - 2.0, y));
            top += reference_height(lines);
        }
    }
}

/// Writes a text below a point, with `beside` pixels for a symbol before it, and both together in
/// the middle. Returns the left end of the symbol, in the middle of the first line.
fn beside_text(page: &mut Page, lines: &[String], (middle, top): Point, beside: f64) -> Point {
    let widths = lines.iter().map(|text| font::width(text, REFERENCE.weight, REFERENCE.size));
    let width = widths.fold(0.0, f64::max);
    let left = middle - (width + beside) / 2.0;
    let rect = Rect { x: left, y: top, w: width + beside, h: reference_height(lines) };
    clear(page, rect);
    if beside > 0.0 {
        paragraph(page, lines, (left + beside, top), Align::Left, REFERENCE);
    } else {
        paragraph(page, lines, (middle, top), Align::Center, REFERENCE);
    }
    (left, top + line(REFERENCE) / 2.0)
}

impl Layout {
    /// The middle of bar `j` of `bars` bars in group `i`.
    fn middle(&self, i: usize, j: usize, bars: usize) -> f64 {
        let from_middle = (j as f64 + 0.5 - bars as f64 / 2.0) * self.pitch;
        self.frame.inner.x + (i as f64 + 0.5) * self.slot + from_middle
    }

    /// The upper edge of the text over a bar.
    fn value_top(&self, bar: &GroupedBar, lines: &[String]) -> f64 {
        let highest = bar.heights().fold(0.0, f64::max);
        self.frame.y_at(highest) - GAP - self.texts.value_size(lines).1
    }

    fn value(&self, page: &mut Page, (i, j): (usize, usize), bar: &GroupedBar) {
        let lines = &self.texts.values[i][j];
        let middle = self.middle(i, j, self.texts.values[i].len());
        let (w, h) = self.texts.value_size(lines);
        let top = self.value_top(bar, lines);
        clear(page, Rect { x: middle - w / 2.0, y: top, w, h });
        let look = self.texts.value_look;
        if !self.texts.upwards {
            return paragraph(page, lines, (middle, top), Align::Center, look);
        }
        for text in lines {
            page.upward_text(text, (middle, top + h / 2.0), look);
        }
    }
}

/// Removes grid lines and references behind a text.
fn clear(page: &mut Page, Rect { x, y, w, h }: Rect) {
    page.rect(Rect { x: x - 4.0, y, w: w + 8.0, h }, BACKGROUND.to_rgba());
}

/// An upward arrow, as high as a line of text, with its middle at `at`.
fn arrow(page: &mut Page, (x, y): Point) {
    page.line(&[(x, y + 11.0), (x, y - 4.0)], INK, REFERENCE_LINE);
    page.polygon(&[(x, y - 12.0), (x + 7.0, y - 1.0), (x - 7.0, y - 1.0)], INK.to_rgba());
}
