//! Draws a [`HeatMap`] after its data has been checked.

use plotters::style::{Color as _, RGBColor};

use super::layout::{BAR_HEIGHT, GAP, Layout, MARK, Row, STRIP, TITLE};
use super::{HeatMap, HeatMapCell, HeatMapRow};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, Rect, TextLook};
use crate::error::Result;
use crate::figure::size_of;
use crate::parts::color_scale::{sequential, text_on};
use crate::parts::frame::{LABEL, NUMBER, line, paragraph};
use crate::parts::header::content_width;
use crate::parts::outline::outline;
use crate::theme::{self, BACKGROUND, FRAME, INK, MARGIN};

const VALUE_SIZE: f64 = 30.0;
const RADIUS: f64 = 8.0;
const OUTLINE: f64 = 6.0;
/// Width of the light line inside an outline, and of the frame of a cell without a colour.
const RIM: f64 = 2.0;
/// Thickness of the colour beside a row and above a column.
const STRIP_WIDTH: f64 = 8.0;
const BAR_STEPS: u32 = 60;
const BAR_STEP: f64 = 4.0;
/// Largest width of a text at an end of the bar.
const BAR_END: f64 = 180.0;

impl HeatMap {
    pub(super) fn draw_checked(&self) -> Result<Page> {
        let layout = self.layout();
        let mut page = Page::new(size_of(layout.height))?;
        layout.header.draw(&mut page);
        self.draw_columns(&mut page, &layout)?;
        for (group, placed) in self.rows.iter().zip(&layout.row_groups) {
            let at = (MARGIN, placed.title_top);
            paragraph(&mut page, &placed.title, at, Align::Left, TITLE);
            for (row, place) in group.rows.iter().zip(&placed.rows) {
                draw_name(&mut page, &layout, row, place)?;
                for (column, cell) in row.cells.iter().enumerate() {
                    self.draw_cell(&mut page, cell, layout.cell(place, column), group.is_neutral);
                }
            }
            // Outlines are wider than the gaps between cells.
            for (row, place) in group.rows.iter().zip(&placed.rows) {
                let outlined = row.cells.iter().enumerate().filter(|(_, cell)| cell.is_outlined);
                outlined.for_each(|(column, _)| emphasis(&mut page, layout.cell(place, column)));
            }
        }
        self.draw_color_bar(&mut page, &layout);
        let at = (MARGIN, layout.caption_top);
        paragraph(&mut page, &layout.caption, at, Align::Left, NUMBER);
        Ok(page)
    }

    fn draw_columns(&self, page: &mut Page, layout: &Layout) -> Result<()> {
        for (title, left, right) in &layout.column_titles {
            let top = layout.titles_bottom - title.len() as f64 * line(TITLE);
            paragraph(page, title, ((left + right) / 2.0, top), Align::Center, TITLE);
        }
        let look = layout.column_look;
        for (column, (name, x)) in self.all_columns().zip(&layout.columns) {
            let top = layout.columns_bottom - name.len() as f64 * line(look);
            let middle = x + layout.cell_width / 2.0;
            let Some(category) = column.category else {
                paragraph(page, name, (middle, top), Align::Center, look);
                continue;
            };
            let category = theme::category(category)?;
            let widths = name.iter().map(|text| font::width(text, look.weight, look.size));
            let left = middle - (widths.fold(0.0, f64::max) + MARK) / 2.0;
            page.mark((left + RADIUS, top + line(look) / 2.0), RADIUS, category);
            paragraph(page, name, (left + MARK, top), Align::Left, look);
            let strip = Rect {
                x: *x,
                y: layout.columns_bottom + GAP,
                w: layout.cell_width,
                h: STRIP_WIDTH,
            };
            page.rect(strip, category.color.to_rgba());
        }
        Ok(())
    }

    fn draw_cell(&self, page: &mut Page, cell: &HeatMapCell, rect: Rect, is_neutral: bool) {
        let color = if is_neutral { None } else { cell.value.map(|value| self.color(value)) };
        let text = match color {
            Some(color) => {
                page.rect(rect, color.to_rgba());
                text_on(color)
            }
            None if cell.value.is_none() && cell.label.is_empty() => return,
            None => {
                outline(page, rect, FRAME, RIM);
                INK
            }
        };
        let weight = if cell.is_outlined { Weight::Bold } else { Weight::Regular };
        let (label, size) = font::fit(&cell.label, weight, VALUE_SIZE, rect.w - 2.0 * GAP);
        let middle = (rect.x + rect.w / 2.0, rect.y + rect.h / 2.0);
        page.text(&label, middle, Align::Center, TextLook { size, weight, color: text });
    }

    /// The colour of a value; the middle of the scale if all values are equal.
    fn color(&self, value: f64) -> RGBColor {
        let ends = self.extremes().and_then(|(low, high)| Some((low.value?, high.value?)));
        match ends {
            Some((low, high)) if low < high => sequential((value - low) / (high - low)),
            _ => sequential(0.5),
        }
    }

    /// Name and unit of the values, and the colours between the lowest and the highest of them.
    fn draw_color_bar(&self, page: &mut Page, layout: &Layout) {
        let middle = layout.bar_top + BAR_HEIGHT / 2.0;
        let mut x = layout.cells_left;
        if let Some((low, high)) = self.extremes().filter(|(low, high)| low.value < high.value) {
            let write = |page: &mut Page, text: &str, x: &mut f64| {
                let (text, size) = font::fit(text, NUMBER.weight, NUMBER.size, BAR_END);
                page.text(&text, (*x, middle), Align::Left, TextLook { size, ..NUMBER });
                *x += font::width(&text, NUMBER.weight, size) + GAP;
            };
            write(page, &low.label, &mut x);
            for i in 0..BAR_STEPS {
                let color = sequential((f64::from(i) + 0.5) / f64::from(BAR_STEPS));
                let step = Rect { x, y: middle - 10.0, w: BAR_STEP, h: 20.0 };
                page.rect(step, color.to_rgba());
                x += BAR_STEP;
            }
            x += GAP;
            write(page, &high.label, &mut x);
            x += GAP;
        }
        let room = MARGIN + content_width() - x;
        let (text, size) = font::fit(&self.value_label, NUMBER.weight, NUMBER.size, room);
        page.text(&text, (x, middle), Align::Left, TextLook { size, ..NUMBER });
    }
}

/// The name of a row, in the middle of its height, with its mark and its colour.
fn draw_name(page: &mut Page, layout: &Layout, row: &HeatMapRow, place: &Row) -> Result<()> {
    let top = place.top + (place.height - place.name.len() as f64 * line(LABEL)) / 2.0;
    let mut x = MARGIN;
    if let Some(category) = row.category {
        let category = theme::category(category)?;
        page.mark((x + RADIUS, top + line(LABEL) / 2.0), RADIUS, category);
        x += MARK;
        let strip =
            Rect { x: layout.cells_left - STRIP, y: place.top, w: STRIP_WIDTH, h: place.height };
        page.rect(strip, category.color.to_rgba());
    }
    paragraph(page, &place.name, (x, top), Align::Left, LABEL);
    Ok(())
}

/// A strong line around a cell, and a light line inside it, because the cell may be dark.
fn emphasis(page: &mut Page, Rect { x, y, w, h }: Rect) {
    let outside = Rect { x: x - 1.0, y: y - 1.0, w: w + 2.0, h: h + 2.0 };
    outline(page, outside, INK, OUTLINE);
    let inset = OUTLINE - 1.0;
    let inside = Rect { x: x + inset, y: y + inset, w: w - 2.0 * inset, h: h - 2.0 * inset };
    outline(page, inside, BACKGROUND, RIM);
}
