//! Checks that every figure makes on its data before it draws.

use crate::error::PlotError;

/// Beyond this, differences between values overflow.
const MAGNITUDE_LIMIT: f64 = 1e300;

/// Refuses the first value that is NaN, infinite or huge.
pub(crate) fn finite(series: &str, values: impl IntoIterator<Item = f64>) -> Result<(), PlotError> {
    for (index, value) in values.into_iter().enumerate() {
        if !value.is_finite() || value.abs() > MAGNITUDE_LIMIT {
            return Err(PlotError::NotFinite { series: series.to_owned(), index, value });
        }
    }
    Ok(())
}

/// Refuses the first value that a logarithmic axis cannot show.
pub(crate) fn positive(
    series: &str,
    values: impl IntoIterator<Item = f64>,
) -> Result<(), PlotError> {
    match values.into_iter().enumerate().find(|(_, value)| *value <= 0.0) {
        Some((index, value)) => {
            Err(PlotError::NotPositive { series: series.to_owned(), index, value })
        }
        None => Ok(()),
    }
}

/// Refuses the first value that is not above the one before it.
pub(crate) fn rising(
    series: &str,
    values: impl IntoIterator<Item = f64> + Clone,
) -> Result<(), PlotError> {
    let after = values.clone().into_iter().skip(1);
    for (i, (previous, value)) in values.into_iter().zip(after).enumerate() {
        if value <= previous {
            let series = series.to_owned();
            return Err(PlotError::NotRising { series, index: i + 1, previous, value });
        }
    }
    Ok(())
}

/// Refuses an empty list.
pub(crate) fn not_empty<T>(what: &str, missing: &'static str, list: &[T]) -> Result<(), PlotError> {
    if list.is_empty() {
        return Err(PlotError::Empty { what: what.to_owned(), missing });
    }
    Ok(())
}
