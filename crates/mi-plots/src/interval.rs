//! Intervals: what they must satisfy, and how they are drawn.

use plotters::style::RGBColor;
use plotters_backend::DrawingBackend;

use crate::canvas::Canvas;
use crate::check;
use crate::error::PlotError;

/// Refuses an interval with an end that no axis can show, or whose ends are the wrong way round.
pub(crate) fn check(what: &str, interval: Option<(f64, f64)>) -> Result<(), PlotError> {
    let Some((low, high)) = interval else { return Ok(()) };
    check::finite(&format!("interval of {what}"), [low, high])?;
    if low > high {
        return Err(PlotError::ReversedInterval { what: what.to_owned(), low, high });
    }
    Ok(())
}

/// Both ends of an interval; none where there is none.
pub(crate) fn ends(interval: Option<(f64, f64)>) -> impl Iterator<Item = f64> {
    interval.into_iter().flat_map(|(low, high)| [low, high])
}

/// A line between two points with a bar across each end, which reaches `(dx, dy)` to either side.
pub(crate) fn whisker<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    (from, to): ((f64, f64), (f64, f64)),
    (dx, dy): (f64, f64),
    color: RGBColor,
    width: f64,
) -> Result<(), PlotError> {
    canvas.line(&[from, to], color, width)?;
    [from, to]
        .iter()
        .try_for_each(|(x, y)| canvas.line(&[(x - dx, y - dy), (x + dx, y + dy)], color, width))
}
