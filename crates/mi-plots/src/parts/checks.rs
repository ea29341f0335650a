//! Checks of the data of a figure.

use crate::error::{Error, Result};

/// The largest value. Above it, differences of values overflow.
const MAGNITUDE_LIMIT: f64 = 1e300;

/// Each value must be finite and not huge.
pub(crate) fn finite(series: &str, values: impl IntoIterator<Item = f64>) -> Result<()> {
    for (index, value) in values.into_iter().enumerate() {
        if !value.is_finite() || value.abs() > MAGNITUDE_LIMIT {
            return Err(Error::NotFinite { series: series.to_owned(), index, value });
        }
    }
    Ok(())
}

/// Each value must be above 0, for a logarithmic axis.
pub(crate) fn positive(series: &str, values: impl IntoIterator<Item = f64>) -> Result<()> {
    match values.into_iter().enumerate().find(|(_, value)| *value <= 0.0) {
        Some((index, value)) => Err(Error::NotPositive { series: series.to_owned(), index, value }),
        None => Ok(()),
    }
}

/// Each value must be above the one before it.
pub(crate) fn rising(series: &str, values: impl IntoIterator<Item = f64> + Clone) -> Result<()> {
    let after = values.clone().into_iter().skip(1);
    for (i, (previous, value)) in values.into_iter().zip(after).enumerate() {
        if value <= previous {
            let series = series.to_owned();
            return Err(Error::NotRising { series, index: i + 1, previous, value });
        }
    }
    Ok(())
}

/// The name of a figure in errors.
pub(crate) fn figure(title: &str) -> String {
    format!("figure \"{title}\"")
}

/// A list must have an element.
pub(crate) fn not_empty<T>(what: &str, missing: &'static str, list: &[T]) -> Result<()> {
    if list.is_empty() {
        return Err(Error::Empty { what: what.to_owned(), missing });
    }
    Ok(())
}
