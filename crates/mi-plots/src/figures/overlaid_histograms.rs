//! Several distributions over the same bins, drawn over each other.

use plotters::style::Color as _;

use crate::canvas::page::{Page, Point, Rect};
use crate::error::{Error, Result};
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::{Axis, Room};
use crate::parts::checks;
use crate::parts::frame::{Frame, x_axis_height, y_axis_width};
use crate::parts::header::{Header, content_width};
use crate::parts::legend::{Entry, Legend, SAMPLE};
use crate::theme::{self, MARGIN};

const HEIGHT: f64 = 640.0;
const FILL: f64 = 0.2;
const OUTLINE: f64 = 3.5;

/// Counts of one distribution.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    /// Name in the legend.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// A count for each bin, in the order of the edges.
    pub counts: Vec<u64>,
}

/// Histograms with the same bin edges: translucent steps, each with its own colour and a
/// dashed outline.
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
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OverlaidHistograms {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the x axis.
    pub x_label: String,
    /// What is counted.
    pub y_label: String,
    /// Bin edges in rising order: one more than there are bins.
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
    fn check(&self) -> Result<()> {
        checks::finite("edges", self.edges.iter().copied())?;
        checks::not_empty("edges", "bin (two edges)", self.edges.get(1..).unwrap_or(&[]))?;
        checks::rising("edges", self.edges.iter().copied())?;
        checks::not_empty(&checks::figure(&self.title), "histogram", &self.histograms)?;
        for histogram in &self.histograms {
            theme::category(histogram.category)?;
            let (expected, found) = (self.edges.len() - 1, histogram.counts.len());
            if expected != found {
                let what = format!("counts of \"{}\"", histogram.label);
                return Err(Error::LengthMismatch { what, expected, found });
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

    /// The steps of a histogram from its first to its last bin that is not empty, beginning and
    /// ending at the base line. Without counts there are no steps.
    fn outline(&self, counts: &[u64], frame: &Frame) -> Vec<Point> {
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
        size_of(self.layout().height)
    }
}

impl sealed::Paint for OverlaidHistograms {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let Layout { header, legend, frame, height } = self.layout();
        let mut page = Page::new(size_of(height))?;
        header.draw(&mut page);
        legend.draw(&mut page, header.bottom(), |page, category, (x, y)| {
            let look = theme::category(category)?;
            let (top, bottom) = (y - 11.0, y + 11.0);
            page.rect(Rect { x, y: top, w: SAMPLE, h: 22.0 }, look.color.mix(FILL));
            let right = x + SAMPLE;
            page.dashed(
                &[(x, bottom), (x, top), (right, top), (right, bottom)],
                look.dash,
                look.color,
                OUTLINE,
            );
            Ok(())
        })?;
        frame.draw(&mut page, "");
        for histogram in &self.histograms {
            let color = theme::category(histogram.category)?.color;
            page.polygon(&self.outline(&histogram.counts, &frame), color.mix(FILL));
        }
        for histogram in &self.histograms {
            let look = theme::category(histogram.category)?;
            let outline = self.outline(&histogram.counts, &frame);
            page.dashed(&outline, look.dash, look.color, OUTLINE);
        }
        Ok(page)
    }
}
