//! Groups of bars from zero, the same kinds of bar in each, and a ceiling over each group.

mod drawing;
mod layout;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

use crate::axis::extent;
use crate::bar_fill::FILLS;
use crate::check;
use crate::error::PlotError;
use crate::figure::{Figure, page};
use crate::interval;
use crate::theme;

/// A ceiling is drawn at its value up to this many times the range of the bars.
const CEILING_RANGES: f64 = 2.0;

/// One bar of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedBar {
    /// Height of the bar, in the unit of the y axis.
    pub value: f64,
    /// Lower and upper end of its interval, drawn as a whisker.
    pub interval: Option<(f64, f64)>,
    /// Text above the bar, such as the value in digits; written upwards where it is wider than its bar.
    pub value_label: Option<String>,
}

/// What the bars of a group are held against, most often something that they cannot exceed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Its height, in the unit of the y axis.
    pub value: f64,
    /// Text above the group; should have the value in digits, because a far ceiling shows nowhere else.
    pub value_label: String,
}

/// Bars side by side over one name.
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    /// Name below the group.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// One bar a kind, in the order of [`GroupedBars::kinds`].
    pub bars: Vec<GroupedBar>,
    /// Level that the group is held against.
    pub ceiling: Option<Ceiling>,
}

/// Groups of bars: colour tells the group, fill the kind, the same in every group; the axis begins at zero, or
/// below where values do.
///
/// A ceiling is a dashed line over its group. One that lies more than twice as high as the bars reach would press
/// them flat: it gets no place on the axis but an arrow at the top of the panel, with its text beside it.
///
/// ```
/// use mi_plots::{BarGroup, Ceiling, GroupedBar, GroupedBars, to_svg};
///
/// let bar = |value: f64| GroupedBar {
///     value,
///     interval: Some((value - 0.02, value + 0.02)),
///     value_label: Some(format!("{value:.2}")),
/// };
/// let figure = GroupedBars {
///     title: "Is it learnt?".into(),
///     subtitle: "toy data".into(),
///     y_label: "mutual information (nats)".into(),
///     kinds: vec!["trained".into(), "untrained".into()],
///     ceiling_label: "image with itself".into(),
///     groups: vec![BarGroup {
///         label: "A: smaller".into(),
///         category: 0,
///         bars: vec![bar(0.56), bar(0.31)],
///         ceiling: Some(Ceiling { value: 2.61, value_label: "2.61".into() }),
///     }],
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">0.56</text>") && svg.contains(">2.61</text>"));
/// # Ok::<(), mi_plots::PlotError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedBars {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the y axis.
    pub y_label: String,
    /// What the bars of a group are, from left to right; at most four.
    pub kinds: Vec<String>,
    /// What the ceilings are; may be empty.
    pub ceiling_label: String,
    /// Groups from left to right.
    pub groups: Vec<BarGroup>,
}

impl BarGroup {
    fn heights(&self) -> impl Iterator<Item = f64> {
        self.bars.iter().flat_map(GroupedBar::heights)
    }
}

impl GroupedBar {
    fn heights(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.value).chain(interval::ends(self.interval))
    }
}

impl GroupedBars {
    fn check(&self) -> Result<(), PlotError> {
        check::not_empty(&self.title, "group", &self.groups)?;
        check::not_empty(&self.title, "kind of bar", &self.kinds)?;
        if self.kinds.len() > FILLS {
            let (limit, found) = (FILLS, self.kinds.len());
            return Err(PlotError::TooMany { what: "kinds of bar".into(), limit, found });
        }
        for group in &self.groups {
            theme::category(group.category)?;
            let (expected, found) = (self.kinds.len(), group.bars.len());
            if expected != found {
                let what = format!("bars of \"{}\"", group.label);
                return Err(PlotError::LengthMismatch { what, expected, found });
            }
            for (bar, kind) in group.bars.iter().zip(&self.kinds) {
                let what = format!("bar \"{kind}\" of \"{}\"", group.label);
                check::finite(&what, [bar.value])?;
                interval::check(&what, bar.interval)?;
            }
            let ceiling = group.ceiling.iter().map(|ceiling| ceiling.value);
            check::finite(&format!("ceiling of \"{}\"", group.label), ceiling)?;
        }
        Ok(())
    }

    fn ceilings(&self) -> impl Iterator<Item = f64> {
        self.groups.iter().filter_map(|group| Some(group.ceiling.as_ref()?.value))
    }

    /// The highest place that a ceiling may have on the axis.
    fn ceiling_limit(&self) -> f64 {
        let (low, high) = extent(self.groups.iter().flat_map(BarGroup::heights).chain([0.0]));
        if low == high { f64::INFINITY } else { low + CEILING_RANGES * (high - low) }
    }

    /// Lowest and highest value that has a place on the axis.
    fn range(&self) -> (f64, f64) {
        let limit = self.ceiling_limit();
        let bars = self.groups.iter().flat_map(BarGroup::heights);
        let ceilings = self.ceilings().filter(|&ceiling| ceiling <= limit);
        let (low, high) = extent(bars.chain(ceilings).chain([0.0]));
        if low == high { (0.0, 1.0) } else { (low, high) }
    }
}

impl Figure for GroupedBars {
    fn size(&self) -> (u32, u32) {
        page(self.layout().height)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), PlotError> {
        self.check()?;
        self.draw_checked(area)
    }
}
