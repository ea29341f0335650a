//! Panels of lines over a common x axis, with the name of each line at its end.

mod drawing;
mod layout;

use crate::canvas::page::Page;
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
pub use crate::parts::axis::Scale;
use crate::parts::{checks, interval};
use crate::theme;

/// One point of a line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LinePoint {
    /// Position on the x axis; above 0 if that is logarithmic.
    pub x: f64,
    /// Value, in the unit of the y axis.
    pub y: f64,
    /// Lower and upper end of its interval. Neighbouring intervals form a band; a single one
    /// is a whisker.
    pub interval: Option<(f64, f64)>,
    /// Whether it has a ring around it in the colour of its line, such as the largest value of a line.
    pub is_ringed: bool,
}

/// A labelled line in the colour and with the marks of a category.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Name at the end of the line, or in the legend.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// Points in rising order of `x`.
    pub points: Vec<LinePoint>,
}

/// One pair of axes with its lines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinePanel {
    /// Heading above the panel; may be empty. It should say so if the panel has its own y scale.
    pub title: String,
    /// Whether the y axis has the range of this panel, with its own numbers. The others share
    /// theirs.
    pub has_own_y_scale: bool,
    /// Lines, drawn in order.
    pub lines: Vec<Line>,
}

/// A part of the x axis, the same in all panels. Points in it are hollow, and lines to them pale.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShadedRegion {
    /// Both ends on the x axis. Beyond the axis the region is cut off.
    pub x: (f64, f64),
    /// What is special in it, written at the top of the region, or in a legend if it is too wide.
    pub label: String,
}

/// Panels of the same size, with the same x axis: up to three in a row, four as two by two.
///
/// The x axis has ticks at the given values. The names of lines are at their ends. Names that are
/// too long for that are in a legend.
///
/// ```
/// use mi_plots::{Line, LinePanel, LinePanels, LinePoint, ShadedRegion, to_svg};
///
/// let values = [(8.0, 0.41), (16.0, 0.52), (32.0, 0.66)];
/// let point = |(x, y)| LinePoint { x, y, interval: Some((y - 0.02, y + 0.02)), is_ringed: false };
/// let line = Line { label: "A: smaller".into(), category: 0, points: values.map(point).into() };
/// let figure = LinePanels {
///     title: "Does the number of bins matter?".into(),
///     subtitle: "toy data".into(),
///     x_label: "bins along each axis".into(),
///     y_label: "mutual information (nats)".into(),
///     shaded: Some(ShadedRegion { x: (23.0, 100.0), label: "undersampled".into() }),
///     panels: vec![LinePanel { title: "Plug-in".into(), lines: vec![line], ..Default::default() }],
///     ..LinePanels::default()
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
    /// How values are placed along the x axis.
    pub x_scale: Scale,
    /// Name and unit of the y axis of all panels.
    pub y_label: String,
    /// A part of the x axis that is set apart.
    pub shaded: Option<ShadedRegion>,
    /// Panels, row by row.
    pub panels: Vec<LinePanel>,
}

impl LinePanel {
    fn heights(&self) -> impl Iterator<Item = f64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        points.flat_map(|point| std::iter::once(point.y).chain(interval::ends(point.interval)))
    }
}

impl ShadedRegion {
    fn contains(&self, point: &LinePoint) -> bool {
        (self.x.0..=self.x.1).contains(&point.x)
    }
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
                self.check_x(&x_name, xs.clone())?;
                checks::rising(&x_name, xs)?;
                checks::finite(&name, line.points.iter().map(|point| point.y))?;
                for (i, point) in line.points.iter().enumerate() {
                    interval::check(&format!("point {i} of {name}"), point.interval)?;
                }
            }
        }
        if let Some(ShadedRegion { x, label }) = &self.shaded {
            let name = format!("shaded region \"{label}\"");
            interval::check(&name, Some(*x))?;
            self.check_x(&name, [x.0, x.1])?;
        }
        Ok(())
    }

    fn check_x(&self, name: &str, xs: impl IntoIterator<Item = f64> + Clone) -> Result<()> {
        checks::finite(name, xs.clone())?;
        match self.x_scale {
            Scale::Log2 => checks::positive(name, xs),
            Scale::Linear => Ok(()),
        }
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.panels.iter().flat_map(|panel| &panel.lines)
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
        self.draw_checked()
    }
}
