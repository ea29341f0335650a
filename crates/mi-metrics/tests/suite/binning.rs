//! Constructors of binned arrays and rules for their number of bins, against numpy and scipy
//! (`data/make_estimator_reference.py`).

use crate::common::lcg;
use mi_metrics::{BinRule, BinnedArray, Error, Location, MAX_BINS, Sample};
use proptest::prelude::*;
use serde_json::Value;

const NONE: [f64; 0] = [];

/// Compares with the values of a case of the reference.
fn check<T: Sample>(case: &Value, values: &[T], range: std::ops::RangeInclusive<T>) {
    let name = case["name"].as_str().unwrap();
    let rules = [BinRule::Sturges, BinRule::Doane, BinRule::Scott, BinRule::FreedmanDiaconis];
    for (key, rule) in ["sturges", "doane", "scott", "fd"].into_iter().zip(rules) {
        let expected = case["rules"][key].as_u64().unwrap() as usize;
        assert_eq!(rule.bins(values), Ok(expected), "{name}, {key}");
    }
    let counts = |expected: &Value, binned: BinnedArray, what: &str| {
        let expected: Vec<u64> =
            expected.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        let got: Vec<u64> = binned.counts().iter().copied().map(u64::from).collect();
        assert_eq!(got, expected, "{name}, {what}");
    };
    for bins in ["3", "8", "20"] {
        let binned = BinnedArray::equal_mass(values, bins.parse().unwrap()).unwrap();
        counts(&case["equal_mass"][bins], binned, "equal mass");
    }
    if case["edges"].is_array() {
        counts(&case["in_range"], BinnedArray::in_range(values, range, 7).unwrap(), "in range");
        let edges: Vec<f64> =
            case["edges"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        counts(&case["from_edges"], BinnedArray::from_edges(values, &edges).unwrap(), "edges");
    }
}

#[test]
fn numpy_and_scipy_agree() {
    let reference: Value =
        serde_json::from_str(include_str!("../data/estimator_reference.json")).unwrap();
    let cases = reference["arrays"].as_array().unwrap();
    assert_eq!(cases.len(), 13);
    let uniform = lcg(1, 1000);
    let skewed: Vec<f64> = uniform.iter().map(|v| v * v * v).collect();
    let scaled = |exponent| uniform[..64].iter().map(|v| v * 2.0_f64.powi(exponent)).collect();
    for case in cases {
        let values: Vec<f64> = match case["name"].as_str().unwrap() {
            "uniform" => uniform.clone(),
            "skewed" => skewed.clone(),
            "skewed float32" => {
                let values: Vec<f32> = skewed.iter().map(|&v| v as f32).collect();
                check(case, &values, -0.25..=1.25);
                continue;
            }
            "bytes" => {
                let values: Vec<u8> = (0..1000).map(|i| (i * 7919 % 251) as u8).collect();
                check(case, &values, 0..=255);
                continue;
            }
            "few bytes" => {
                let values: Vec<u8> = (0..1000).map(|i| (i % 4) as u8).collect();
                check(case, &values, 0..=255);
                continue;
            }
            "zeros" => uniform.iter().map(|&v| if v < 0.8 { 0.0 } else { v }).collect(),
            "squares" => (0..1000).map(|i| f64::from(i * i)).collect(),
            "cube" => (0..8).map(f64::from).collect(),
            "tiny" => scaled(-900),
            "huge" => scaled(900),
            "outlier" => [&uniform[..99], &[40.0]].concat(),
            "two" => vec![1.0, 2.5],
            "constant" => vec![0.1; 50],
            other => panic!("no formula for {other}"),
        };
        check(case, &values, -0.25..=1.25);
    }
}

#[test]
fn a_rule_gives_at_most_the_maximum() {
    let mut values = lcg(5, 1000);
    values.push(1e300);
    assert_eq!(BinRule::FreedmanDiaconis.bins(&values), Ok(MAX_BINS));
    for rule in BinRule::ALL {
        assert_eq!(rule.bins(&[7.5_f32]), Ok(1), "{rule:?}");
        let bins = rule.bins(&[-1.0, 0.5, 0.0, -0.5, 1.0].map(|v| v * f64::MAX)).unwrap();
        assert!((1..10).contains(&bins), "{rule:?}: {bins}");
    }
}

#[test]
fn bytes_in_their_whole_range_keep_their_levels() {
    let bytes: Vec<u8> = (0..=255).rev().collect();
    let binned = BinnedArray::in_range(&bytes, 0..=255, 256).unwrap();
    assert!(binned.indices().iter().copied().eq(bytes.iter().copied().map(u16::from)));
}

#[test]
fn values_outside_are_named() {
    let outside = |index, value, low, high| Err(Error::OutOfRange { index, value, low, high });
    let values = [0.5, 1.0, 1.5, -3.0];
    assert_eq!(BinnedArray::in_range(&values, 0.0..=1.0, 4), outside(2, 1.5, 0.0, 1.0));
    assert_eq!(BinnedArray::in_range(&values, -4.0..=1.0, 4), outside(2, 1.5, -4.0, 1.0));
    assert_eq!(BinnedArray::from_edges(&values, &[0.0, 1.0, 2.0]), outside(3, -3.0, 0.0, 2.0));
    assert_eq!(
        BinnedArray::in_range(&[3_u8], 4..=9, 2).unwrap_err().to_string(),
        "value 0 is 3, outside 4 to 9: widen the range, or drop or clamp it"
    );
    for (index, bad) in [(0, f64::INFINITY), (3, f64::NAN), (1, f64::NEG_INFINITY)] {
        let mut values = values.map(f64::abs);
        values[index] = bad;
        let errors = [
            BinnedArray::in_range(&values, 0.0..=9.0, 4).unwrap_err(),
            BinnedArray::from_edges(&values, &[0.0, 9.0]).unwrap_err(),
            BinnedArray::equal_mass(&values, 2).unwrap_err(),
            BinRule::Scott.bins(&values).unwrap_err(),
        ];
        for error in errors {
            let expected = Error::NonFinite { location: Location::Array, index, value: bad };
            assert_eq!(error.to_string(), expected.to_string());
        }
    }
}

#[test]
fn invalid_ranges_and_edges_are_refused() {
    let values = [0.5];
    for (low, high) in [(1.0, 0.0), (0.0, f64::INFINITY), (f64::NEG_INFINITY, 1.0)] {
        let expected = Err(Error::Range { low, high });
        assert_eq!(BinnedArray::in_range(&values, low..=high, 4), expected);
    }
    assert!(matches!(
        BinnedArray::in_range(&values, f64::NAN..=1.0, 4),
        Err(Error::Range { low, high: 1.0 }) if low.is_nan()
    ));
    for edges in [&[][..], &[1.0]] {
        let expected = Err(Error::BinCount { bins: 0, max: MAX_BINS });
        assert_eq!(BinnedArray::from_edges(&values, edges), expected);
    }
    for (edges, index) in
        [([0.0, 0.0, 1.0], 1), ([0.0, 2.0, 1.0], 2), ([f64::NEG_INFINITY, 0.0, 1.0], 0)]
    {
        let expected = Err(Error::Edge { index, value: edges[index] });
        assert_eq!(BinnedArray::from_edges(&values, &edges), expected);
    }
    assert!(matches!(
        BinnedArray::from_edges(&values, &[0.0, f64::NAN]),
        Err(Error::Edge { index: 1, .. })
    ));
    assert_eq!(BinnedArray::in_range(&NONE, 0.0..=1.0, 4), Err(Error::Empty));
    assert_eq!(BinnedArray::from_edges(&NONE, &[0.0, 1.0]), Err(Error::Empty));
    assert_eq!(BinnedArray::equal_mass(&NONE, 4), Err(Error::Empty));
    assert_eq!(BinRule::Doane.bins(&NONE), Err(Error::Empty));
    for bins in [0, MAX_BINS + 1] {
        let expected = Err(Error::BinCount { bins, max: MAX_BINS });
        assert_eq!(BinnedArray::in_range(&values, 0.0..=1.0, bins), expected);
        assert_eq!(BinnedArray::equal_mass(&values, bins), expected);
    }
}

#[test]
fn a_range_of_one_value_has_one_occupied_bin() {
    let binned = BinnedArray::in_range(&[2.0_f32, 2.0], 2.0..=2.0, 5).unwrap();
    assert_eq!(binned.counts(), [2, 0, 0, 0, 0]);
}

#[test]
fn a_constant_array_has_one_occupied_equal_mass_bin() {
    let binned = BinnedArray::equal_mass(&[0.1_f32; 7], 4).unwrap();
    assert_eq!(binned.counts(), [0, 0, 0, 7]);
    assert_eq!(binned.entropy(), 0.0);
}

proptest! {
    #[test]
    fn giving_the_range_of_the_array_changes_nothing(
        (values, bins) in (prop::collection::vec(-1e3..1e3_f32, 1..300), 1..300_usize),
    ) {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        prop_assert_eq!(
            BinnedArray::in_range(&values, low..=high, bins).unwrap(),
            BinnedArray::new(&values, bins).unwrap()
        );
    }

    #[test]
    fn equal_mass_bins_depend_on_the_order_of_values_alone(
        (values, bins) in (prop::collection::vec(-20..20_i8, 1..300), 1..300_usize),
    ) {
        let exact: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let binned = BinnedArray::equal_mass(&exact, bins).unwrap();
        let mut pairs: Vec<(i8, u16)> =
            values.iter().copied().zip(binned.indices().iter().copied()).collect();
        let curved: Vec<f32> = values.iter().map(|&v| f32::from(v).powi(3) - 5.0).collect();
        prop_assert_eq!(BinnedArray::equal_mass(&curved, bins).unwrap(), binned);

        // Sorted, the same values are in the same bins, equal values in one, larger ones no lower.
        pairs.sort_unstable();
        let (sorted, indices): (Vec<f64>, Vec<u16>) =
            pairs.iter().map(|&(value, bin)| (f64::from(value), bin)).unzip();
        let of_sorted = BinnedArray::equal_mass(&sorted, bins).unwrap();
        prop_assert_eq!(of_sorted.indices(), &indices[..]);
        for pair in pairs.windows(2) {
            prop_assert!(pair[0].1 <= pair[1].1 && (pair[0].0 < pair[1].0 || pair[0] == pair[1]));
        }
    }

    #[test]
    fn equal_mass_bins_are_those_between_exact_quantiles(
        (values, bins) in (prop::collection::vec(-20..20_i8, 1..300), 1..30_usize),
    ) {
        let mut sorted: Vec<i64> = values.iter().copied().map(i64::from).collect();
        sorted.sort_unstable();
        // In units of 1 / bins every quantile is a whole number.
        let quantile = |b: usize| {
            let (below, part) = ((sorted.len() - 1) * b / bins, (sorted.len() - 1) * b % bins);
            let above = sorted[(below + 1).min(sorted.len() - 1)];
            sorted[below] * bins as i64 + (above - sorted[below]) * part as i64
        };
        let binned = BinnedArray::equal_mass(&values.iter().copied().map(f64::from).collect::<Vec<_>>(), bins).unwrap();
        for (&value, &bin) in values.iter().zip(binned.indices()) {
            let at_or_below = |&b: &usize| quantile(b) <= i64::from(value) * bins as i64;
            prop_assert_eq!(usize::from(bin), (1..bins).filter(at_or_below).count());
        }
    }

    #[test]
    fn distinct_values_fill_equal_mass_bins_evenly((n, bins) in (1..500_usize, 1..100_usize)) {
        let values: Vec<f64> = (0..n).map(|i| ((i * 7919 % 10007) as f64).sqrt()).collect();
        let binned = BinnedArray::equal_mass(&values, bins).unwrap();
        let even = (n - 1) / bins..=(n - 1).div_ceil(bins) + 1;
        let is_even = |&count: &u32| even.contains(&(count as usize));
        prop_assert!(binned.counts().iter().all(is_even), "{:?}", binned.counts());
    }
}
