//! Groups of bars from zero, with the same kinds of bars in each, and levels to compare them with.

mod drawing;
mod layout;

use crate::canvas::page::Page;
use crate::error::{Error, Result};
use crate::figure::{Figure, sealed, size_of};
use crate::parts::axis::extent;
use crate::parts::bar_fill::FILLS;
use crate::parts::{checks, interval};
use crate::theme;

/// A reference is drawn at its value if it is at most this many times as high as the bars.
const REFERENCE_RANGES: f64 = 2.0;
/// The most references of a group, each with its own dash.
const REFERENCES: usize = 3;

/// One bar of a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupedBar {
    /// Height of the bar, in the unit of the y axis.
    pub value: f64,
    /// Lower and upper end of its interval, drawn as a whisker.
    pub interval: Option<(f64, f64)>,
    /// Observations, in the unit of the y axis; may be empty.
    pub dots: Vec<f64>,
    /// Text above the bar, such as the value in digits. It is written upwards if it is wider
    /// than the bar.
    pub value_label: Option<String>,
}

/// A level that the bars of a group are compared with, such as one that they cannot exceed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    /// Its height, in the unit of the y axis.
    pub value: f64,
    /// Text above the group. It should have the value in digits, because a far reference is
    /// not on the axis.
    pub value_label: String,
}

/// Bars side by side over one name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BarGroup {
    /// Name below the group.
    pub label: String,
    /// Index into [`theme::category`].
    pub category: usize,
    /// A bar for each kind, in the order of [`GroupedBars::kinds`].
    pub bars: Vec<GroupedBar>,
    /// A level for each of [`GroupedBars::references`], where there is one.
    pub references: Vec<Option<Reference>>,
}

/// Groups of bars. The colour shows the group, the fill shows the kind. The axis begins at zero, or
/// below if values do.
///
/// A reference is a dashed line over its group. One more than twice as high as the bars would
/// flatten them. It is not on the axis: an arrow at the top of the panel stands for it. The names of
/// references are before their values, or in the legend if a group is too narrow for one of them.
///
/// ```
/// use mi_plots::{BarGroup, GroupedBar, GroupedBars, Reference, to_svg};
///
/// let bar = |value: f64| GroupedBar {
///     value,
///     interval: Some((value - 0.02, value + 0.02)),
///     dots: vec![value - 0.01, value + 0.01],
///     value_label: Some(format!("{value:.2}")),
/// };
/// let figure = GroupedBars {
///     title: "Is it learnt?".into(),
///     subtitle: "toy data".into(),
///     y_label: "mutual information (nats)".into(),
///     kinds: vec!["trained".into(), "untrained".into()],
///     references: vec!["image with itself".into()],
///     groups: vec![BarGroup {
///         label: "A: smaller".into(),
///         category: 0,
///         bars: vec![bar(0.56), bar(0.31)],
///         references: vec![Some(Reference { value: 2.61, value_label: "2.61".into() })],
///     }],
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">0.56</text>") && svg.contains(">image with itself 2.61</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupedBars {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Name and unit of the y axis.
    pub y_label: String,
    /// The kinds of bars in a group, from left to right: at most four.
    pub kinds: Vec<String>,
    /// The names of the references of a group: at most three; may be empty.
    pub references: Vec<String>,
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
        let ends = interval::ends(self.interval);
        std::iter::once(self.value).chain(ends).chain(self.dots.iter().copied())
    }
}

impl GroupedBars {
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "group", &self.groups)?;
        checks::not_empty(&checks::figure(&self.title), "kind of bar", &self.kinds)?;
        if self.kinds.len() > FILLS {
            let (limit, found) = (FILLS, self.kinds.len());
            return Err(Error::TooMany { what: "kinds of bar".into(), limit, found });
        }
        if self.references.len() > REFERENCES {
            let (limit, found) = (REFERENCES, self.references.len());
            return Err(Error::TooMany { what: "references".into(), limit, found });
        }
        for group in &self.groups {
            theme::category(group.category)?;
            let name = &group.label;
            for (what, expected, found) in [
                ("bars", self.kinds.len(), group.bars.len()),
                ("references", self.references.len(), group.references.len()),
            ] {
                if expected != found {
                    let what = format!("{what} of \"{name}\"");
                    return Err(Error::LengthMismatch { what, expected, found });
                }
            }
            for (bar, kind) in group.bars.iter().zip(&self.kinds) {
                let what = format!("bar \"{kind}\" of \"{}\"", group.label);
                checks::finite(&what, [bar.value])?;
                interval::check(&what, bar.interval)?;
                checks::finite(&format!("dots of {what}"), bar.dots.iter().copied())?;
            }
            // A missing reference is checked as 0, so that an error has its position.
            let values = group.references.iter().map(|r| r.as_ref().map_or(0.0, |r| r.value));
            checks::finite(&format!("references of \"{name}\""), values)?;
        }
        Ok(())
    }

    /// The values of reference `kind`.
    fn reference_values(&self, kind: usize) -> impl Iterator<Item = f64> {
        self.groups
            .iter()
            .filter_map(move |group| Some(group.references.get(kind)?.as_ref()?.value))
    }

    /// The largest value at which a reference is on the axis.
    fn reference_limit(&self) -> f64 {
        let (low, high) = extent(self.groups.iter().flat_map(BarGroup::heights).chain([0.0]));
        if low == high { f64::INFINITY } else { low + REFERENCE_RANGES * (high - low) }
    }

    /// The lowest and the highest value on the axis.
    fn range(&self) -> (f64, f64) {
        let limit = self.reference_limit();
        let bars = self.groups.iter().flat_map(BarGroup::heights);
        let kinds = 0..self.references.len();
        let values = kinds.flat_map(|kind| self.reference_values(kind));
        let near = values.filter(|&value| value <= limit);
        let (low, high) = extent(bars.chain(near).chain([0.0]));
        if low == high { (0.0, 1.0) } else { (low, high) }
    }
}

impl Figure for GroupedBars {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for GroupedBars {
    fn page(&self) -> Result<Page> {
        self.check()?;
        self.draw_checked()
    }
}
