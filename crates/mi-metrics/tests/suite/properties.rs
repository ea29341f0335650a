//! Properties of the information of any two arrays.

use crate::common::Random;
use mi_metrics::{BinnedArray, JointHistogram, Normalization, mutual_information};
use proptest::prelude::*;

/// Sums of up to a few hundred terms, each rounded.
const ROUNDING: f64 = 1e-13;

fn shuffled<T: Copy>(values: &[T], seed: u64) -> Vec<T> {
    let mut random = Random(seed);
    let mut values = values.to_vec();
    for i in (1..values.len()).rev() {
        values.swap(i, (random.bits() % (i as u64 + 1)) as usize);
    }
    values
}

/// Few distinct values, or any finite values, whose ranges may overflow.
fn pairs() -> impl Strategy<Value = Vec<(f32, f64)>> {
    let any_finite = (
        any::<f32>().prop_filter("finite", |v| v.is_finite()),
        any::<f64>().prop_filter("finite", |v| v.is_finite()),
    );
    let coarse = (0..6_u8, 0..6_u8).prop_map(|(x, y)| (x.into(), f64::from(x + y)));
    prop_oneof![prop::collection::vec(any_finite, 1..200), prop::collection::vec(coarse, 1..200)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn information_is_within_its_bounds((pairs, bins) in (pairs(), 1..70_usize)) {
        let (x, y): (Vec<f32>, Vec<f64>) = pairs.into_iter().unzip();
        let joint = JointHistogram::from_slices(&x, &y, bins).unwrap();
        let (mi, h_x, h_y) = (joint.mutual_information(), joint.entropy_x(), joint.entropy_y());
        prop_assert!(mi >= 0.0 && mi <= h_x.min(h_y));
        prop_assert!(h_x.max(h_y) <= (bins as f64).ln() + ROUNDING);
        let h_xy = joint.joint_entropy();
        prop_assert!((h_x + h_y - h_xy - mi).abs() <= ROUNDING);
        prop_assert!((0.0..=1.0).contains(&joint.normalized_mi(Normalization::Arithmetic)));
        prop_assert!((1.0..=2.0).contains(&joint.normalized_mi(Normalization::Studholme)));
        prop_assert_eq!(joint.counts().iter().sum::<u32>() as usize, x.len());
    }

    #[test]
    fn information_is_symmetric((pairs, bins) in (pairs(), 1..70_usize)) {
        let (x, y): (Vec<f32>, Vec<f64>) = pairs.into_iter().unzip();
        let xy = JointHistogram::from_slices(&x, &y, bins).unwrap();
        let yx = JointHistogram::from_slices(&y, &x, bins).unwrap();
        prop_assert!((xy.mutual_information() - yx.mutual_information()).abs() <= ROUNDING);
        prop_assert_eq!(xy.counts_x(), yx.counts_y());
    }

    #[test]
    fn the_order_of_the_samples_is_irrelevant(
        (pairs, bins, seed) in (pairs(), 1..70_usize, any::<u64>()),
    ) {
        let (x, y): (Vec<f32>, Vec<f64>) = pairs.iter().copied().unzip();
        let (x2, y2): (Vec<f32>, Vec<f64>) = shuffled(&pairs, seed).into_iter().unzip();
        prop_assert_eq!(
            JointHistogram::from_slices(&x, &y, bins).unwrap(),
            JointHistogram::from_slices(&x2, &y2, bins).unwrap()
        );
    }

    #[test]
    fn bins_are_monotonic_and_reach_both_ends((pairs, bins) in (pairs(), 1..4096_usize)) {
        let mut x: Vec<f32> = pairs.into_iter().map(|(x, _)| x).collect();
        x.sort_by(f32::total_cmp);
        let binned = BinnedArray::new(&x, bins).unwrap();
        prop_assert!(binned.indices().is_sorted());
        prop_assert_eq!(binned.indices()[0], 0);
        if x[0] < x[x.len() - 1] {
            prop_assert_eq!(usize::from(binned.indices()[x.len() - 1]), bins - 1);
        }
    }

    #[test]
    fn shift_and_scale_by_powers_of_two_change_nothing(
        (values, bins) in (prop::collection::vec((any::<u8>(), any::<u8>()), 1..200), 1..256_usize),
    ) {
        let (x, y): (Vec<u8>, Vec<u8>) = values.into_iter().unzip();
        let expected = mutual_information(&x, &y, bins).unwrap();
        let moved: Vec<f32> = x.iter().map(|&v| 0.25 * f32::from(v) - 512.0).collect();
        prop_assert_eq!(mutual_information(&moved, &y, bins).unwrap(), expected);
    }
}
