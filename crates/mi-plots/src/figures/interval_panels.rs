//! Panels of rows. A row has observations, their mean and its interval, along one axis.

use plotters::style::Color as _;

use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, Rect, TextLook};
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::{Axis, Room, extent, padded};
use crate::parts::frame::{Frame, LABEL, heading_height, line, paragraph, x_axis_height};
use crate::parts::header::{Header, content_width};
use crate::parts::spread::sideways;
use crate::parts::{checks, interval};
use crate::theme::{self, GRID, INK, MARGIN, SMALL_SIZE};

const BETWEEN_COLUMNS: f64 = 60.0;
const BETWEEN_ROWS: f64 = 30.0;
/// Height of a row whose texts need no more.
const ROW: f64 = 96.0;
/// Distance between texts and the axes.
const GAP: f64 = 14.0;
/// The largest share of the width of a panel for its texts, left and right of the axes.
const NAMES: f64 = 0.32;
const VALUES: f64 = 0.22;
const VALUE: TextLook = TextLook { size: SMALL_SIZE, weight: Weight::Bold, color: INK };
/// Positions of mean and dots, downwards from the middle of a row, and the spread of the dots.
const MEAN_LANE: f64 = -13.0;
const DOT_LANE: f64 = 20.0;
const DOT_SPREAD: f64 = 18.0;
const MEAN_RADIUS: f64 = 9.0;
const DOT_RADIUS: f64 = 5.5;
const REFERENCE_DASH: [f64; 2] = [9.0, 6.0];

/// One row: a mean and its observations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalRow {
    /// Name left of the row.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// Observations, in the unit of the panel; may be empty.
    pub dots: Vec<f64>,
    /// Their mean, drawn as the mark of the category.
    pub mean: f64,
    /// Lower and upper end of the interval of the mean, if it has one.
    pub interval: Option<(f64, f64)>,
    /// Text right of the row, such as mean and interval in digits.
    pub value_label: Option<String>,
}

/// Rows over one axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalPanel {
    /// Heading above the panel; may be empty.
    pub title: String,
    /// Name and unit of the axis.
    pub x_label: String,
    /// A value to compare with, such as 0 for differences. It is a dashed line through all rows.
    pub reference: Option<f64>,
    /// Rows from top to bottom.
    pub rows: Vec<IntervalRow>,
}

/// Panels, two in a row, each with its own axis. The observations are below each mean and
/// its interval.
///
/// Dots are spread up and down in an order that is always the same and has no meaning.
///
/// ```
/// use mi_plots::{IntervalPanel, IntervalPanels, IntervalRow, to_svg};
///
/// let figure = IntervalPanels {
///     title: "Over three seeds".into(),
///     subtitle: "toy data; mark: mean, whisker: 95 % interval, dot: one seed".into(),
///     panels: vec![IntervalPanel {
///         title: "Lead of C".into(),
///         x_label: "difference (nats)".into(),
///         reference: Some(0.0),
///         rows: vec![IntervalRow {
///             label: "C − A".into(),
///             category: 0,
///             dots: vec![0.10, 0.14, 0.12],
///             mean: 0.12,
///             interval: Some((0.07, 0.17)),
///             value_label: Some("0.12 ± 0.05".into()),
///         }],
///     }],
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">difference (nats)</text>") && svg.contains(">C − A</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalPanels {
    /// What is shown.
    pub title: String,
    /// Where the data comes from, and what marks, whiskers and dots are.
    pub subtitle: String,
    /// Panels, row by row.
    pub panels: Vec<IntervalPanel>,
}

struct Layout<'a> {
    header: Header,
    panels: Vec<Placed<'a>>,
    height: f64,
}

struct Placed<'a> {
    panel: &'a IntervalPanel,
    frame: Frame,
    names: Vec<Vec<String>>,
    values: Vec<Vec<String>>,
}

impl IntervalRow {
    fn positions(&self) -> impl Iterator<Item = f64> {
        let ends = interval::ends(self.interval);
        std::iter::once(self.mean).chain(ends).chain(self.dots.iter().copied())
    }
}

impl IntervalPanel {
    fn check(&self) -> Result<()> {
        checks::not_empty(&format!("panel \"{}\"", self.title), "row", &self.rows)?;
        checks::finite(&format!("reference of panel \"{}\"", self.title), self.reference)?;
        for row in &self.rows {
            theme::category(row.category)?;
            let name = format!("\"{}\" in panel \"{}\"", row.label, self.title);
            checks::finite(&format!("mean of {name}"), [row.mean])?;
            checks::finite(&format!("dots of {name}"), row.dots.iter().copied())?;
            interval::check(&name, row.interval)?;
        }
        Ok(())
    }

    /// The panel in a column that is `width` pixels wide and begins at `(x, y)`, without
    /// room above it.
    fn place(&self, (x, y): (f64, f64), width: f64) -> Placed<'_> {
        let wrap =
            |text: &str, look: TextLook, room| font::wrap(text, look.weight, look.size, room);
        let names = self.rows.iter().map(|row| wrap(&row.label, LABEL, NAMES * width));
        let names: Vec<Vec<String>> = names.collect();
        let values = self.rows.iter().map(|row| row.value_label.as_deref().unwrap_or(""));
        let values: Vec<Vec<String>> = values.map(|t| wrap(t, VALUE, VALUES * width)).collect();
        let left = widest(&names, LABEL);
        let w = width - left - widest(&values, VALUE);

        let most = |texts: &[Vec<String>], look| {
            texts.iter().map(Vec::len).max().unwrap_or(0) as f64 * line(look) + GAP
        };
        let row = ROW.max(most(&names, LABEL)).max(most(&values, VALUE));
        let positions = self.rows.iter().flat_map(IntervalRow::positions);
        let range = padded(extent(positions.chain(self.reference)), 0.06);
        let frame = Frame {
            inner: Rect { x: x + left, y, w, h: row * self.rows.len().max(1) as f64 },
            x: Some(Axis::new(&self.x_label, range, false, Room::Across(w))),
            y: Axis { label: String::new(), low: 0.0, high: 1.0, ticks: Vec::new() },
        };
        Placed { panel: self, frame, names, values }
    }
}

/// Width of the widest line with the gap beside it, or 0 if there are no lines.
fn widest(texts: &[Vec<String>], look: TextLook) -> f64 {
    let widths = texts.iter().flatten().map(|text| font::width(text, look.weight, look.size));
    widths.map(|width| width + GAP).fold(0.0, f64::max)
}

impl IntervalPanels {
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "panel", &self.panels)?;
        self.panels.iter().try_for_each(IntervalPanel::check)
    }

    fn layout(&self) -> Layout<'_> {
        let header = Header::new(&self.title, &self.subtitle);
        let columns = self.panels.len().clamp(1, 2);
        let column = (content_width() - BETWEEN_COLUMNS * (columns - 1) as f64) / columns as f64;
        let mut top = header.bottom();
        let mut panels: Vec<Placed<'_>> = Vec::new();
        for members in self.panels.chunks(columns) {
            if !panels.is_empty() {
                top += BETWEEN_ROWS;
            }
            let xs = (0..columns).map(|i| MARGIN + i as f64 * (column + BETWEEN_COLUMNS));
            let mut row: Vec<Placed<'_>> =
                members.iter().zip(xs).map(|(panel, x)| panel.place((x, top), column)).collect();
            let most =
                |value: &dyn Fn(&Placed<'_>) -> f64| row.iter().map(value).fold(0.0, f64::max);
            let heading = most(&|p| heading_height(&p.panel.title, p.frame.inner.w));
            let below = most(&|p| x_axis_height(&p.panel.x_label, p.frame.inner.w));
            // Panels side by side have their axes at the same height, for any number of rows.
            let height = most(&|p| p.frame.inner.h);
            for placed in &mut row {
                placed.frame.inner.y += heading;
                placed.frame.inner.h = height;
            }
            top += heading + height + below;
            panels.extend(row);
        }
        Layout { header, panels, height: top + MARGIN }
    }
}

impl Figure for IntervalPanels {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for IntervalPanels {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let Layout { header, panels, height } = self.layout();
        let mut page = Page::new(size_of(height))?;
        header.draw(&mut page);
        panels.iter().try_for_each(|panel| panel.draw(&mut page))?;
        Ok(page)
    }
}

impl Placed<'_> {
    fn x_at(&self, value: f64) -> f64 {
        self.frame.at((value, 0.0)).0
    }

    fn draw(&self, page: &mut Page) -> Result<()> {
        let Rect { x, y, h, .. } = self.frame.inner;
        let (right, bottom) = (self.frame.inner.right(), self.frame.inner.bottom());
        for tick in self.frame.x.iter().flat_map(|axis| &axis.ticks) {
            let at = self.x_at(tick.value);
            page.rect(Rect { x: at - 0.75, y, w: 1.5, h }, GRID.to_rgba());
        }
        self.frame.draw(page, &self.panel.title);
        if let Some(value) = self.panel.reference {
            let at = self.x_at(value);
            page.dashed(&[(at, y), (at, bottom)], &REFERENCE_DASH, INK, 2.5);
        }
        let height = h / self.panel.rows.len() as f64;
        for (i, row) in self.panel.rows.iter().enumerate() {
            let middle = y + (i as f64 + 0.5) * height;
            self.row(page, row, middle)?;
            let mut block = |lines: &[String], look, x, align| {
                let top = middle - lines.len() as f64 * line(look) / 2.0;
                paragraph(page, lines, (x, top), align, look);
            };
            block(&self.names[i], LABEL, x - GAP, Align::Right);
            block(&self.values[i], VALUE, right + GAP, Align::Left);
        }
        Ok(())
    }

    fn row(&self, page: &mut Page, row: &IntervalRow, middle: f64) -> Result<()> {
        let look = theme::category(row.category)?;
        for (i, &dot) in row.dots.iter().enumerate() {
            let y = middle + DOT_LANE + DOT_SPREAD * sideways(i);
            page.disc((self.x_at(dot), y), DOT_RADIUS, look.color.mix(0.7));
        }
        let y = middle + if row.dots.is_empty() { 0.0 } else { MEAN_LANE };
        if let Some((low, high)) = row.interval {
            let ends = ((self.x_at(low), y), (self.x_at(high), y));
            interval::whisker(page, ends, (0.0, 9.0), look.color, 4.0);
        }
        page.mark((self.x_at(row.mean), y), MEAN_RADIUS, look);
        Ok(())
    }
}
