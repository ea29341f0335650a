//! Checks and drawing of intervals.

use plotters::style::RGBColor;

use super::checks;
use crate::canvas::page::{Page, Point};
use crate::error::{Error, Result};

/// Both ends of an interval must be finite, and the lower one first.
pub(crate) fn check(what: &str, interval: Option<(f64, f64)>) -> Result<()> {
    let Some((low, high)) = interval else { return Ok(()) };
    checks::finite(&format!("interval of {what}"), [low, high])?;
    if low > high {
        return Err(Error::ReversedInterval { what: what.to_owned(), low, high });
    }
    Ok(())
}

/// Both ends of an interval, if there is one.
pub(crate) fn ends(interval: Option<(f64, f64)>) -> impl Iterator<Item = f64> {
    interval.into_iter().flat_map(|(low, high)| [low, high])
}

/// A line between two points with a bar across each end that reaches `(dx, dy)` to either side.
pub(crate) fn whisker(
    page: &mut Page,
    (from, to): (Point, Point),
    (dx, dy): Point,
    color: RGBColor,
    width: f64,
) {
    page.line(&[from, to], color, width);
    for (x, y) in [from, to] {
        page.line(&[(x - dx, y - dy), (x + dx, y + dy)], color, width);
    }
}
