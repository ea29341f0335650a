//! Bars from zero, with a dot for every observation.

use plotters::style::Color as _;

use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Align, Page, Rect, TextLook};
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::{Axis, Room, extent};
use crate::parts::checks;
use crate::parts::frame::{Frame, Names, line, paragraph, y_axis_width};
use crate::parts::header::{Header, content_width};
use crate::parts::spread::sideways;
use crate::theme::{self, BACKGROUND, INK, MARGIN};

const HEIGHT: f64 = 640.0;
const VALUE: TextLook = TextLook { size: 25.0, weight: Weight::Bold, color: INK };

/// One bar with its dots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bar {
    /// Name below the bar.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// Height of the bar, in the unit of the y axis.
    pub value: f64,
    /// Text above bar and dots, such as the value in digits. It is not broken at a no-break space.
    pub value_label: Option<String>,
    /// Observations, in the unit of the y axis; may be empty.
    pub dots: Vec<f64>,
}

/// A bar for each case and a dot for each observation. The axis begins at zero, or below
/// if values do.
///
/// Dots are spread sideways in an order that is always the same and has no meaning.
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
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
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
    /// Width of one bar with the space beside it.
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
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "bar", &self.bars)?;
        for bar in &self.bars {
            theme::category(bar.category)?;
            checks::finite(&format!("bar of \"{}\"", bar.label), [bar.value])?;
            checks::finite(&format!("dots of \"{}\"", bar.label), bar.dots.iter().copied())?;
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
        // The axis determines the width of a slot, the slots determine how many lines of text are
        // above the bars, and that room changes the axis a little. Two rounds are enough.
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

    /// Axes with `room` pixels above the highest value.
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
        size_of(self.layout().height)
    }
}

impl sealed::Paint for BarsWithDots {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let Layout { header, frame, slot, names, value_labels, height } = self.layout();
        let mut page = Page::new(size_of(height))?;
        header.draw(&mut page);
        frame.draw(&mut page, "");
        let bar_width = (slot * 0.6).min(230.0);
        for (i, bar) in self.bars.iter().enumerate() {
            let color = theme::category(bar.category)?.color;
            let middle = frame.inner.x + (i as f64 + 0.5) * slot;
            let (zero, end) = (frame.y_at(0.0), frame.y_at(bar.value));
            let (left, right) = (middle - bar_width / 2.0, middle + bar_width / 2.0);
            let body = Rect { x: left, y: zero.min(end), w: bar_width, h: (zero - end).abs() };
            page.rect(body, color.mix(0.28));
            page.line(&[(left, zero), (left, end), (right, end), (right, zero)], color, 3.0);

            let radius = (bar_width / 14.0).clamp(3.0, 6.5);
            for (j, &dot) in bar.dots.iter().enumerate() {
                let at = (middle + sideways(j) * (bar_width - 4.0 * radius), frame.y_at(dot));
                page.disc(at, radius, color.mix(0.8));
            }

            let highest = bar.heights().fold(0.0, f64::max);
            let lines = &value_labels[i];
            let top = frame.y_at(highest) - 8.0 - lines.len() as f64 * line(VALUE);
            let widths = lines.iter().map(|text| font::width(text, VALUE.weight, VALUE.size));
            let width = widths.fold(0.0, f64::max) + 12.0;
            let h = lines.len() as f64 * line(VALUE);
            // Grid lines must not cross the number.
            page.rect(Rect { x: middle - width / 2.0, y: top, w: width, h }, BACKGROUND.to_rgba());
            paragraph(&mut page, lines, (middle, top), Align::Center, VALUE);
        }
        names.draw(&mut page, frame.inner, slot);
        Ok(page)
    }
}
