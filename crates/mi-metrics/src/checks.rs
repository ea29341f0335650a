//! Checks of inputs that several functions make.

use crate::error::{Error, Location, Result};
use crate::sample::Values;

/// An array must have at least one value, and no more than a `u32` can count.
pub(crate) fn check_count(values: usize) -> Result<()> {
    match u32::try_from(values) {
        Ok(0) => Err(Error::Empty),
        Ok(_) => Ok(()),
        Err(_) => Err(Error::TooManyValues { values: values as u64, max: u32::MAX.into() }),
    }
}

/// Two arrays must pair value for value.
pub(crate) fn check_pairs(x: usize, y: usize) -> Result<()> {
    if x == y { Ok(()) } else { Err(Error::LengthMismatch { x, y }) }
}

/// Each value must be finite.
pub(crate) fn check_finite(location: Location, values: Values<'_>) -> Result<()> {
    check_within(location, values, f64::MIN, f64::MAX)
}

/// Each value must be finite and within `low..=high`.
pub(crate) fn check_within(
    location: Location,
    values: Values<'_>,
    low: f64,
    high: f64,
) -> Result<()> {
    match values.first_outside(low, high) {
        None => Ok(()),
        Some((index, value)) if value.is_finite() => {
            Err(Error::OutOfRange { index, value, low, high })
        }
        Some((index, value)) => Err(Error::NonFinite { location, index, value }),
    }
}

/// The slice called `name` must have as many values as the product of `shape`.
pub(crate) fn check_length(name: &'static str, found: usize, shape: &[usize]) -> Result<()> {
    let expected = shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    match expected {
        Some(expected) if expected == found => Ok(()),
        _ => Err(Error::WrongLength { name, expected: expected.unwrap_or(usize::MAX), found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn an_array_too_long_for_its_counts_is_refused() {
        let max = u32::MAX as usize;
        assert_eq!(check_count(max), Ok(()));
        let expected = Error::TooManyValues { values: max as u64 + 1, max: max as u64 };
        assert_eq!(check_count(max + 1), Err(expected));
    }
}
