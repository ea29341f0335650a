//! Several distributions over the same bins, one on top of the other.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::Color as _;
use plotters_backend::DrawingBackend;

use crate::axis::{Axis, Room};
use crate::canvas::{Canvas, Rect};
use crate::check;
use crate::error::PlotError;
use crate::figure::{Figure, page};
use crate::frame::{Frame, x_axis_height, y_axis_width};
use crate::header::{Entry, Header, Legend, SAMPLE, content_width};
use crate::theme::{self, MARGIN};

const HEIGHT: f64 = 640.0;
const FILL: f64 = 0.2;
const OUTLINE: f64 = 3.5;

/// Counts of one distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Name in the legend.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// One count a bin, in the order of the edges.
    pub counts: Vec<u64>,
}

/// Histograms with shared bin edges, drawn as translucent steps with an outline of their own colour and dash.
///
/// ```
/// use mi_plots::{Histogram, OverlaidHistograms, to_svg};
///
/// let figure = OverlaidHistograms {
///     title: "Largest information".into(),
///     subtitle: "toy data".into(),
///     x_label: "mutual information (nats)".into(),
///     y_label: "images".into(),
///     edges: vec![0.0, 0.5, 1.0],
///     histograms: vec![Histogram { label: "small".into(), category: 0, counts: vec![3, 1] }],
/// };
/// assert!(to_svg(&figure)?.contains(">images</text>"));
/// # Ok::<(), mi_plots::PlotError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OverlaidHistograms {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the x axis.
    pub x_label: String,
    /// What is counted.
    pub y_label: String,
    /// Bin edges, rising; one more than there are bins.
    pub edges: Vec<f64>,
    /// Distributions, drawn in order.
    pub histograms: Vec<Histogram>,
}

struct Layout {
    header: Header,
    legend: Legend,
    frame: Frame,
    height: f64,
}

impl OverlaidHistograms {
    fn check(&self) -> Result<(), PlotError> {
        check::finite("edges", self.edges.iter().copied())?;
        check::not_empty("edges", "bin (two edges)", self.edges.get(1..).unwrap_or(&[]))?;
        check::rising("edges", self.edges.iter().copied())?;
        check::not_empty(&self.title, "histogram", &self.histograms)?;
        for histogram in &self.histograms {
            theme::category(histogram.category)?;
            let (expected, found) = (self.edges.len() - 1, histogram.counts.len());
            if expected != found {
                let what = format!("counts of \"{}\"", histogram.label);
                return Err(PlotError::LengthMismatch { what, expected, found });
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        let legend = Legend::new(
            self.histograms.iter().map(|h| Entry { label: h.label.clone(), sample: h.category }),
        );
        let y_top = header.bottom() + legend.height();
        let highest = self.histograms.iter().flat_map(|h| &h.counts).max().copied().unwrap_or(0);
        let high = if highest == 0 { 1.0 } else { highest as f64 * 1.05 };
        let y = Axis::new(&self.y_label, (0.0, high), true, Room::Up(HEIGHT));
        let left = y_axis_width(&y, HEIGHT);
        let inner = Rect { x: MARGIN + left, y: y_top, w: content_width() - left, h: HEIGHT };
        let ends = match self.edges[..] {
            [low, .., high] if low < high => (low, high),
            _ => (0.0, 1.0),
        };
        let x = Axis::new(&self.x_label, ends, false, Room::Across(inner.w));
        let height = inner.bottom() + x_axis_height(&self.x_label, inner.w) + MARGIN;
        Layout { header, legend, frame: Frame { inner, x: Some(x), y }, height }
    }

    /// Steps of one histogram from the base line and back to it, from its first to its last bin that is not
    /// empty: none for one without counts.
    fn outline(&self, counts: &[u64], frame: &Frame) -> Vec<(f64, f64)> {
        let filled = |count: &u64| *count > 0;
        let (Some(first), Some(last)) =
            (counts.iter().position(filled), counts.iter().rposition(filled))
        else {
            return Vec::new();
        };
        let mut points = vec![frame.at((self.edges[first], 0.0))];
        let bins = self.edges.windows(2).zip(counts).take(last + 1).skip(first);
        for (edges, &count) in bins {
            points.extend(edges.iter().map(|&edge| frame.at((edge, count as f64))));
        }
        points.push(frame.at((self.edges[last + 1], 0.0)));
        points
    }
}

impl Figure for OverlaidHistograms {
    fn size(&self) -> (u32, u32) {
        page(self.layout().height)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), PlotError> {
        self.check()?;
        let Layout { header, legend, frame, height } = self.layout();
        let canvas = Canvas::new(area, page(height))?;
        header.draw(&canvas)?;
        legend.draw(&canvas, header.bottom(), |category, (x, y)| {
            let look = theme::category(category)?;
            let (top, bottom) = (y - 11.0, y + 11.0);
            canvas.rect(Rect { x, y: top, w: SAMPLE, h: 22.0 }, look.color.mix(FILL))?;
            let right = x + SAMPLE;
            canvas.dashed(
                &[(x, bottom), (x, top), (right, top), (right, bottom)],
                look.dash,
                look.color,
                OUTLINE,
            )
        })?;
        frame.draw(&canvas, "")?;
        for histogram in &self.histograms {
            let color = theme::category(histogram.category)?.color;
            canvas.polygon(&self.outline(&histogram.counts, &frame), color.mix(FILL))?;
        }
        for histogram in &self.histograms {
            let look = theme::category(histogram.category)?;
            let outline = self.outline(&histogram.counts, &frame);
            canvas.dashed(&outline, look.dash, look.color, OUTLINE)?;
        }
        Ok(())
    }
}
