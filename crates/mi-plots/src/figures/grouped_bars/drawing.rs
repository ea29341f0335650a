//! Draws a [`GroupedBars`] after its data has been checked.

use plotters::style::Color as _;

use super::layout::{ARROW, CEILING, GAP, Layout};
use super::{GroupedBar, GroupedBars};
use crate::canvas::font;
use crate::canvas::page::{Align, Page, Point, Rect};
use crate::error::Result;
use crate::figure::size_of;
use crate::parts::bar_fill::{self, FILLS};
use crate::parts::frame::{line, paragraph};
use crate::parts::interval::whisker;
use crate::parts::legend::SAMPLE;
use crate::theme::{self, BACKGROUND, INK, MUTED};

const CEILING_DASH: [f64; 2] = [12.0, 7.0];
const CEILING_LINE: f64 = 3.0;
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
            // After the bars, because a bar may be higher than the ceiling.
            self.ceiling(&mut page, &layout, i);
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
        let limit = self.ceiling_limit();
        if self.ceilings().any(|ceiling| ceiling <= limit) {
            page.dashed(&[(x, y), (x + SAMPLE, y)], &CEILING_DASH, INK, CEILING_LINE);
        }
        if self.ceilings().any(|ceiling| ceiling > limit) {
            arrow(page, (x + SAMPLE / 2.0, y));
        }
    }

    fn bar(&self, page: &mut Page, layout: &Layout, (i, j): (usize, usize)) -> Result<()> {
        let (group, bar) = (&self.groups[i], &self.groups[i].bars[j]);
        let middle = layout.middle(i, j, group.bars.len());
        let (zero, end) = (layout.frame.y_at(0.0), layout.frame.y_at(bar.value));
        let w = BAR * layout.pitch;
        let rect = Rect { x: middle - w / 2.0, y: zero.min(end), w, h: (zero - end).abs() };
        bar_fill::bar(page, j, rect, theme::category(group.category)?.color);
        if let Some((low, high)) = bar.interval {
            let ends = ((middle, layout.frame.y_at(low)), (middle, layout.frame.y_at(high)));
            let cap = ((0.16 * layout.pitch).min(12.0), 0.0);
            // A light rim, because a solid bar may be dark.
            whisker(page, ends, cap, BACKGROUND, WHISKER + 3.0);
            whisker(page, ends, cap, INK, WHISKER);
        }
        Ok(())
    }

    fn ceiling(&self, page: &mut Page, layout: &Layout, i: usize) {
        let Some(ceiling) = &self.groups[i].ceiling else { return };
        let lines = &layout.texts.ceilings[i];
        let inner = layout.frame.inner;
        let middle = inner.x + (i as f64 + 0.5) * layout.slot;
        let height = lines.len() as f64 * line(CEILING);
        let widths = lines.iter().map(|text| font::width(text, CEILING.weight, CEILING.size));
        let width = widths.fold(0.0, f64::max);
        if ceiling.value > self.ceiling_limit() {
            let rect = Rect { x: middle - width / 2.0, y: inner.y, w: width, h: height };
            clear(page, Rect { x: rect.x - ARROW / 2.0, w: width + ARROW, ..rect });
            arrow(page, (rect.x - 2.0, inner.y + line(CEILING) / 2.0));
            let at = (rect.x + ARROW / 2.0, inner.y);
            return paragraph(page, lines, at, Align::Left, CEILING);
        }
        let half = self.kinds.len() as f64 * layout.pitch / 2.0;
        let y = layout.frame.y_at(ceiling.value);
        page.dashed(&[(middle - half, y), (middle + half, y)], &CEILING_DASH, INK, CEILING_LINE);
        let bars = self.groups[i].bars.iter().enumerate();
        let tops = bars.map(|(j, bar)| layout.value_top(bar, &layout.texts.values[i][j]));
        let top = tops.fold(y, f64::min) - GAP - height;
        clear(page, Rect { x: middle - width / 2.0, y: top, w: width, h: height });
        paragraph(page, lines, (middle, top), Align::Center, CEILING);
    }
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

/// Removes grid lines and ceilings behind a text.
fn clear(page: &mut Page, Rect { x, y, w, h }: Rect) {
    page.rect(Rect { x: x - 4.0, y, w: w + 8.0, h }, BACKGROUND.to_rgba());
}

/// An upward arrow, as high as a line of text, with its middle at `at`.
fn arrow(page: &mut Page, (x, y): Point) {
    page.line(&[(x, y + 11.0), (x, y - 4.0)], INK, CEILING_LINE);
    page.polygon(&[(x, y - 12.0), (x + 7.0, y - 1.0), (x - 7.0, y - 1.0)], INK.to_rgba());
}
