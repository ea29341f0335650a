//! Panels of lines over a logarithmic x axis, with a common scale and the name of each
//! line at its end.

use plotters::style::Color as _;

use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, Point, Rect, TextLook};
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::{Axis, Room, extent, padded};
use crate::parts::frame::{Frame, heading_height, line, paragraph, x_axis_height, y_axis_width};
use crate::parts::header::{Header, content_width};
use crate::parts::spread::apart;
use crate::parts::{checks, interval};
use crate::theme::{self, INK, MARGIN, SMALL_SIZE};

const BETWEEN_COLUMNS: f64 = 26.0;
const BETWEEN_ROWS: f64 = 30.0;
/// Distance from the panel to the marks before the names of its lines.
const LEADER: f64 = 28.0;
/// From the middle of a mark to its name.
const MARK: f64 = 15.0;
/// The largest share of a column for marks and names.
const NAMES: f64 = 0.32;
const NAME_GAP: f64 = 5.0;
const NAME: TextLook = TextLook { size: SMALL_SIZE, weight: Weight::Regular, color: INK };
const WIDTH: f64 = 3.0;
const RADIUS: f64 = 6.5;
const BAND: f64 = 0.18;

/// One point of a line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LinePoint {
    /// Position on the x axis, above 0.
    pub x: f64,
    /// Value, in the unit of the y axis.
    pub y: f64,
    /// Lower and upper end of its interval. Neighbouring intervals form a band; a single one
    /// is a whisker.
    pub interval: Option<(f64, f64)>,
}

/// A labelled line in the colour and with the marks of a category.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Name at the end of the line.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// Points in rising order of `x`.
    pub points: Vec<LinePoint>,
}

/// One pair of axes with its lines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinePanel {
    /// Heading above the panel; may be empty.
    pub title: String,
    /// Lines, drawn in order.
    pub lines: Vec<Line>,
}

/// Panels with the same size and scales: up to three in a row, four as two by two.
///
/// The x axis is logarithmic, with ticks at the given values.
///
/// ```
/// use mi_plots::{Line, LinePanel, LinePanels, LinePoint, to_svg};
///
/// let values = [(8.0, 0.41), (16.0, 0.52), (32.0, 0.66)];
/// let points = values.map(|(x, y)| LinePoint { x, y, interval: Some((y - 0.02, y + 0.02)) });
/// let line = Line { label: "A: smaller".into(), category: 0, points: points.to_vec() };
/// let figure = LinePanels {
///     title: "Does the number of bins matter?".into(),
///     subtitle: "toy data".into(),
///     x_label: "bins along each axis".into(),
///     y_label: "mutual information (nats)".into(),
///     panels: vec![LinePanel { title: "Plug-in".into(), lines: vec![line] }],
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">16</text>") && svg.contains(">A: smaller</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinePanels {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the x axis of all panels.
    pub x_label: String,
    /// Name and unit of the y axis of all panels.
    pub y_label: String,
    /// Panels, row by row.
    pub panels: Vec<LinePanel>,
}

struct Layout<'a> {
    header: Header,
    panels: Vec<(Frame, &'a LinePanel)>,
    /// Width of marks and names beside a panel.
    names: f64,
    height: f64,
}

impl LinePanel {
    fn heights(&self) -> impl Iterator<Item = f64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        points.flat_map(|point| std::iter::once(point.y).chain(interval::ends(point.interval)))
    }

    /// Height that the names of its lines need.
    fn names_height(&self, width: f64) -> f64 {
        self.lines.iter().map(|line| name_height(&name_lines(&line.label, width))).sum()
    }
}

/// The lines of a name, with `width` pixels for it and its mark.
fn name_lines(label: &str, width: f64) -> Vec<String> {
    font::wrap(label, NAME.weight, NAME.size, width - MARK)
}

/// Height of a name with the space around it, or 0 for an empty name.
fn name_height(lines: &[String]) -> f64 {
    if lines.is_empty() { 0.0 } else { lines.len() as f64 * line(NAME) + NAME_GAP }
}

impl LinePanels {
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "panel", &self.panels)?;
        for panel in &self.panels {
            checks::not_empty(&format!("panel \"{}\"", panel.title), "line", &panel.lines)?;
            for line in &panel.lines {
                theme::category(line.category)?;
                let name = format!("\"{}\" in panel \"{}\"", line.label, panel.title);
                checks::not_empty(&name, "point", &line.points)?;
                let xs = line.points.iter().map(|point| point.x);
                let x_name = format!("x of {name}");
                checks::finite(&x_name, xs.clone())?;
                checks::positive(&x_name, xs.clone())?;
                checks::rising(&x_name, xs)?;
                checks::finite(&name, line.points.iter().map(|point| point.y))?;
                for (i, point) in line.points.iter().enumerate() {
                    interval::check(&format!("point {i} of {name}"), point.interval)?;
                }
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout<'_> {
        let header = Header::new(&self.title, &self.subtitle);
        let (columns, height) = match self.panels.len() {
            0 | 1 => (1, 560.0),
            2 => (2, 440.0),
            3 => (3, 400.0),
            4 => (2, 360.0),
            _ => (3, 360.0),
        };
        let column = (content_width() - BETWEEN_COLUMNS * (columns - 1) as f64) / columns as f64;
        let lines = || self.panels.iter().flat_map(|panel| &panel.lines);
        let names = lines()
            .flat_map(|line| name_lines(&line.label, NAMES * column))
            // A little more, so that they are wrapped in the same way when they are drawn.
            .map(|text| MARK + font::width(&text, NAME.weight, NAME.size) + 0.5)
            .fold(0.0, f64::max);
        let needed = self.panels.iter().map(|panel| panel.names_height(names));
        let height = needed.fold(height, f64::max);

        let y_range = padded(extent(self.panels.iter().flat_map(LinePanel::heights)), 0.06);
        let y_axis = Axis::new(&self.y_label, y_range, false, Room::Up(height));
        let left = y_axis_width(&y_axis, height);
        // All panels are as wide as those next to the numbers.
        let w = ((content_width() - left + BETWEEN_COLUMNS) / columns as f64
            - BETWEEN_COLUMNS
            - LEADER
            - names)
            .max(1.0);
        let pitch = w + LEADER + names + BETWEEN_COLUMNS;

        let mut top = header.bottom();
        let mut panels: Vec<(Frame, &LinePanel)> = Vec::new();
        for (row, members) in self.panels.chunks(columns).enumerate() {
            if row > 0 {
                top += BETWEEN_ROWS;
            }
            let headings = members.iter().map(|panel| heading_height(&panel.title, w));
            let y = top + headings.fold(0.0, f64::max);
            let mut below = 0.0f64;
            for (i, panel) in members.iter().enumerate() {
                // The x axis is named below each column, the y axis before each row.
                let last = (row + 1) * columns + i >= self.panels.len();
                let name = if last { &self.x_label[..] } else { "" };
                let xs = lines().flat_map(|line| &line.points).map(|point| point.x);
                let x_axis = Axis::log2(name, xs, w);
                let mut y_axis = Axis::new(&self.y_label, y_range, false, Room::Up(height));
                if i > 0 {
                    y_axis.label.clear();
                    y_axis.ticks.iter_mut().for_each(|tick| tick.text.clear());
                }
                let x = MARGIN + left + i as f64 * pitch;
                below = below.max(x_axis_height(name, w));
                let inner = Rect { x, y, w, h: height };
                panels.push((Frame { inner, x: Some(x_axis), y: y_axis }, panel));
            }
            top = y + height + below;
        }
        Layout { header, panels, names, height: top + MARGIN }
    }
}

impl Figure for LinePanels {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for LinePanels {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let Layout { header, panels, names, height } = self.layout();
        let mut page = Page::new(size_of(height))?;
        header.draw(&mut page);
        for (frame, panel) in &panels {
            frame.draw(&mut page, &panel.title);
            panel.lines.iter().try_for_each(|line| draw_intervals(&mut page, frame, line))?;
            panel.lines.iter().try_for_each(|line| draw_line(&mut page, frame, line))?;
            draw_names(&mut page, frame, panel, names)?;
        }
        Ok(page)
    }
}

fn at(frame: &Frame, point: &LinePoint) -> Point {
    frame.at((point.x.log2(), point.y))
}

fn draw_intervals(page: &mut Page, frame: &Frame, line: &Line) -> Result<()> {
    let color = theme::category(line.category)?.color;
    for run in line.points.chunk_by(|a, b| a.interval.is_some() == b.interval.is_some()) {
        let ends = |point: &LinePoint| {
            let x = at(frame, point).0;
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

fn draw_line(page: &mut Page, frame: &Frame, line: &Line) -> Result<()> {
    let look = theme::category(line.category)?;
    let points: Vec<_> = line.points.iter().map(|point| at(frame, point)).collect();
    if points.len() > 1 {
        page.line(&points, look.color, WIDTH);
    }
    points.iter().for_each(|&point| page.mark(point, RADIUS, look));
    Ok(())
}

/// Draws names as near to the ends of their lines as they can be without touching. Each has the
/// mark of its line before it, and a thin line leads to it.
fn draw_names(page: &mut Page, frame: &Frame, panel: &LinePanel, width: f64) -> Result<()> {
    let named = panel.lines.iter().filter_map(|line| {
        let text = name_lines(&line.label, width);
        let end = at(frame, line.points.last()?);
        (!text.is_empty()).then_some((line.category, text, end))
    });
    let named: Vec<_> = named.collect();
    let boxes: Vec<_> = named.iter().map(|(_, text, end)| (end.1, name_height(text))).collect();
    let middles = apart(&boxes, (frame.inner.y, frame.inner.bottom()));
    let x = frame.inner.right() + LEADER;
    for ((category, text, end), middle) in named.iter().zip(middles) {
        let look = theme::category(*category)?;
        page.line(&[(end.0 + RADIUS + 3.0, end.1), (x - RADIUS - 5.0, middle)], look.color, 1.5);
        page.mark((x, middle), 0.85 * RADIUS, look);
        let top = middle - text.len() as f64 * line(NAME) / 2.0;
        paragraph(page, text, (x + MARK, top), Align::Left, NAME);
    }
    Ok(())
}
