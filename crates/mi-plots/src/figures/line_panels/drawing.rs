//! Draws a [`LinePanels`] after its data has been checked.

use plotters::style::{Color as _, RGBColor};

use super::layout::{
    LEADER, Layout, MARK, NAME, REGION_GAP, REGION_SAMPLE, name_height, name_lines,
};
use super::{Line, LinePanel, LinePanels, LinePoint};
use crate::canvas::page::{Align, Page, Point, Rect};
use crate::error::Result;
use crate::figure::size_of;
use crate::parts::frame::{Frame, NUMBER, line, paragraph};
use crate::parts::interval;
use crate::parts::legend::SAMPLE;
use crate::parts::spread::apart;
use crate::theme::{self, BACKGROUND, Category, FRAME, Marker};

const WIDTH: f64 = 3.0;
const RADIUS: f64 = 6.5;
const RING: f64 = 14.5;
const BAND: f64 = 0.18;
/// How much of its colour a pale line keeps.
const PALE: f64 = 0.45;
const SHADE: RGBColor = RGBColor(241, 241, 241);

impl LinePanels {
    pub(super) fn draw_checked(&self) -> Result<Page> {
        let layout = self.layout();
        let Layout { header, legend, panels, names, .. } = &layout;
        let mut page = Page::new(size_of(layout.height))?;
        header.draw(&mut page);
        legend.draw(&mut page, header.bottom(), |page, sample, (x, y)| {
            if sample == REGION_SAMPLE {
                let rect = Rect { x, y: y - 13.0, w: SAMPLE, h: 26.0 };
                page.rect(rect, FRAME.to_rgba());
                let inside = Rect { x: x + 1.5, y: y - 11.5, w: SAMPLE - 3.0, h: 23.0 };
                page.rect(inside, SHADE.to_rgba());
                return Ok(());
            }
            let look = theme::category(sample)?;
            page.line(&[(x, y), (x + SAMPLE, y)], look.color, WIDTH);
            page.mark((x + SAMPLE / 2.0, y), RADIUS, look);
            Ok(())
        })?;
        for (frame, panel) in panels {
            if let Some((left, right)) = self.region_ends(frame) {
                let Rect { y, h, .. } = frame.inner;
                page.rect(Rect { x: left, y, w: right - left, h }, SHADE.to_rgba());
            }
            frame.draw(&mut page, &panel.title);
            self.draw_region_label(&mut page, frame, &layout.region_label);
            panel.lines.iter().try_for_each(|line| self.draw_intervals(&mut page, frame, line))?;
            panel.lines.iter().try_for_each(|line| self.draw_rings(&mut page, frame, line))?;
            panel.lines.iter().try_for_each(|line| self.draw_line(&mut page, frame, line))?;
            if let Some(width) = names {
                self.draw_names(&mut page, frame, panel, *width)?;
            }
        }
        Ok(page)
    }

    fn at(&self, frame: &Frame, point: &LinePoint) -> Point {
        frame.at((self.x_scale.place(point.x), point.y))
    }

    fn is_shaded(&self, point: &LinePoint) -> bool {
        self.shaded.as_ref().is_some_and(|region| region.contains(point))
    }

    /// The left and right end of the shaded region on the page.
    fn region_ends(&self, frame: &Frame) -> Option<(f64, f64)> {
        let Rect { x, .. } = frame.inner;
        let at = |value: f64| frame.at((self.x_scale.place(value), 0.0)).0;
        let (low, high) = self.shaded.as_ref()?.x;
        let (left, right) = (at(low).max(x), at(high).min(frame.inner.right()));
        (left < right).then_some((left, right))
    }

    /// The label at the top of the region, where there are no lines.
    fn draw_region_label(&self, page: &mut Page, frame: &Frame, label: &[String]) {
        let Some((left, right)) = self.region_ends(frame).filter(|_| !label.is_empty()) else {
            return;
        };
        let (top, h) = (frame.inner.y + REGION_GAP, label.len() as f64 * line(NUMBER));
        // Grid lines must not cross the text.
        page.rect(Rect { x: left, y: top, w: right - left, h }, SHADE.to_rgba());
        paragraph(page, label, ((left + right) / 2.0, top), Align::Center, NUMBER);
    }

    fn draw_intervals(&self, page: &mut Page, frame: &Frame, line: &Line) -> Result<()> {
        let color = theme::category(line.category)?.color;
        for run in line.points.chunk_by(|a, b| a.interval.is_some() == b.interval.is_some()) {
            let ends = |point: &LinePoint| {
                let x = self.at(frame, point).0;
                point.interval.map(|(low, high)| [(x, frame.y_at(low)), (x, frame.y_at(high))])
            };
            let ends: Vec<_> = run.iter().filter_map(ends).collect();
            match ends[..] {
                [] => {}
                [[low, high]] => interval::whisker(page, (low, high), (RADIUS, 0.0), color, WIDTH),
                _ => {
                    let lower = ends.iter().map(|pair| pair[0]);
                    let upper = ends.iter().rev().map(|pair| pair[1]);
                    page.polygon(&lower.chain(upper).collect::<Vec<_>>(), color.mix(BAND));
                }
            }
        }
        Ok(())
    }

    /// Rings are below all lines, so that they hide none.
    fn draw_rings(&self, page: &mut Page, frame: &Frame, line: &Line) -> Result<()> {
        let color = theme::category(line.category)?.color;
        for point in line.points.iter().filter(|point| point.is_ringed) {
            let at = self.at(frame, point);
            page.disc(at, RING, color.to_rgba());
            page.disc(at, RING - 3.0, BACKGROUND.to_rgba());
        }
        Ok(())
    }

    fn draw_line(&self, page: &mut Page, frame: &Frame, line: &Line) -> Result<()> {
        let look = theme::category(line.category)?;
        // A step is pale if it ends or begins in the shaded region. Steps that are alike are one
        // line, so that its corners are joined.
        let steps: Vec<_> = line.points.windows(2).collect();
        let is_pale = |step: &&[LinePoint]| step.iter().any(|point| self.is_shaded(point));
        for run in steps.chunk_by(|a, b| is_pale(a) == is_pale(b)) {
            let ends = run[..1].iter().map(|step| &step[0]).chain(run.iter().map(|step| &step[1]));
            let path: Vec<_> = ends.map(|point| self.at(frame, point)).collect();
            let color = if is_pale(&run[0]) { pale(look.color) } else { look.color };
            page.line(&path, color, WIDTH);
        }
        for point in &line.points {
            let at = self.at(frame, point);
            if self.is_shaded(point) {
                hollow_mark(page, at, look);
            } else {
                page.mark(at, RADIUS, look);
            }
        }
        Ok(())
    }

    /// Draws names as near to the ends of their lines as they can be without touching. Each has
    /// the mark of its line before it, and a thin line leads to it.
    fn draw_names(
        &self,
        page: &mut Page,
        frame: &Frame,
        panel: &LinePanel,
        width: f64,
    ) -> Result<()> {
        let named = panel.lines.iter().filter_map(|line| {
            let text = name_lines(&line.label, width);
            let end = self.at(frame, line.points.last()?);
            (!text.is_empty()).then_some((line.category, text, end))
        });
        let named: Vec<_> = named.collect();
        let boxes: Vec<_> = named.iter().map(|(_, text, end)| (end.1, name_height(text))).collect();
        let middles = apart(&boxes, (frame.inner.y, frame.inner.bottom()));
        let x = frame.inner.right() + LEADER;
        for ((category, text, end), middle) in named.iter().zip(middles) {
            let look = theme::category(*category)?;
            let leader = [(end.0 + RADIUS + 3.0, end.1), (x - RADIUS - 5.0, middle)];
            page.line(&leader, look.color, 1.5);
            page.mark((x, middle), 0.85 * RADIUS, look);
            let top = middle - text.len() as f64 * line(NAME) / 2.0;
            paragraph(page, text, (x + MARK, top), Align::Left, NAME);
        }
        Ok(())
    }
}

/// The mark of a category with only its rim, or pale if it has no inside.
fn hollow_mark(page: &mut Page, at: Point, look: Category) {
    if matches!(look.marker, Marker::Plus | Marker::Cross) {
        return page.mark(at, RADIUS, Category { color: pale(look.color), ..look });
    }
    page.mark(at, RADIUS, look);
    page.mark(at, 0.55 * RADIUS, Category { color: BACKGROUND, ..look });
}

fn pale(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let mix = |channel: u8| (255.0 - PALE * (255.0 - f64::from(channel))).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}
