//! The layout of a [`HeatMap`], which is computed before its data is checked.

use super::{HeatMap, HeatMapRowGroup};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Rect, TextLook};
use crate::parts::frame::{LABEL, NUMBER, line};
use crate::parts::header::{Header, content_width};
use crate::theme::{INK, LABEL_SIZE, MARGIN};

/// Titles of groups.
pub(super) const TITLE: TextLook = TextLook { size: LABEL_SIZE, weight: Weight::Bold, color: INK };
/// From the middle of a mark to the text after it, and half of the mark.
pub(super) const MARK: f64 = 28.0;
/// Thickness of the colour beside a row and above a column, with the space after it.
pub(super) const STRIP: f64 = 14.0;
/// Space between texts and what they belong to.
pub(super) const GAP: f64 = 10.0;

const CELL_HEIGHT: f64 = 84.0;
const NEUTRAL_HEIGHT: f64 = 62.0;
/// Largest width of a cell.
const CELL_WIDTH: f64 = 230.0;
const BETWEEN_CELLS: f64 = 4.0;
const BETWEEN_COLUMN_GROUPS: f64 = 44.0;
const BETWEEN_ROW_GROUPS: f64 = 30.0;
/// The largest share of the page for the names of rows.
const NAMES: f64 = 0.28;
const AFTER_TABLE: f64 = 24.0;
/// Height of the line with the colour bar.
pub(super) const BAR_HEIGHT: f64 = 26.0;

pub(super) struct Layout {
    pub(super) header: Header,
    /// Title of each group of columns, and the left and right end of the group.
    pub(super) column_titles: Vec<(Vec<String>, f64, f64)>,
    /// Bottom of the titles of groups of columns.
    pub(super) titles_bottom: f64,
    /// Names of columns, with the left end of each column.
    pub(super) columns: Vec<(Vec<String>, f64)>,
    pub(super) column_look: TextLook,
    /// Bottom of the names of columns.
    pub(super) columns_bottom: f64,
    pub(super) cell_width: f64,
    pub(super) row_groups: Vec<RowGroup>,
    /// Left end of the cells.
    pub(super) cells_left: f64,
    /// Top of the colour bar.
    pub(super) bar_top: f64,
    pub(super) caption: Vec<String>,
    pub(super) caption_top: f64,
    pub(super) height: f64,
}

/// A group of rows on the page.
pub(super) struct RowGroup {
    pub(super) title: Vec<String>,
    pub(super) title_top: f64,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) name: Vec<String>,
    pub(super) top: f64,
    pub(super) height: f64,
}

impl Layout {
    /// The place of a cell.
    pub(super) fn cell(&self, row: &Row, column: usize) -> Rect {
        Rect { x: self.columns[column].1, y: row.top, w: self.cell_width, h: row.height }
    }
}

impl HeatMap {
    pub(super) fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        let names = self.names_width();
        let cells_left = MARGIN + names + STRIP + GAP;

        let count = self.all_columns().count().max(1) as f64;
        let groups = self.columns.len().max(1) as f64;
        let gaps = (count - groups) * BETWEEN_CELLS + (groups - 1.0) * BETWEEN_COLUMN_GROUPS;
        let room = MARGIN + content_width() - cells_left - gaps;
        let cell_width = (room / count).clamp(1.0, CELL_WIDTH);

        let texts = self.all_columns().map(|column| &column.label[..]);
        let name_room = (cell_width - MARK - GAP).max(1.0);
        let size = font::size_for_words(texts, LABEL.weight, LABEL.size, name_room);
        let column_look = TextLook { size, ..LABEL };

        let (mut columns, mut column_titles) = (Vec::new(), Vec::new());
        let mut x = cells_left;
        for group in &self.columns {
            let left = x;
            for column in &group.columns {
                columns.push((font::wrap(&column.label, LABEL.weight, size, name_room), x));
                x += cell_width + BETWEEN_CELLS;
            }
            let right = (x - BETWEEN_CELLS).max(left + cell_width);
            let title = font::wrap(&group.title, TITLE.weight, TITLE.size, right - left);
            column_titles.push((title, left, right));
            x = right + BETWEEN_COLUMN_GROUPS;
        }

        let corner = self.rows.first().map_or("", |group| &group.title);
        let corner = font::wrap(corner, TITLE.weight, TITLE.size, names);
        let most = |lists: &mut dyn Iterator<Item = usize>| lists.max().unwrap_or(0) as f64;
        let titles = most(&mut column_titles.iter().map(|(lines, ..)| lines.len())) * line(TITLE);
        let titles_bottom = header.bottom() + titles;
        let labels = most(&mut columns.iter().map(|(lines, _)| lines.len())) * line(column_look);
        let above = corner.len() as f64 * line(TITLE);
        let columns_bottom = (titles_bottom + GAP / 2.0 + labels).max(header.bottom() + above);

        let mut top = columns_bottom + GAP + STRIP;
        let mut row_groups = Vec::new();
        for (i, group) in self.rows.iter().enumerate() {
            let (title, title_top) = if i == 0 {
                (corner.clone(), columns_bottom - above)
            } else {
                let title = font::wrap(&group.title, TITLE.weight, TITLE.size, content_width());
                let title_top = top + BETWEEN_ROW_GROUPS;
                top = title_top + title.len() as f64 * line(TITLE) + GAP;
                (title, title_top)
            };
            let rows = group.placed_rows(&mut top, names);
            row_groups.push(RowGroup { title, title_top, rows });
        }

        let bar_top = top + AFTER_TABLE;
        let has_bar = self.extremes().is_some() || !self.value_label.is_empty();
        let caption_top = bar_top + if has_bar { BAR_HEIGHT + 1.5 * GAP } else { 0.0 };
        let caption = font::wrap(&self.caption, NUMBER.weight, NUMBER.size, content_width());
        let height = caption_top + caption.len() as f64 * line(NUMBER) + MARGIN;
        Layout {
            header,
            column_titles,
            titles_bottom,
            columns,
            column_look,
            columns_bottom,
            cell_width,
            row_groups,
            cells_left,
            bar_top,
            caption,
            caption_top,
            height,
        }
    }

    /// Width of the widest name of a row with its mark, or of the first title if that is wider, but
    /// not more than their share of the page.
    fn names_width(&self) -> f64 {
        let rows = self.rows.iter().flat_map(|group| &group.rows);
        let names = rows.map(|row| {
            let mark = if row.category.is_some() { MARK } else { 0.0 };
            mark + font::width(&row.label, LABEL.weight, LABEL.size)
        });
        let title = self.rows.first().map_or("", |group| &group.title);
        let title = font::width(title, TITLE.weight, TITLE.size);
        // A little more, so that a name that fits is not wrapped.
        (names.fold(title, f64::max) + 0.5).min(NAMES * content_width())
    }
}

impl HeatMapRowGroup {
    /// Places the rows from `top` on, and moves it to the bottom of the last one.
    fn placed_rows(&self, top: &mut f64, names: f64) -> Vec<Row> {
        let least = if self.is_neutral { NEUTRAL_HEIGHT } else { CELL_HEIGHT };
        let mut rows = Vec::new();
        for row in &self.rows {
            let mark = if row.category.is_some() { MARK } else { 0.0 };
            let name = font::wrap(&row.label, LABEL.weight, LABEL.size, names - mark);
            let height = least.max(name.len() as f64 * line(LABEL) + GAP);
            rows.push(Row { name, top: *top, height });
            *top += height + BETWEEN_CELLS;
        }
        if !rows.is_empty() {
            *top -= BETWEEN_CELLS;
        }
        rows
    }
}
