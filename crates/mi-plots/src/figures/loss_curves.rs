//! Curves over training: a large panel, small panels below it, and a common legend.

use crate::canvas::page::{Page, Rect};
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::{Axis, Room, extent, padded};
use crate::parts::checks;
use crate::parts::frame::{Frame, heading_height, x_axis_height, y_axis_width};
use crate::parts::header::{Header, content_width};
use crate::parts::legend::{Entry, Legend, SAMPLE};
use crate::theme::{self, MARGIN};

const MAIN_HEIGHT: f64 = 560.0;
const PART_HEIGHT: f64 = 250.0;
const PARTS_A_ROW: usize = 3;
const BETWEEN_COLUMNS: f64 = 36.0;
const BETWEEN_ROWS: f64 = 30.0;

/// A labelled line in the colour of a category.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LossSeries {
    /// Name in the legend. The same label and category in several panels give one entry.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// `(x, y)` in drawing order. A single point is drawn as a mark.
    pub points: Vec<(f64, f64)>,
}

/// One pair of axes with its series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LossPanel {
    /// Heading above the panel; may be empty.
    pub title: String,
    /// Name and unit of the y axis.
    pub y_label: String,
    /// Series, drawn in order. They may differ in length.
    pub series: Vec<LossSeries>,
}

/// Curves over training: a main panel and any number of small panels below it, three in a row.
///
/// All panels have the same x axis and a common legend.
///
/// ```
/// use mi_plots::{LossCurves, LossPanel, LossSeries, to_svg};
///
/// let points = vec![(1.0, 1.38), (2.0, 1.21), (3.0, 1.17)];
/// let series = vec![LossSeries { label: "small".into(), category: 0, points }];
/// let figure = LossCurves {
///     title: "Training".into(),
///     subtitle: "toy data".into(),
///     x_label: "epoch".into(),
///     main: LossPanel { title: String::new(), y_label: "loss (nats)".into(), series },
///     parts: vec![],
/// };
/// assert!(to_svg(&figure)?.contains(">loss (nats)</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LossCurves {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name of the x axis of all panels.
    pub x_label: String,
    /// The large panel.
    pub main: LossPanel,
    /// The small panels.
    pub parts: Vec<LossPanel>,
}

struct Layout<'a> {
    header: Header,
    legend: Legend,
    panels: Vec<(Frame, &'a LossPanel)>,
    height: f64,
}

impl LossCurves {
    fn check(&self) -> Result<()> {
        for panel in std::iter::once(&self.main).chain(&self.parts) {
            checks::not_empty(&format!("panel \"{}\"", panel.title), "series", &panel.series)?;
            for series in &panel.series {
                theme::category(series.category)?;
                let name = format!("\"{}\" in panel \"{}\"", series.label, panel.title);
                checks::not_empty(&name, "point", &series.points)?;
                checks::finite(&name, series.points.iter().map(|p| p.0))?;
                checks::finite(&name, series.points.iter().map(|p| p.1))?;
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout<'_> {
        let header = Header::new(&self.title, &self.subtitle);
        let all = || std::iter::once(&self.main).chain(&self.parts);
        let legend = Legend::new(
            all()
                .flat_map(|panel| &panel.series)
                .map(|series| Entry { label: series.label.clone(), sample: series.category }),
        );
        let xs = || all().flat_map(|p| &p.series).flat_map(|s| &s.points).map(|p| p.0);
        let x_range = padded(extent(xs()), 0.02);
        let whole = xs().all(|x| x.fract() == 0.0);

        let mut top = header.bottom() + legend.height();
        let mut panels = Vec::new();
        let rows = std::iter::once((std::slice::from_ref(&self.main), 1, MAIN_HEIGHT))
            .chain(self.parts.chunks(PARTS_A_ROW).map(|row| (row, PARTS_A_ROW, PART_HEIGHT)));
        for (row, columns, height) in rows {
            if !panels.is_empty() {
                top += BETWEEN_ROWS;
            }
            let gaps = BETWEEN_COLUMNS * (columns - 1) as f64;
            let column = (content_width() - gaps) / columns as f64;
            let mut frames: Vec<Frame> = row
                .iter()
                .enumerate()
                .map(|(i, panel)| {
                    let ys = panel.series.iter().flat_map(|s| &s.points).map(|p| p.1);
                    let y_range = padded(extent(ys), 0.06);
                    let y = Axis::new(&panel.y_label, y_range, false, Room::Up(height));
                    let left = y_axis_width(&y, height);
                    let x = MARGIN + i as f64 * (column + BETWEEN_COLUMNS) + left;
                    let w = column - left;
                    let axis = Axis::new(&self.x_label, x_range, whole, Room::Across(w));
                    Frame { inner: Rect { x, y: top, w, h: height }, x: Some(axis), y }
                })
                .collect();
            let heading = frames
                .iter()
                .zip(row)
                .map(|(frame, panel)| heading_height(&panel.title, frame.inner.w))
                .fold(0.0, f64::max);
            let below = frames
                .iter()
                .map(|frame| x_axis_height(&self.x_label, frame.inner.w))
                .fold(0.0, f64::max);
            for frame in &mut frames {
                frame.inner.y += heading;
            }
            top += heading + height + below;
            panels.extend(frames.into_iter().zip(row));
        }
        Layout { header, legend, panels, height: top + MARGIN }
    }
}

impl Figure for LossCurves {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for LossCurves {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let layout = self.layout();
        let mut page = Page::new(size_of(layout.height))?;
        layout.header.draw(&mut page);
        layout.legend.draw(&mut page, layout.header.bottom(), |page, category, (x, y)| {
            let look = theme::category(category)?;
            page.line(&[(x, y), (x + SAMPLE, y)], look.color, 3.5);
            page.mark((x + SAMPLE / 2.0, y), 7.0, look);
            Ok(())
        })?;
        for (i, (frame, panel)) in layout.panels.iter().enumerate() {
            frame.draw(&mut page, &panel.title);
            let (width, radius, marks) = if i == 0 { (3.5, 7.0, 10) } else { (3.0, 5.5, 5) };
            for series in &panel.series {
                let look = theme::category(series.category)?;
                let points: Vec<_> = series.points.iter().map(|&p| frame.at(p)).collect();
                if points.len() > 1 {
                    page.line(&points, look.color, width);
                }
                // A mark on every n-th point. Each category begins elsewhere, so that all show
                // on equal lines.
                let stride = points.len().div_ceil(marks);
                let first = if stride > 1 { (2 * series.category + 1) * stride / 8 } else { 0 };
                for &point in points.iter().skip(first % stride).step_by(stride) {
                    page.mark(point, radius, look);
                }
            }
        }
        Ok(page)
    }
}
