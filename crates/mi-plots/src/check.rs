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

/// Refuses an empty list.
pub(crate) fn not_empty<T>(what: &str, missing: &'static str, list: &[T]) -> Result<(), PlotError> {
    if list.is_empty() {
        return Err(PlotError::Empty { what: what.to_owned(), missing });
    }
    Ok(())
}
