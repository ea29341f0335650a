//! Conditional entropies, variation of information, pointwise and normalised information: against
//! scikit-learn and scikit-image (`data/make_estimator_reference.py`), and properties of any table.

use crate::common::assert_close;
use crate::estimators::{reference, table, tables, transposed};
use mi_metrics::{BinnedArray, JointHistogram, Normalization};
use proptest::prelude::*;

const ROUNDING: f64 = 1e-12;

#[test]
fn scikit_learn_and_scikit_image_agree() {
    for case in reference() {
        let joint = table(&case);
        let number = |key: &str| case[key].as_f64().unwrap();
        let vi = number("h_x_given_y") + number("h_y_given_x");
        assert_close(joint.variation_of_information(), vi, ROUNDING, "variation of information");
        let normalized = |normalization| joint.normalized_mi(normalization);
        for (key, got) in [
            ("h_x_given_y", joint.conditional_entropy_x()),
            ("h_y_given_x", joint.conditional_entropy_y()),
            ("min", normalized(Normalization::Min)),
            ("geometric", normalized(Normalization::Geometric)),
            ("arithmetic", normalized(Normalization::Arithmetic)),
            ("max", normalized(Normalization::Max)),
            ("joint", normalized(Normalization::Joint)),
            ("studholme", normalized(Normalization::Studholme)),
        ] {
            assert_close(got, number(key), ROUNDING, &format!("{}, {key}", case["name"]));
        }
        let cell = |i: usize| case["pointwise"][i].as_u64().unwrap() as usize;
        let got = joint.pointwise_mi(cell(0), cell(1)).unwrap();
        assert_close(got, case["pointwise"][2].as_f64().unwrap(), ROUNDING, "pointwise");
    }
}

#[test]
fn a_function_has_exactly_zero_conditional_entropy() {
    // y is a function of x; the counts differ.
    let joint = JointHistogram::from_counts(vec![3, 0, 0, 7, 11, 0], (3, 2)).unwrap();
    assert_eq!(joint.conditional_entropy_y(), 0.0);
    assert!(joint.conditional_entropy_x() > 0.0);
    assert_close(joint.normalized_mi(Normalization::Min), 1.0, ROUNDING, "Min");
    assert!(joint.normalized_mi(Normalization::Max) < 1.0);
}

#[test]
fn an_empty_cell_and_one_outside_have_no_pointwise_information() {
    let joint = JointHistogram::from_counts(vec![3, 0, 0, 7, 11, 0], (3, 2)).unwrap();
    for (row, column) in [(0, 1), (3, 0), (0, 2), (usize::MAX, 1)] {
        assert_eq!(joint.pointwise_mi(row, column), None);
    }
    let product = JointHistogram::from_counts(vec![3, 6, 1, 2], (2, 2)).unwrap();
    assert_eq!(product.pointwise_mi(0, 1), Some(0.0));
}

#[test]
fn one_constant_array_has_no_normalised_information() {
    let joint = JointHistogram::from_counts(vec![0, 0, 4, 5], (2, 2)).unwrap();
    for normalization in Normalization::ALL {
        let least = if normalization == Normalization::Studholme { 1.0 } else { 0.0 };
        assert_eq!(joint.normalized_mi(normalization), least, "{normalization:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn entropies_add_up(joint in tables()) {
        let (x, y, xy) = (joint.entropy_x(), joint.entropy_y(), joint.joint_entropy());
        let (x_given_y, y_given_x) = (joint.conditional_entropy_x(), joint.conditional_entropy_y());
        let mi = joint.mutual_information();
        prop_assert!(x_given_y >= 0.0 && y_given_x >= 0.0);
        for (one, two) in [(x_given_y + mi, x), (y_given_x + mi, y), (x_given_y + y, xy)] {
            prop_assert!((one - two).abs() <= ROUNDING, "{one}, {two}");
        }
        let other = transposed(&joint);
        prop_assert!((other.conditional_entropy_x() - y_given_x).abs() <= ROUNDING);
    }

    #[test]
    fn information_is_the_mean_of_its_points(joint in tables()) {
        let (rows, columns) = joint.shape();
        let total = f64::from(joint.counts().iter().sum::<u32>());
        let mut mean = 0.0;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let weight = f64::from(joint.counts()[row * columns + column]) / total;
            let pointwise = joint.pointwise_mi(row, column);
            prop_assert_eq!(pointwise.is_some(), weight > 0.0);
            mean += weight * pointwise.unwrap_or_default();
        }
        prop_assert!((mean - joint.mutual_information()).abs() <= ROUNDING);
    }

    #[test]
    fn scales_are_ordered_and_bounded(joint in tables()) {
        use Normalization::{Arithmetic, Geometric, Joint, Max, Min, Studholme};
        let scaled = [Joint, Max, Arithmetic, Geometric, Min].map(|n| joint.normalized_mi(n));
        prop_assert!(scaled.iter().all(|v| (0.0..=1.0).contains(v)), "{scaled:?}");
        prop_assert!(scaled.windows(2).all(|pair| pair[0] <= pair[1] + ROUNDING), "{scaled:?}");
        prop_assert!((joint.normalized_mi(Studholme) - 1.0 - scaled[0]).abs() <= ROUNDING);
        let other = transposed(&joint);
        for normalization in Normalization::ALL {
            let off = joint.normalized_mi(normalization) - other.normalized_mi(normalization);
            prop_assert!(off.abs() <= ROUNDING);
        }
    }

    #[test]
    fn variation_of_information_obeys_the_triangle_inequality(
        values in prop::collection::vec((0..4_u16, 0..4_u16, 0..4_u16), 1..60),
    ) {
        let array = |i: usize| {
            let pick = |&(a, b, c): &(u16, u16, u16)| [a, b, c][i];
            BinnedArray::from_indices(values.iter().map(pick).collect(), 4).unwrap()
        };
        let between =
            |i, j| JointHistogram::new(&array(i), &array(j)).unwrap().variation_of_information();
        prop_assert_eq!(between(0, 0), 0.0);
        prop_assert!(between(0, 2) <= between(0, 1) + between(1, 2) + ROUNDING);
    }
}
