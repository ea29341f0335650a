//! A table of values with a colour for each, in groups of rows and columns.

mod drawing;
mod layout;

use crate::canvas::page::Page;
use crate::error::{Error, Result};
use crate::figure::{Figure, sealed, size_of};
use crate::parts::checks;
use crate::theme;

/// One value of the table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMapCell {
    /// Where the cell is on the colour scale. Without a value the cell has no colour, and with
    /// neither a value nor a text it is left out.
    pub value: Option<f64>,
    /// Text in the cell, such as the value in digits; may be empty. If it is wider than the cell
    /// it is shrunk, then cut with an ellipsis.
    pub label: String,
    /// Whether the cell has a strong outline and a bold text.
    pub is_outlined: bool,
}

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMapColumn {
    /// Name above the column.
    pub label: String,
    /// Index into [`theme::category`], for the mark before the name and the colour above the column.
    pub category: Option<usize>,
}

/// Columns side by side under a common title. A wide gap separates the groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMapColumnGroup {
    /// What the columns are; may be empty.
    pub title: String,
    /// Columns from left to right.
    pub columns: Vec<HeatMapColumn>,
}

/// A row of cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMapRow {
    /// Name before the row.
    pub label: String,
    /// Index into [`theme::category`], for the mark before the name and the colour beside the row.
    pub category: Option<usize>,
    /// A cell for each column of all groups.
    pub cells: Vec<HeatMapCell>,
}

/// Rows below each other under a common title. A wide gap separates the groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMapRowGroup {
    /// What the rows are; may be empty.
    pub title: String,
    /// Whether the cells are white and their values not on the colour scale, for what the other
    /// values are compared with.
    pub is_neutral: bool,
    /// Rows from top to bottom.
    pub rows: Vec<HeatMapRow>,
}

/// A table of values. The colour of a cell goes from the lowest to the highest value of all rows
/// that are not neutral.
///
/// A bar below the table shows the colours between the texts of the lowest and the highest cell.
///
/// ```
/// use mi_plots::{HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow};
/// use mi_plots::{HeatMapRowGroup, to_svg};
///
/// let cell = |value: f64, is_outlined| HeatMapCell {
///     value: Some(value),
///     label: format!("{value:.2}"),
///     is_outlined,
/// };
/// let column = |label: &str, i| HeatMapColumn { label: label.into(), category: Some(i) };
/// let row = |label: &str, i, cells| HeatMapRow { label: label.into(), category: Some(i), cells };
/// let figure = HeatMap {
///     title: "Weights of each case in the layers of each case".into(),
///     subtitle: "toy data".into(),
///     value_label: "mutual information (nats)".into(),
///     columns: vec![HeatMapColumnGroup {
///         title: "layers run as".into(),
///         columns: vec![column("A", 0), column("C", 2)],
///     }],
///     rows: vec![HeatMapRowGroup {
///         title: "weights trained as".into(),
///         is_neutral: false,
///         rows: vec![
///             row("A", 0, vec![cell(0.56, true), cell(0.62, false)]),
///             row("C", 2, vec![cell(0.58, false), cell(0.87, true)]),
///         ],
///     }],
///     caption: "Outlined: weights in the layers that they were trained in.".into(),
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">0.62</text>") && svg.contains(">layers run as</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMap {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the values.
    pub value_label: String,
    /// Groups of columns from left to right.
    pub columns: Vec<HeatMapColumnGroup>,
    /// Groups of rows from top to bottom.
    pub rows: Vec<HeatMapRowGroup>,
    /// Text at the bottom: how to read the table.
    pub caption: String,
}

impl HeatMap {
    fn check(&self) -> Result<()> {
        let name = checks::figure(&self.title);
        checks::not_empty(&name, "group of columns", &self.columns)?;
        checks::not_empty(&name, "group of rows", &self.rows)?;
        for group in &self.columns {
            checks::not_empty(&format!("columns \"{}\"", group.title), "column", &group.columns)?;
            let categories = group.columns.iter().filter_map(|column| column.category);
            categories.map(theme::category).try_for_each(|look| look.map(drop))?;
        }
        let expected = self.all_columns().count();
        for group in &self.rows {
            checks::not_empty(&format!("rows \"{}\"", group.title), "row", &group.rows)?;
            for row in &group.rows {
                row.category.map(theme::category).transpose()?;
                let (what, found) = (format!("cells of row \"{}\"", row.label), row.cells.len());
                if expected != found {
                    return Err(Error::LengthMismatch { what, expected, found });
                }
                // A missing value is checked as 0, so that an error has the position of the cell.
                checks::finite(&what, row.cells.iter().map(|cell| cell.value.unwrap_or(0.0)))?;
            }
        }
        Ok(())
    }

    fn all_columns(&self) -> impl Iterator<Item = &HeatMapColumn> {
        self.columns.iter().flat_map(|group| &group.columns)
    }

    /// The cells with the lowest and the highest value on the colour scale.
    fn extremes(&self) -> Option<(&HeatMapCell, &HeatMapCell)> {
        let rows = self.rows.iter().filter(|group| !group.is_neutral).flat_map(|group| &group.rows);
        let cells = rows.flat_map(|row| &row.cells).filter(|cell| cell.value.is_some());
        let by_value = |a: &&HeatMapCell, b: &&HeatMapCell| {
            let value = |cell: &HeatMapCell| cell.value.unwrap_or(0.0);
            value(a).total_cmp(&value(b))
        };
        Some((cells.clone().min_by(by_value)?, cells.max_by(by_value)?))
    }
}

impl Figure for HeatMap {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for HeatMap {
    fn page(&self) -> Result<Page> {
        self.check()?;
        self.draw_checked()
    }
}
