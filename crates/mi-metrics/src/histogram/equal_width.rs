//! The bin of a value, of bins of equal width.
//!
//! A range with smallest value `lo` and largest `hi` is divided into `bins` equal widths, half
//! open, the last one closed, as `numpy.histogram2d` does. A value `v` is in bin
//!
//! ```text
//! min(bins - 1, floor((v - lo) * bins / (hi - lo)))
//! ```
//!
//! * `u8`: that formula in integers, exact.
//! * `f32`, `f64`: `min(bins - 1, trunc((u*v - u*lo) * s))` in the arithmetic of the type, each
//!   operation rounded, with `s = next_up(bins / (u*hi - u*lo))`. The factor `u` is 1 unless the
//!   range is so wide or so narrow that a step would overflow; then it is a power of two.
//!
//! `next_up` (the next larger float) makes the rounding one-sided. If both differences are exact,
//! as for integers, the computed position reaches every integer that the exact position reaches,
//! and exceeds it by at most 2^-22 of itself (f32; 2^-51 in f64). So a value on an edge is in the
//! upper bin, and integers with `bins * (hi - lo) < 2^22` (2^51) are in their exact bins. Without
//! `next_up`, 2,102 of the 8,421,120 values of all 8-bit ranges at 1 to 256 bins are one bin too
//! low in f32.
//!
//! numpy compares with rounded edges instead. The two can differ only for values within a few
//! roundings of an edge: 5 of 2,764,800 normal f32 samples at 20 bins.
//!
//! A constant array has no width; all its values are in bin 0. (numpy widens the range and uses a
//! middle bin.) Entropy and information are zero either way.

use crate::error::{Error, Location, Result};

/// A type whose values have bins: the rule of an array is made first, then gives the bin
/// of each value.
pub(crate) trait Binning: Copy {
    /// What must be known of an array before its values can be binned.
    type Rule;

    /// The rule of a non-empty array, which is read once; `bins` is 1 to `MAX_BINS`.
    ///
    /// # Errors
    /// [`Error::NonFinite`] with `location` and the first such value.
    fn rule(location: Location, values: &[Self], bins: usize) -> Result<Self::Rule>;

    /// The rule for values within `lo..=hi`, which are finite and of this type; `lo <= hi`.
    fn rule_over(lo: f64, hi: f64, bins: usize) -> Self::Rule;

    /// The bin of a value of the array. Inlined into a loop it is vectorised.
    fn bin<const ROUNDS: bool>(rule: &Self::Rule, value: Self) -> u16;
}

impl Binning for u8 {
    /// The bin of each of the 256 values.
    type Rule = [u16; 256];

    #[inline(always)]
    fn rule(_: Location, values: &[Self], bins: usize) -> Result<Self::Rule> {
        let (lo, hi) = values.iter().fold((u8::MAX, 0), |(lo, hi), &v| (lo.min(v), hi.max(v)));
        Ok(Self::rule_over(lo.into(), hi.into(), bins))
    }

    #[inline(always)]
    fn rule_over(lo: f64, hi: f64, bins: usize) -> Self::Rule {
        let (lo, hi) = (lo as u8, hi as u8);
        let mut table = [0; 256];
        if lo < hi {
            let width = usize::from(hi - lo);
            for (above, bin) in table[usize::from(lo)..=usize::from(hi)].iter_mut().enumerate() {
                *bin = (above * bins / width).min(bins - 1) as u16;
            }
        }
        table
    }

    #[inline(always)]
    fn bin<const ROUNDS: bool>(rule: &Self::Rule, value: Self) -> u16 {
        rule[usize::from(value)]
    }
}

/// The rule of a floating-point array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FloatRule<T> {
    /// `u`, a power of two that keeps every step in range.
    unit: T,
    /// `u * lo`
    low: T,
    /// `next_up(bins / (u*hi - u*lo))`, or 0 for a constant array.
    scale: T,
    /// `bins - 1`
    last: T,
}

macro_rules! float_binning {
    (
        $float:ident, lanes: $lanes:literal, whole: $whole:literal,
        wide: $wide:literal, narrow: $narrow:literal, grow: $grow:literal
    ) => {
        impl Binning for $float {
            type Rule = FloatRule<$float>;

            #[inline(always)]
            fn rule(location: Location, values: &[Self], bins: usize) -> Result<Self::Rule> {
                // Independent lanes, so that the loop compiles to vectors.
                let mut lo = [<$float>::INFINITY; $lanes];
                let mut hi = [<$float>::NEG_INFINITY; $lanes];
                let mut not_finite = [0; $lanes];
                let mut visit = |chunk: &[$float]| {
                    for (l, &v) in chunk.iter().enumerate() {
                        lo[l] = if v < lo[l] { v } else { lo[l] };
                        hi[l] = if v > hi[l] { v } else { hi[l] };
                        // Zero for a finite value; NaN, with bits set, for NaN and infinity.
                        not_finite[l] |= (v - v).to_bits();
                    }
                };
                let (chunks, tail) = values.as_chunks::<$lanes>();
                for chunk in chunks {
                    visit(chunk);
                }
                visit(tail);
                if not_finite.iter().any(|&bits| bits != 0)
                    && let Some(index) = values.iter().position(|v| !v.is_finite())
                {
                    return Err(Error::NonFinite { location, index, value: values[index].into() });
                }
                let mut half = $lanes / 2;
                while half > 0 {
                    for l in 0..half {
                        let (low, high) = (lo[l + half], hi[l + half]);
                        lo[l] = if low < lo[l] { low } else { lo[l] };
                        hi[l] = if high > hi[l] { high } else { hi[l] };
                    }
                    half /= 2;
                }
                Ok(FloatRule::<$float>::new(lo[0], hi[0], bins))
            }

            #[inline(always)]
            fn rule_over(lo: f64, hi: f64, bins: usize) -> Self::Rule {
                FloatRule::<$float>::new(lo as $float, hi as $float, bins)
            }

            #[inline(always)]
            fn bin<const ROUNDS: bool>(rule: &Self::Rule, value: Self) -> u16 {
                let FloatRule { unit, low, scale, last } = *rule;
                let position = (unit * value - low) * scale;
                let position = if position < last { position } else { last };
                // Truncation. A cast checks each value for NaN and overflow, which takes five times
                // as long. Adding $whole, at which floats are 1 apart, leaves an integer in the low
                // bits, rounded if the position has a fraction.
                if ROUNDS {
                    return (position.trunc() + $whole).to_bits() as u16;
                }
                let nearest = position + $whole;
                let is_above = nearest - $whole > position;
                (nearest.to_bits() as u16).wrapping_sub(is_above.into())
            }
        }

        impl FloatRule<$float> {
            fn new(lo: $float, hi: $float, bins: usize) -> Self {
                let bins = bins as $float; // at most MAX_BINS, so exact
                let last = bins - 1.0;
                if lo == hi {
                    return Self { unit: 1.0, low: lo, scale: 0.0, last };
                }
                // Both thresholds leave room for a factor of MAX_BINS = 2^12.
                let range = hi - lo;
                let unit = if range > $wide {
                    0.0625
                } else if range < $narrow {
                    $grow
                } else {
                    1.0
                };
                let low = unit * lo;
                Self { unit, low, scale: (bins / (unit * hi - low)).next_up(), last }
            }
        }
    };
}

// `whole` is 2^23 and 2^52, `grow` is 2^64 and 2^600.
float_binning!(
    f32, lanes: 32, whole: 8388608.0,
    wide: 1e37, narrow: 1e-30, grow: 18446744073709551616.0
);
float_binning!(
    f64, lanes: 16, whole: 4503599627370496.0,
    wide: 1e307, narrow: 1e-270, grow: 4.149515568880993e180
);

#[cfg(test)]
mod tests {
    use super::*;

    fn bins_of<T: Binning>(values: &[T], bins: usize) -> Vec<u16> {
        let rule = T::rule(Location::Array, values, bins).unwrap();
        let bins_of: Vec<u16> = values.iter().map(|&v| T::bin::<false>(&rule, v)).collect();
        assert!(values.iter().map(|&v| T::bin::<true>(&rule, v)).eq(bins_of.iter().copied()));
        bins_of
    }

    #[test]
    fn every_8_bit_range_is_binned_exactly_in_all_three_types() {
        for range in 1..=255_u8 {
            let bytes: Vec<u8> = (0..=range).collect();
            let single: Vec<f32> = bytes.iter().map(|&v| f32::from(v) - 40.0).collect();
            let double: Vec<f64> = bytes.iter().map(|&v| f64::from(v) + 1000.0).collect();
            for bins in 1..=256 {
                let exact: Vec<u16> = bytes
                    .iter()
                    .map(|&v| (usize::from(v) * bins / usize::from(range)).min(bins - 1) as u16)
                    .collect();
                assert_eq!(bins_of(&bytes, bins), exact, "u8, {range}, {bins} bins");
                assert_eq!(bins_of(&single, bins), exact, "f32, {range}, {bins} bins");
                assert_eq!(bins_of(&double, bins), exact, "f64, {range}, {bins} bins");
            }
        }
    }

    #[test]
    fn the_f32_rule_is_the_documented_formula() {
        let values: Vec<f32> = (0..1000).map(|i| (i * 7919 % 1009) as f32 * 0.37 - 100.0).collect();
        let lo = values.iter().copied().fold(f32::INFINITY, f32::min);
        let hi = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for bins in [1, 2, 20, 255, 4096] {
            let scale = (bins as f32 / (hi - lo)).next_up();
            let expected: Vec<u16> =
                values.iter().map(|v| (((v - lo) * scale) as usize).min(bins - 1) as u16).collect();
            assert_eq!(bins_of(&values, bins), expected, "{bins} bins");
        }
    }

    #[test]
    fn extreme_ranges_are_divided_evenly() {
        // 0, 1, .. 8 eighths of the widest and of the narrowest range of each type.
        let expected = [0, 1, 2, 3, 4, 5, 6, 7, 7];
        let wide: Vec<f32> = (0..9).map(|i| (i as f32 / 4.0 - 1.0) * f32::MAX).collect();
        assert_eq!(bins_of(&wide, 8), expected);
        let wide: Vec<f64> = (0..9).map(|i| (f64::from(i) / 4.0 - 1.0) * f64::MAX).collect();
        assert_eq!(bins_of(&wide, 8), expected);
        let narrow: Vec<f32> = (0..9).map(f32::from_bits).collect();
        assert_eq!(bins_of(&narrow, 8), expected);
        let narrow: Vec<f64> = (0..9).map(f64::from_bits).collect();
        assert_eq!(bins_of(&narrow, 8), expected);
        // Eight neighbouring floats far from zero: a narrow range that is not subnormal.
        let narrow: Vec<f32> = (0..9).map(|i| f32::from_bits(1e-25_f32.to_bits() + i)).collect();
        assert_eq!(bins_of(&narrow, 8), expected);
        for bins in [1, 3, 4096] {
            assert_eq!(bins_of(&[-f32::MAX, f32::MAX], bins), [0, bins as u16 - 1]);
            assert_eq!(bins_of(&[-f64::MAX, f64::MAX], bins), [0, bins as u16 - 1]);
            assert_eq!(bins_of(&[0.0, f32::from_bits(1)], bins), [0, bins as u16 - 1]);
            assert_eq!(bins_of(&[0.0, f64::from_bits(1)], bins), [0, bins as u16 - 1]);
        }
    }

    #[test]
    fn growth_factors_are_powers_of_two() {
        assert_eq!(FloatRule::<f32>::new(0.0, 1e-31, 2).unit, 2.0_f32.powi(64));
        assert_eq!(FloatRule::<f64>::new(0.0, 1e-271, 2).unit, 2.0_f64.powi(600));
    }

    #[test]
    fn the_first_value_that_is_not_finite_is_named_at_any_position() {
        for length in [1, 15, 16, 17, 31, 32, 33, 101] {
            for at in 0..length {
                for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let mut values = vec![1.5_f32; length];
                    values[at..].fill(bad);
                    let doubles: Vec<f64> = values.iter().map(|&v| v.into()).collect();
                    for error in [
                        f32::rule(Location::X, &values, 4).unwrap_err(),
                        f64::rule(Location::X, &doubles, 4).unwrap_err(),
                    ] {
                        let Error::NonFinite { location, index, value } = error else {
                            panic!("{error}");
                        };
                        assert_eq!((location, index), (Location::X, at));
                        assert_eq!(value.is_nan(), bad.is_nan());
                    }
                }
            }
        }
    }
}
