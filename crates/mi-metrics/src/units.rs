//! Units of information as types.
//!
//! Functions of this crate return `f64`, in nats. Wrap a number in one of these types to name or
//! change its unit: one nat is 1 / ln 2 = 1.4427 bits, or 1 / ln 10 = 0.43429 hartleys.

use std::f64::consts::{LN_2, LN_10, LOG2_10, LOG2_E, LOG10_2, LOG10_E};
use std::fmt;

/// Information to base e: the unit of every `f64` that this crate returns.
///
/// ```
/// use mi_metrics::{Bits, JointHistogram, Nats};
///
/// let joint = JointHistogram::from_counts(vec![4, 0, 0, 4], (2, 2))?;
/// let bits = Bits::from(Nats(joint.mutual_information()));
/// assert_eq!(format!("{bits:.3}"), "1.000 bits");
/// # Ok::<(), mi_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Nats(pub f64);

/// Information to base 2, also called shannons.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Bits(pub f64);

/// Information to base 10, also called bans or decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Hartleys(pub f64);

macro_rules! units {
    ($($unit:ident, $name:literal: $($from:ident * $factor:ident = $formula:literal),*;)*) => {$(
        /// Writes the number with the formatter's precision, then the unit.
        impl fmt::Display for $unit {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)?;
                f.write_str(concat!(" ", $name))
            }
        }
        $(
            #[doc = concat!("Multiplies by ", $formula, ", rounded once to `f64`.")]
            impl From<$from> for $unit {
                fn from(value: $from) -> Self {
                    Self(value.0 * $factor)
                }
            }
        )*
    )*};
}

units! {
    Nats, "nats": Bits * LN_2 = "ln 2", Hartleys * LN_10 = "ln 10";
    Bits, "bits": Nats * LOG2_E = "1 / ln 2", Hartleys * LOG2_10 = "log2 10";
    Hartleys, "hartleys": Nats * LOG10_E = "1 / ln 10", Bits * LOG10_2 = "log10 2";
}
