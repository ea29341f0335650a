//! Draws a [`GroupedBars`] whose data has been checked.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::Color as _;
use plotters_backend::DrawingBackend;

use super::layout::{ARROW, CEILING, GAP, Layout};
use super::{GroupedBar, GroupedBars};
use crate::bar_fill::{self, FILLS};
use crate::canvas::{Align, Canvas, Rect};
use crate::error::PlotError;
use crate::figure::page;
use crate::font;
use crate::frame::{line, paragraph};
use crate::header::SAMPLE;
use crate::interval::whisker;
use crate::theme::{self, BACKGROUND, INK, MUTED};

const CEILING_DASH: [f64; 2] = [12.0, 7.0];
const CEILING_LINE: f64 = 3.0;
const WHISKER: f64 = 3.0;
/// Share of its pitch that a bar fills.
const BAR: f64 = 0.88;

impl GroupedBars {
    pub(super) fn draw_checked<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
    ) -> Result<(), PlotError> {
        let layout = self.layout();
        let Layout { header, legend, frame, slot, names, .. } = &layout;
        let canvas = Canvas::new(area, page(layout.height))?;
        header.draw(&canvas)?;
        legend.draw(&canvas, header.bottom(), |sample, at| self.sample(&canvas, sample, at))?;
        frame.draw(&canvas, "")?;
        for (i, group) in self.groups.iter().enumerate() {
            for j in 0..group.bars.len() {
                self.bar(&canvas, &layout, (i, j))?;
            }
            // After the bars: some may be higher than a ceiling, which must show all the same.
            self.ceiling(&canvas, &layout, i)?;
            for (j, bar) in group.bars.iter().enumerate() {
                layout.value(&canvas, (i, j), bar)?;
            }
        }
        names.draw(&canvas, frame.inner, *slot)
    }

    fn sample<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        sample: usize,
        (x, y): (f64, f64),
    ) -> Result<(), PlotError> {
        if sample < FILLS {
            let rect = Rect { x, y: y - 11.0, w: SAMPLE, h: 22.0 };
            return bar_fill::bar(canvas, sample, rect, MUTED);
        }
        let limit = self.ceiling_limit();
        if self.ceilings().any(|ceiling| ceiling <= limit) {
            canvas.dashed(&[(x, y), (x + SAMPLE, y)], &CEILING_DASH, INK, CEILING_LINE)?;
        }
        if self.ceilings().any(|ceiling| ceiling > limit) {
            arrow(canvas, (x + SAMPLE / 2.0, y))?;
        }
        Ok(())
    }

    fn bar<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        layout: &Layout,
        (i, j): (usize, usize),
    ) -> Result<(), PlotError> {
        let (group, bar) = (&self.groups[i], &self.groups[i].bars[j]);
        let middle = layout.middle(i, j, group.bars.len());
        let (zero, end) = (layout.frame.y_at(0.0), layout.frame.y_at(bar.value));
        let w = BAR * layout.pitch;
        let rect = Rect { x: middle - w / 2.0, y: zero.min(end), w, h: (zero - end).abs() };
        bar_fill::bar(canvas, j, rect, theme::category(group.category)?.color)?;
        if let Some((low, high)) = bar.interval {
            let ends = ((middle, layout.frame.y_at(low)), (middle, layout.frame.y_at(high)));
            let cap = ((0.16 * layout.pitch).min(12.0), 0.0);
            // A light rim, because a solid bar may be dark.
            whisker(canvas, ends, cap, BACKGROUND, WHISKER + 3.0)?;
            whisker(canvas, ends, cap, INK, WHISKER)?;
        }
        Ok(())
    }

    fn ceiling<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        layout: &Layout,
        i: usize,
    ) -> Result<(), PlotError> {
        let Some(ceiling) = &self.groups[i].ceiling else { return Ok(()) };
        let lines = &layout.texts.ceilings[i];
        let inner = layout.frame.inner;
        let middle = inner.x + (i as f64 + 0.5) * layout.slot;
        let height = lines.len() as f64 * line(CEILING);
        let widths = lines.iter().map(|text| font::width(text, CEILING.weight, CEILING.size));
        let width = widths.fold(0.0, f64::max);
        if ceiling.value > self.ceiling_limit() {
            let rect = Rect { x: middle - width / 2.0, y: inner.y, w: width, h: height };
            layout.clear(canvas, Rect { x: rect.x - ARROW / 2.0, w: width + ARROW, ..rect })?;
            arrow(canvas, (rect.x - 2.0, inner.y + line(CEILING) / 2.0))?;
            let at = (rect.x + ARROW / 2.0, inner.y);
            return paragraph(canvas, lines, at, Align::Left, CEILING);
        }
        let half = self.kinds.len() as f64 * layout.pitch / 2.0;
        let y = layout.frame.y_at(ceiling.value);
        canvas.dashed(
            &[(middle - half, y), (middle + half, y)],
            &CEILING_DASH,
            INK,
            CEILING_LINE,
        )?;
        let bars = self.groups[i].bars.iter().enumerate();
        let tops = bars.map(|(j, bar)| layout.value_top(bar, &layout.texts.values[i][j]));
        let top = tops.fold(y, f64::min) - GAP - height;
        layout.clear(canvas, Rect { x: middle - width / 2.0, y: top, w: width, h: height })?;
        paragraph(canvas, lines, (middle, top), Align::Center, CEILING)
    }
}

impl Layout {
    /// Middle of bar `j` of `bars` in group `i`.
    fn middle(&self, i: usize, j: usize, bars: usize) -> f64 {
        let from_middle = (j as f64 + 0.5 - bars as f64 / 2.0) * self.pitch;
        self.frame.inner.x + (i as f64 + 0.5) * self.slot + from_middle
    }

    /// Upper edge of the text over a bar.
    fn value_top(&self, bar: &GroupedBar, lines: &[String]) -> f64 {
        let highest = bar.heights().fold(0.0, f64::max);
        self.frame.y_at(highest) - GAP - self.texts.value_size(lines).1
    }

    fn value<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        (i, j): (usize, usize),
        bar: &GroupedBar,
    ) -> Result<(), PlotError> {
        let lines = &self.texts.values[i][j];
        let middle = self.middle(i, j, self.texts.values[i].len());
        let (w, h) = self.texts.value_size(lines);
        let top = self.value_top(bar, lines);
        self.clear(canvas, Rect { x: middle - w / 2.0, y: top, w, h })?;
        let look = self.texts.value_look;
        if !self.texts.upwards {
            return paragraph(canvas, lines, (middle, top), Align::Center, look);
        }
        lines.iter().try_for_each(|text| canvas.upward_text(text, (middle, top + h / 2.0), look))
    }

    /// Takes lines of the grid and of ceilings away behind a text.
    fn clear<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        Rect { x, y, w, h }: Rect,
    ) -> Result<(), PlotError> {
        canvas.rect(Rect { x: x - 4.0, y, w: w + 8.0, h }, BACKGROUND.to_rgba())
    }
}

/// An arrow upwards, as high as a line of text, its middle at `at`.
fn arrow<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, (x, y): (f64, f64)) -> Result<(), PlotError> {
    canvas.line(&[(x, y + 11.0), (x, y - 4.0)], INK, CEILING_LINE)?;
    canvas.polygon(&[(x, y - 12.0), (x + 7.0, y - 1.0), (x - 7.0, y - 1.0)], INK.to_rgba())
}
