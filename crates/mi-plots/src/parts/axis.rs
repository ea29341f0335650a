//! Ranges of axes, round ticks and their numbers.

use crate::canvas::font::{self, Weight};
use crate::theme::SMALL_SIZE;

/// The smallest distance between numbers side by side.
const APART: f64 = 18.0;

/// One mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: String,
}

/// An axis: its name with the unit, its range, and its ticks.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Vec<Tick>,
}

/// How values are placed along an x axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal ratios are equally far apart. Values must be above 0.
    #[default]
    Log2,
    /// Equal differences are equally far apart.
    Linear,
}

impl Scale {
    /// The place of a value along the axis.
    pub(crate) fn place(self, value: f64) -> f64 {
        match self {
            Self::Log2 => value.log2(),
            Self::Linear => value,
        }
    }
}

/// The room for ticks along an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Room {
    /// Numbers side by side along this many pixels.
    Across(f64),
    /// Numbers stacked along this many pixels.
    Up(f64),
}

impl Axis {
    /// An axis with ticks at round values within `low..=high`, or at integers only if `whole`.
    pub(crate) fn new(label: &str, (low, high): (f64, f64), whole: bool, room: Room) -> Self {
        let wanted = match room {
            Room::Across(length) => length / 85.0,
            Room::Up(length) => length / 52.0,
        };
        let mut count = wanted.clamp(2.0, 8.0);
        let mut ticks = ticks(low, high, count, whole);
        // Wide numbers need more distance than usual.
        if let Room::Across(length) = room {
            while count > 1.0 && crowded(&ticks, high - low, length) {
                count -= 1.0;
                ticks = self::ticks(low, high, count, whole);
            }
        }
        Self { label: label.to_owned(), low, high, ticks }
    }

    /// An axis with ticks at the given values. Values and ends are stored as their places on the
    /// scale.
    ///
    /// A number that would be too near to the one before it is left out, but its tick is drawn.
    pub(crate) fn at_values(
        label: &str,
        values: impl IntoIterator<Item = f64>,
        scale: Scale,
        length: f64,
    ) -> Self {
        // The size of a figure is computed before its data is checked: leave out invalid values.
        let mut values: Vec<f64> =
            values.into_iter().filter(|&v| v.is_finite() && scale.place(v).is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let (low, high) = padded(extent(values.iter().map(|&v| scale.place(v))), 0.06);
        let mut taken = f64::NEG_INFINITY;
        let tick = |value: f64| {
            let text = plain(value);
            let half = number_width(&text) / 2.0;
            let at = (scale.place(value) - low) / (high - low) * length;
            let free = at - half >= taken + APART / 2.0;
            if free {
                taken = at + half;
            }
            Tick { value: scale.place(value), text: if free { text } else { String::new() } }
        };
        let ticks = values.into_iter().map(tick).collect();
        Self { label: label.to_owned(), low, high, ticks }
    }

    /// The position of a value: 0 at the low end, 1 at the high end.
    pub(crate) fn unit(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Width of the widest number.
    pub(crate) fn number_width(&self) -> f64 {
        self.ticks.iter().map(|t| number_width(&t.text)).fold(0.0, f64::max)
    }
}

fn number_width(text: &str) -> f64 {
    font::width(text, Weight::Regular, SMALL_SIZE)
}

fn crowded(ticks: &[Tick], span: f64, length: f64) -> bool {
    ticks.windows(2).any(|pair| {
        let distance = (pair[1].value - pair[0].value) / span * length;
        (number_width(&pair[0].text) + number_width(&pair[1].text)) / 2.0 + APART > distance
    })
}

/// The smallest and the largest value, or `(0, 1)` if there are none.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// A range widened on both sides by a share of its length. Equal ends are moved apart
/// around their value.
pub(crate) fn padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let span = high - low;
    let size = low.abs().max(high.abs());
    if span <= size * 1e-9 {
        let half = if size > 0.0 { size * 0.1 } else { 0.5 };
        return (low - half, high + half);
    }
    (low - share * span, high + share * span)
}

/// About `count` round values in a range: multiples of 1, 2 or 5 times a power of ten.
fn ticks(low: f64, high: f64, count: f64, whole: bool) -> Vec<Tick> {
    let rough = (high - low) / count;
    // The data may not have been checked yet.
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let mut exponent = rough.log10().floor() as i32;
    let mut digit = match rough / 10f64.powi(exponent) {
        d if d < 1.5 => 1.0,
        d if d < 3.5 => 2.0,
        d if d < 7.0 => 5.0,
        _ => 10.0,
    };
    if digit == 10.0 {
        (digit, exponent) = (1.0, exponent + 1);
    }
    if whole && exponent < 0 {
        (digit, exponent) = (1.0, 0);
    }
    let step = digit * 10f64.powi(exponent);
    let slack = 1e-9;
    let (first, last) = ((low / step - slack).ceil(), (high / step + slack).floor());
    // The range has few steps. The limit is only for rounding at extreme magnitudes.
    let values = (0..=40).map(|i| first + f64::from(i)).take_while(|&n| n <= last);
    let largest = low.abs().max(high.abs());
    values.map(|n| Tick { value: n * step, text: number(n * digit, exponent, largest) }).collect()
}

/// The text of `units * 10^exponent` with as many decimals as the step has, or like `3e9` if plain
/// digits get long. (The embedded font has no superscript minus for `10⁻⁹`.)
fn number(units: f64, exponent: i32, largest: f64) -> String {
    let magnitude = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    let text = if units == 0.0 {
        "0".to_owned()
    } else if !(-4..7).contains(&magnitude) {
        let decimals = (magnitude - exponent).clamp(0, 15) as usize;
        let mantissa = units * 10f64.powi(exponent - magnitude);
        format!("{mantissa:.decimals$}e{magnitude}")
    } else {
        let decimals = (-exponent).clamp(0, 15) as usize;
        format!("{:.decimals$}", units * 10f64.powi(exponent))
    };
    text.replace('-', "−")
}

/// A number in at most seven digits.
fn plain(value: f64) -> String {
    let rounded: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    let is_short = rounded == 0.0 || (1e-4..1e7).contains(&rounded.abs());
    let text = if is_short { rounded.abs().to_string() } else { format!("{:e}", rounded.abs()) };
    let text = if rounded < 0.0 { format!("-{text}") } else { text };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64, count: f64, whole: bool) -> Vec<String> {
        ticks(low, high, count, whole).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts(0.0, 1.0, 5.0, false), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(1.0, 50.0, 5.0, true), ["10", "20", "30", "40", "50"]);
        assert_eq!(texts(-1.4, -1.1, 4.0, false), ["−1.4", "−1.3", "−1.2", "−1.1"]);
        assert_eq!(texts(0.0, 5000.0, 5.0, true)[5], "5000");
    }

    #[test]
    fn counts_have_no_fractions() {
        assert_eq!(texts(0.5, 1.5, 6.0, true), ["1"]);
        assert_eq!(texts(0.0, 3.0, 10.0, true), ["0", "1", "2", "3"]);
    }

    #[test]
    fn far_magnitudes_have_an_exponent() {
        assert_eq!(texts(0.0, 3e9, 3.0, false)[1..], ["1e9", "2e9", "3e9"]);
        assert_eq!(texts(0.0, 4e-7, 4.0, false)[1], "1e−7");
    }

    #[test]
    fn any_range_gives_few_and_distinct_ticks() {
        for (low, high) in
            [(1.0, 1.0), (0.0, 0.0), (-1e300, 1e300), (1e300, 1e300), (1.0, 1.0 + 1e-13)]
        {
            let (low, high) = padded((low, high), 0.05);
            assert!(low < high);
            let marks = ticks(low, high, 8.0, false);
            assert!((2..=12).contains(&marks.len()), "{low} {high} {marks:?}");
            assert!(marks.windows(2).all(|m| m[0].text != m[1].text), "{marks:?}");
        }
    }

    #[test]
    fn doublings_are_equally_far_apart() {
        let axis = Axis::at_values("bins", [16.0, 8.0, 32.0, 16.0], Scale::Log2, 400.0);
        assert_eq!(axis.ticks.iter().map(|t| &t.text[..]).collect::<Vec<_>>(), ["8", "16", "32"]);
        let at: Vec<f64> = axis.ticks.iter().map(|t| axis.unit(t.value)).collect();
        assert!((at[1] - at[0] - (at[2] - at[1])).abs() < 1e-12 && at[0] > 0.0 && at[2] < 1.0);
    }

    #[test]
    fn differences_are_equally_far_apart_on_a_linear_axis() {
        let axis = Axis::at_values("blur", [1.0, 3.0, 0.0, -1.0], Scale::Linear, 400.0);
        let texts: Vec<_> = axis.ticks.iter().map(|t| &t.text[..]).collect();
        assert_eq!(texts, ["−1", "0", "1", "3"]);
        let at: Vec<f64> = axis.ticks.iter().map(|t| axis.unit(t.value)).collect();
        assert!((2.0 * (at[1] - at[0]) - (at[3] - at[2])).abs() < 1e-12);
    }

    #[test]
    fn crowded_doublings_keep_ticks_and_lose_numbers() {
        let axis = Axis::at_values("n", (1..=200).map(f64::from), Scale::Log2, 300.0);
        assert_eq!(axis.ticks.len(), 200);
        let numbers = axis.ticks.iter().filter(|t| !t.text.is_empty()).count();
        assert!((4..20).contains(&numbers), "{numbers}");
    }

    #[test]
    fn any_number_can_be_written() {
        let numbers = [256.0, 0.5, 1.0 / 3.0, 1e7, 2.5e-9, 5e-324, 1e300, 1_048_576.0, -3.5, 0.0];
        let texts =
            ["256", "0.5", "0.3333333", "1e7", "2.5e−9", "5e−324", "1e300", "1048576", "−3.5", "0"];
        assert_eq!(numbers.map(plain), texts);
    }

    #[test]
    fn numbers_along_a_narrow_axis_keep_apart() {
        let axis = Axis::new("x", (0.0, 3e9), false, Room::Across(300.0));
        assert!(!crowded(&axis.ticks, 3e9, 300.0), "{axis:?}");
    }
}
