//! Draws a [`NetworkDiagram`] after its data has been checked.

use plotters::style::{Color as _, RGBAColor, RGBColor};

use super::layout::{
    ARROWS, GAP, Layout, MARK, PADDING, Row, TEXT, TITLE, given_middle, lane, size_text,
};
use super::{EncoderRow, NetworkDiagram, Stage};
use crate::canvas::font;
use crate::canvas::page::{Align, Page, Point, Rect, TextLook};
use crate::error::Result;
use crate::figure::size_of;
use crate::parts::frame::{HEADING, NUMBER, line, paragraph};
use crate::parts::outline::outline;
use crate::theme::{self, BACKGROUND, FRAME, GRID, INK, MARGIN, MUTED, Role};

const ARROW_LINE: f64 = 2.5;
const OUTLINE: f64 = 3.0;
const PALE: f64 = 0.22;
const RADIUS: f64 = 9.0;
const DASH: [f64; 2] = [7.0, 7.0];
/// Thickness of the colour below a heading.
const STRIP_WIDTH: f64 = 8.0;
/// Space around the plus sign between the image and the maps.
const PLUS: f64 = 18.0;

impl NetworkDiagram {
    pub(super) fn draw_checked(&self) -> Result<Page> {
        let layout = self.layout();
        let mut page = Page::new(size_of(layout.height))?;
        layout.header.draw(&mut page);
        let colors = [MUTED, Role::Encoder.color(), INK];
        for ((lines, left, right), color) in layout.headings.iter().zip(colors) {
            if lines.is_empty() {
                continue;
            }
            let top = layout.headings_bottom - lines.len() as f64 * line(TITLE);
            paragraph(&mut page, lines, ((left + right) / 2.0, top), Align::Center, TITLE);
            let y = layout.headings_bottom + 4.0;
            page.rect(Rect { x: *left, y, w: right - left, h: STRIP_WIDTH }, color.to_rgba());
        }
        for (row, place) in self.rows.iter().zip(&layout.rows) {
            self.draw_row(&mut page, &layout, row, place)?;
        }
        self.draw_networks(&mut page, &layout);
        let at = (MARGIN, layout.caption_top);
        paragraph(&mut page, &layout.caption, at, Align::Left, NUMBER);
        Ok(page)
    }

    fn draw_row(
        &self,
        page: &mut Page,
        layout: &Layout,
        row: &EncoderRow,
        place: &Row,
    ) -> Result<()> {
        let look = theme::category(row.category)?;
        if !place.heading.is_empty() {
            page.mark((MARGIN + RADIUS, place.top + line(HEADING) / 2.0), RADIUS, look);
        }
        paragraph(page, &place.heading, (MARGIN + MARK, place.top), Align::Left, HEADING);

        self.draw_input_size(page, layout, row, place);
        for (i, stage) in row.stages.iter().enumerate() {
            let middle = layout.stage_middle(i);
            let is_input = i == 0;
            let block = self.block(page, layout, stage, (middle, place.middle), is_input);
            let text = size_text(stage);
            let (text, size) = font::fit(&text, TEXT.weight, TEXT.size, layout.pitch - GAP);
            let below = (middle, place.sizes_top + line(TEXT) / 2.0);
            page.text(&text, below, Align::Center, TextLook { size, ..TEXT });
            if let Some(next) = row.stages.get(i + 1) {
                let half = layout.block_width(next.channels) / 2.0;
                let end = layout.stage_middle(i + 1) - half - GAP;
                arrow(page, (block.right() + GAP, place.middle), (end, place.middle));
                let lines = &place.operations[i];
                let top = place.middle - GAP - lines.len() as f64 * line(TEXT);
                let at = ((block.right() + end + GAP) / 2.0, top);
                clear(page, lines, at);
                paragraph(page, lines, at, Align::Center, TEXT);
            } else {
                self.draw_given(page, layout, (row, place), block.right());
            }
        }
        Ok(())
    }

    /// Two lines along the row, as far apart as the input is high.
    fn draw_input_size(&self, page: &mut Page, layout: &Layout, row: &EncoderRow, place: &Row) {
        let [first, .., last] = &row.stages[..] else { return };
        let half = self.block_height(first) / 2.0;
        let left = layout.stage_middle(0) + layout.block_width(first.channels) / 2.0;
        let end = layout.stage_middle(row.stages.len() - 1);
        let right = end - layout.block_width(last.channels) / 2.0;
        for y in [place.middle - half, place.middle + half] {
            page.dashed(&[(left, y), (right, y)], &DASH, FRAME, 1.5);
        }
    }

    /// A block of a stage around a point.
    fn block(
        &self,
        page: &mut Page,
        layout: &Layout,
        stage: &Stage,
        (x, y): Point,
        is_image: bool,
    ) -> Rect {
        let (w, h) = (layout.block_width(stage.channels), self.block_height(stage));
        let rect = Rect { x: x - w / 2.0, y: y - h / 2.0, w, h };
        let (color, fill) = if is_image {
            (MUTED, GRID.to_rgba())
        } else {
            let color = Role::Encoder.color();
            (color, color.mix(PALE))
        };
        boxed(page, rect, color, fill);
        rect
    }

    /// The image and the maps at the end of a row, both as large as the last stage, between an
    /// arrow from that stage and a line to the networks.
    fn draw_given(
        &self,
        page: &mut Page,
        layout: &Layout,
        (row, place): (&EncoderRow, &Row),
        from: f64,
    ) {
        let (Some(first), Some(last)) = (row.stages.first(), row.stages.last()) else { return };
        let image = Stage { size: last.size, ..first.clone() };
        let (left, right) = (layout.block_width(image.channels), layout.block_width(last.channels));
        let x = given_middle() - (left + 2.0 * PLUS + right) / 2.0;
        let y = place.middle;
        self.block(page, layout, &image, (x + left / 2.0, y), true);
        for ends in [[(-7.0, 0.0), (7.0, 0.0)], [(0.0, -7.0), (0.0, 7.0)]] {
            let plus = ends.map(|(dx, dy)| (x + left + PLUS + dx, y + dy));
            page.line(&plus, INK, ARROW_LINE);
        }
        let maps = (x + left + 2.0 * PLUS + right / 2.0, y);
        let maps = self.block(page, layout, last, maps, false);
        arrow(page, (from + GAP, y), (x - GAP, y));
        let at = (given_middle(), place.sizes_top);
        paragraph(page, &place.given, at, Align::Center, TEXT);
        if !self.networks.is_empty() {
            page.line(&[(maps.right() + GAP, y), (lane(), y)], INK, ARROW_LINE);
        }
    }

    /// The networks, and the line that leads to them from the ends of all rows.
    fn draw_networks(&self, page: &mut Page, layout: &Layout) {
        let at = (MARGIN, layout.networks_label_top);
        paragraph(page, &layout.networks_label, at, Align::Left, TITLE);
        let Some(first) = layout.boxes.first() else { return };
        let turn = first.y - ARROWS + GAP;
        let start = layout.rows.first().map_or(turn, |row| row.middle);
        let last = (first.x + first.w / 2.0, turn);
        page.line(&[(lane(), start), (lane(), turn), last], INK, ARROW_LINE);
        for (i, (network, rect)) in self.networks.iter().zip(&layout.boxes).enumerate() {
            let middle = rect.x + rect.w / 2.0;
            arrow(page, (middle, turn), (middle, rect.y - 4.0));
            let color = network.role.color();
            boxed(page, *rect, color, color.mix(PALE));
            let (name, lines) = self.network_lines(i, rect.w);
            let (x, top) = (rect.x + PADDING, rect.y + PADDING);
            paragraph(page, &name, (x, top), Align::Left, TITLE);
            let top = top + name.len() as f64 * line(TITLE) + GAP / 2.0;
            paragraph(page, &lines, (x, top), Align::Left, TEXT);
        }
    }
}

/// Removes the lines behind a centred text.
fn clear(page: &mut Page, lines: &[String], (x, top): Point) {
    let widths = lines.iter().map(|text| font::width(text, TEXT.weight, TEXT.size));
    let w = widths.fold(0.0, f64::max);
    let h = lines.len() as f64 * line(TEXT);
    page.rect(Rect { x: x - w / 2.0, y: top, w, h }, BACKGROUND.to_rgba());
}

/// A filled rectangle with an outline.
fn boxed(page: &mut Page, rect: Rect, color: RGBColor, fill: RGBAColor) {
    page.rect(rect, BACKGROUND.to_rgba());
    page.rect(rect, fill);
    outline(page, rect, color, OUTLINE.min(rect.h / 2.0));
}

/// A straight arrow to the right or downwards, if there is room for its head.
fn arrow(page: &mut Page, from: Point, to: Point) {
    let ((x0, y0), (x1, y1)) = (from, to);
    let length = (x1 - x0).hypot(y1 - y0);
    let head = 13.0;
    if x1 < x0 || y1 < y0 || length < head {
        return;
    }
    let (dx, dy) = ((x1 - x0) / length, (y1 - y0) / length);
    let base = (x1 - head * dx, y1 - head * dy);
    page.line(&[from, base], INK, ARROW_LINE);
    let corner = |side: f64| (base.0 - side * dy, base.1 + side * dx);
    page.polygon(&[to, corner(7.0), corner(-7.0)], INK.to_rgba());
}
