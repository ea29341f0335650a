//! Each estimator against numpy, infomeasure and its definition
//! (`data/make_estimator_reference.py`), and properties of the estimates of any table.

use crate::common::{Random, assert_close};
use mi_metrics::{Estimator, JointHistogram};
use proptest::prelude::*;
use serde_json::Value;

/// For values up to 8 from sums of thousands of terms. The reference for the jackknife multiplies
/// differences of information by 9,216.
const TOLERANCE: f64 = 1e-11;

/// The table of a case of the reference: either its counts or a formula for them.
pub(crate) fn table(case: &Value) -> JointHistogram {
    let size = |key: &str| case[key].as_u64().unwrap() as usize;
    let (rows, columns) = (size("rows"), size("columns"));
    if case["table"].is_array() {
        let row = |row: &Value| row.as_array().unwrap().clone();
        let cells = case["table"].as_array().unwrap().iter().flat_map(row);
        let counts = cells.map(|n| n.as_u64().unwrap() as u32).collect();
        return JointHistogram::from_counts(counts, (rows, columns)).unwrap();
    }
    let image: Vec<f64> = (0..9216_u32).map(|i| (i * 7919 % 251).into()).collect();
    let other: Vec<f64> = (0..9216_u64).map(|i| ((i * i * 31 + i * 17) % 1009) as f64).collect();
    JointHistogram::from_slices(&image, &other, rows).unwrap()
}

pub(crate) fn reference() -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../data/estimator_reference.json")).unwrap();
    all["tables"].as_array().unwrap().clone()
}

/// Up to 6 x 7 cells with small counts, many of them empty.
pub(crate) fn tables() -> impl Strategy<Value = JointHistogram> {
    (1..7_usize, 1..8_usize)
        .prop_flat_map(|(rows, columns)| {
            let count = prop_oneof![3 => Just(0_u32), 3 => 1..9_u32, 1 => 9..2000_u32];
            (prop::collection::vec(count, rows * columns), Just(rows), Just(columns))
        })
        .prop_filter_map("not empty", |(counts, rows, columns)| {
            JointHistogram::from_counts(counts, (rows, columns)).ok()
        })
}

/// The table with x and y exchanged.
pub(crate) fn transposed(joint: &JointHistogram) -> JointHistogram {
    let (rows, columns) = joint.shape();
    let cell = |i: usize| joint.counts()[i % rows * columns + i / rows];
    JointHistogram::from_counts((0..rows * columns).map(cell).collect(), (columns, rows)).unwrap()
}

#[test]
fn the_reference_values_are_reproduced() {
    let cases = reference();
    assert_eq!(cases.len(), 11);
    for case in &cases {
        let joint = table(case);
        for estimator in Estimator::ALL {
            let expected = case[estimator.name()].as_f64().unwrap();
            let what = format!("{}, {}", case["name"], estimator.name());
            assert_close(joint.estimate(estimator), expected, TOLERANCE, &what);
        }
    }
}

#[test]
fn names_are_unique() {
    let mut names = Estimator::ALL.map(Estimator::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Estimator::ALL.len());
}

#[test]
fn the_largest_table_and_counts_do_not_overflow() {
    // 2^24 cells; N is u32::MAX.
    let mut counts = vec![0; 4096 * 4096];
    (counts[0], counts[4096 * 4096 - 1]) = (1 << 31, (1 << 31) - 1);
    let joint = JointHistogram::from_counts(counts, (4096, 4096)).unwrap();
    for estimator in Estimator::ALL {
        assert_close(joint.estimate(estimator), 2.0_f64.ln(), 1e-6, estimator.name());
    }
}

#[test]
fn a_probability_rounded_above_one_is_no_harm() {
    let joint = JointHistogram::from_counts(vec![1674, 1], (2, 1)).unwrap();
    assert_close(joint.estimate(Estimator::Shrinkage), 0.0, 1e-15, "one column");
}

#[test]
fn corrections_are_nearer_to_the_truth_than_plug_in() {
    // x is uniform on 6 bins; y is x half of the time, otherwise uniform: I = H(Y) - H(Y|X).
    let (bins, samples, repeats) = (6, 300, 400);
    let (same, other): (f64, f64) = (0.5 + 0.5 / 6.0, 0.5 / 6.0);
    let truth: f64 = 6.0_f64.ln() + same * same.ln() + 5.0 * other * other.ln();
    let mut random = Random(21);
    let mut below = |n: u64| (random.bits() % n) as usize;
    let mut means = Estimator::ALL.map(|_| 0.0);
    for _ in 0..repeats {
        let mut counts = vec![0; bins * bins];
        for _ in 0..samples {
            let x = below(6);
            let y = if below(2) == 0 { x } else { below(6) };
            counts[x * bins + y] += 1;
        }
        let joint = JointHistogram::from_counts(counts, (bins, bins)).unwrap();
        for (mean, estimator) in means.iter_mut().zip(Estimator::ALL) {
            *mean += joint.estimate(estimator) / f64::from(repeats);
        }
    }
    let [plug_in, madow, analytic, shrinkage, jackknife] = means.map(|mean| mean - truth);
    // (6 - 1)^2 / 600 = 0.0417; the mean of 400 is known within 0.002.
    assert_close(plug_in, 0.0417, 0.006, "plug-in");
    for (bias, name) in [(madow, "Miller-Madow"), (analytic, "analytic"), (jackknife, "jackknife")]
    {
        assert_close(bias, 0.0, 0.006, name);
    }
    assert!(shrinkage < 0.0, "shrinkage draws towards independence: {shrinkage}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_jackknife_is_the_mean_over_tables_without_one_value(joint in tables()) {
        let (rows, columns) = joint.shape();
        let values = joint.counts().iter().sum::<u32>();
        prop_assume!(values > 1);
        let (n, mut mean) = (f64::from(values), 0.0);
        for (cell, &count) in joint.counts().iter().enumerate().filter(|&(_, &n)| n > 0) {
            let mut left = joint.counts().to_vec();
            left[cell] -= 1;
            let left = JointHistogram::from_counts(left, (rows, columns)).unwrap();
            mean += f64::from(count) / n * left.mutual_information();
        }
        let expected = n * joint.mutual_information() - (n - 1.0) * mean;
        let off = (joint.estimate(Estimator::Jackknife) - expected).abs();
        // The roundings of the information, times N.
        prop_assert!(off <= 1e-14 * n.max(10.0), "{off:e} from {expected}");
    }

    #[test]
    fn estimates_are_finite_and_symmetric(joint in tables()) {
        let other = transposed(&joint);
        for estimator in Estimator::ALL {
            let (one, two) = (joint.estimate(estimator), other.estimate(estimator));
            prop_assert!(one.is_finite());
            prop_assert!((one - two).abs() <= 1e-12, "{}: {one}, {two}", estimator.name());
        }
    }

    #[test]
    fn estimates_lie_in_their_ranges(joint in tables()) {
        let of = |estimator| joint.estimate(estimator);
        let most = joint.shape().0.min(joint.shape().1) as f64;
        prop_assert_eq!(of(Estimator::PlugIn), joint.mutual_information());
        prop_assert!(of(Estimator::Analytic) <= of(Estimator::PlugIn));
        // At most (occupied rows) x (occupied columns) cells are occupied.
        prop_assert!(of(Estimator::Analytic) <= of(Estimator::MillerMadow) + 1e-12);
        prop_assert!((0.0..=most.ln() + 1e-12).contains(&of(Estimator::Shrinkage)));
    }

    #[test]
    fn empty_bins_matter_to_shrinkage_alone(joint in tables()) {
        let (rows, columns) = joint.shape();
        let mut counts = joint.counts().to_vec();
        counts.resize((rows + 2) * columns, 0);
        let padded = JointHistogram::from_counts(counts, (rows + 2, columns)).unwrap();
        for estimator in Estimator::ALL {
            if estimator != Estimator::Shrinkage {
                let off = (joint.estimate(estimator) - padded.estimate(estimator)).abs();
                prop_assert!(off <= 1e-12, "{}", estimator.name());
            }
        }
    }
}
