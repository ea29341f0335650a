//! The types of values, and a slice of any of them.
//!
//! A generic function is compiled in the crate that calls it, at the optimisation level of that
//! crate. Here that would make a program built without optimisation a hundred times as slow. So the
//! generic functions of this crate do one thing: they turn their slices into [`Values`] and call a
//! function that is not generic.

use std::ops::Range;

/// A type of value: `f32`, `f64` or `u8`.
///
/// The trait is sealed. Prefer `u8` for 8-bit images: its bins are exact. Gray levels that were
/// divided by 255 are rounded, which can move a level on an edge between bins (level 51 at 20 bins,
/// for example) into the bin below.
pub trait Sample: sealed::Sealed + Copy + Into<f64> + Send + Sync + 'static {}

pub(crate) mod sealed {
    use super::Values;

    pub trait Sealed: Sized {
        /// The slice as one of a known type.
        fn values(values: &[Self]) -> Values<'_>;
    }
}

/// A slice of one of the three types.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    U8(&'a [u8]),
}

macro_rules! samples {
    ($($type:ident $variant:ident),*) => {$(
        impl Sample for $type {}

        impl sealed::Sealed for $type {
            #[inline]
            fn values(values: &[Self]) -> Values<'_> {
                Values::$variant(values)
            }
        }
    )*};
}

samples!(f32 F32, f64 F64, u8 U8);

/// `typed!(values, |slice| expression)`: the expression with `slice` as a slice of its own type.
macro_rules! typed {
    ($values:expr, |$slice:ident| $expression:expr) => {
        match $values {
            $crate::sample::Values::F32($slice) => $expression,
            $crate::sample::Values::F64($slice) => $expression,
            $crate::sample::Values::U8($slice) => $expression,
        }
    };
}
pub(crate) use typed;

impl Values<'_> {
    pub(crate) fn len(self) -> usize {
        typed!(self, |values| values.len())
    }

    /// The values at the positions of `range`, which must exist.
    pub(crate) fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[range]),
            Self::F64(values) => Self::F64(&values[range]),
            Self::U8(values) => Self::U8(&values[range]),
        }
    }

    /// A function of each value.
    pub(crate) fn map<R>(self, f: impl Fn(f64) -> R) -> Vec<R> {
        typed!(self, |values| map(values, f))
    }

    pub(crate) fn to_f64(self) -> Vec<f64> {
        self.map(|v| v)
    }

    /// Position and value of the first value that is not within `low..=high`; NaN never is.
    pub(crate) fn first_outside(self, low: f64, high: f64) -> Option<(usize, f64)> {
        typed!(self, |values| first_outside(values, low, high))
    }
}

fn map<T: Sample, R>(values: &[T], f: impl Fn(f64) -> R) -> Vec<R> {
    values.iter().map(|&v| f(v.into())).collect()
}

fn first_outside<T: Sample>(values: &[T], low: f64, high: f64) -> Option<(usize, f64)> {
    let mut values = values.iter().map(|&v| v.into()).enumerate();
    values.find(|&(_, value)| !(low <= value && value <= high))
}
