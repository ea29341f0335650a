//! Bars from zero, every observation behind them as a dot.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::Color as _;
use plotters_backend::DrawingBackend;

use crate::axis::{Axis, Room, extent};
use crate::canvas::{Align, Canvas, Rect, TextLook};
use crate::check;
use crate::error::PlotError;
use crate::figure::{Figure, page};
use crate::font::{self, Weight};
use crate::frame::{Frame, Names, line, paragraph, y_axis_width};
use crate::header::{Header, content_width};
use crate::spread::sideways;
use crate::theme::{self, BACKGROUND, INK, MARGIN};

const HEIGHT: f64 = 640.0;
const VALUE: TextLook = TextLook { size: 25.0, weight: Weight::Bold, color: INK };

/// One bar with its dots.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Name below the bar.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// Height of the bar, in the unit of the y axis.
    pub value: f64,
    /// Text above bar and dots, such as the value in digits; a no-break space keeps its sides on one line.
    pub value_label: Option<String>,
    /// Observations, in the unit of the y axis; may be empty.
    pub dots: Vec<f64>,
}

/// A bar for each case and a dot for each observation; the axis begins at zero, or below where values do.
///
/// Dots are spread sideways by their position in the list, which carries no meaning and never changes.
///
/// ```
/// use mi_plots::{Bar, BarsWithDots, to_svg};
///
/// let bar = Bar {
///     label: "small".into(),
///     category: 0,
///     value: 0.5,
///     value_label: Some("0.50".into()),
///     dots: vec![0.4, 0.6],
/// };
/// let figure = BarsWithDots {
///     title: "Information".into(),
///     subtitle: "toy data".into(),
///     y_label: "mutual information (nats)".into(),
///     bars: vec![bar],
/// };
/// assert_eq!(to_svg(&figure)?.matches("<circle").count(), 2);
/// # Ok::<(), mi_plots::PlotError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BarsWithDots {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the y axis.
    pub y_label: String,
    /// Bars from left to right.
    pub bars: Vec<Bar>,
}

struct Layout {
    header: Header,
    frame: Frame,
    /// Width that one bar may take with the space beside it.
    slot: f64,
    names: Names,
    value_labels: Vec<Vec<String>>,
    height: f64,
}

impl Bar {
    fn heights(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.value).chain(self.dots.iter().copied())
    }
}

impl BarsWithDots {
    fn check(&self) -> Result<(), PlotError> {
        check::not_empty(&self.title, "bar", &self.bars)?;
        for bar in &self.bars {
            theme::category(bar.category)?;
            check::finite(&format!("bar of \"{}\"", bar.label), [bar.value])?;
            check::finite(&format!("dots of \"{}\"", bar.label), bar.dots.iter().copied())?;
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        let values = self.bars.iter().flat_map(Bar::heights);
        let (low, mut high) = extent(values.chain([0.0]));
        if low == high {
            high = 1.0;
        }
        // The axis decides the slots, and the slots how many lines of text need room above the bars:
        // the numbers hardly change with that room, so two rounds settle it.
        let mut value_labels: Vec<Vec<String>> = Vec::new();
        let mut frame = self.frame(&header, (low, high), 0.0);
        let mut slot = 0.0;
        for _ in 0..2 {
            slot = frame.inner.w / self.bars.len().max(1) as f64;
            let wrap = |text: &str| font::wrap(text, VALUE.weight, VALUE.size, slot - 10.0);
            let texts = self.bars.iter().map(|bar| bar.value_label.as_deref());
            value_labels = texts.map(|text| text.map_or_else(Vec::new, wrap)).collect();
            let most = value_labels.iter().map(Vec::len).max().unwrap_or(0) as f64;
            let room = (20.0 + most * line(VALUE)).min(HEIGHT / 2.0);
            frame = self.frame(&header, (low, high), room);
        }
        let names = Names::new(self.bars.iter().map(|bar| bar.label.as_str()), slot);
        let height = frame.inner.bottom() + names.height() + MARGIN;
        Layout { header, frame, slot, names, value_labels, height }
    }

    /// Axes that leave `room` pixels above the highest value.
    fn frame(&self, header: &Header, (low, high): (f64, f64), room: f64) -> Frame {
        let top = high + (high - low) * room / (HEIGHT - room);
        let y = Axis::new(&self.y_label, (low, top), false, Room::Up(HEIGHT));
        let left = y_axis_width(&y, HEIGHT);
        let (x, w) = (MARGIN + left, content_width() - left);
        Frame { inner: Rect { x, y: header.bottom(), w, h: HEIGHT }, x: None, y }
    }
}

impl Figure for BarsWithDots {
    fn size(&self) -> (u32, u32) {
        page(self.layout().height)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), PlotError> {
        self.check()?;
        let Layout { header, frame, slot, names, value_labels, height } = self.layout();
        let canvas = Canvas::new(area, page(height))?;
        header.draw(&canvas)?;
        frame.draw(&canvas, "")?;
        let bar_width = (slot * 0.6).min(230.0);
        for (i, bar) in self.bars.iter().enumerate() {
            let color = theme::category(bar.category)?.color;
            let middle = frame.inner.x + (i as f64 + 0.5) * slot;
            let (zero, end) = (frame.y_at(0.0), frame.y_at(bar.value));
            let (left, right) = (middle - bar_width / 2.0, middle + bar_width / 2.0);
            let body = Rect { x: left, y: zero.min(end), w: bar_width, h: (zero - end).abs() };
            canvas.rect(body, color.mix(0.28))?;
            canvas.line(&[(left, zero), (left, end), (right, end), (right, zero)], color, 3.0)?;

            let radius = (bar_width / 14.0).clamp(3.0, 6.5);
            for (j, &dot) in bar.dots.iter().enumerate() {
                let at = (middle + sideways(j) * (bar_width - 4.0 * radius), frame.y_at(dot));
                canvas.disc(at, radius, color.mix(0.8))?;
            }

            let highest = bar.heights().fold(0.0, f64::max);
            let lines = &value_labels[i];
            let top = frame.y_at(highest) - 8.0 - lines.len() as f64 * line(VALUE);
            let widths = lines.iter().map(|text| font::width(text, VALUE.weight, VALUE.size));
            let width = widths.fold(0.0, f64::max) + 12.0;
            let h = lines.len() as f64 * line(VALUE);
            // No line of the grid may run through the number.
            canvas.rect(
                Rect { x: middle - width / 2.0, y: top, w: width, h },
                BACKGROUND.to_rgba(),
            )?;
            paragraph(&canvas, lines, (middle, top), Align::Center, VALUE)?;
        }
        names.draw(&canvas, frame.inner, slot)
    }
}
