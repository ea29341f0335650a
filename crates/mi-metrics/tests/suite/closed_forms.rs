//! Cases with a closed form of the information.

use std::f64::consts::TAU;

use crate::common::{Random, assert_close};
use mi_metrics::{BinnedArray, Estimator, JointHistogram, Normalization, mutual_information};

/// A few roundings of values up to 10.
const ROUNDING: f64 = 1e-14;

/// As [`ROUNDING`], with one more rounding for each term of a long sum.
fn rounding(bins: usize) -> f64 {
    ROUNDING + bins as f64 * 1e-15
}

#[test]
fn identical_arrays_share_their_whole_entropy() {
    let mut random = Random(1);
    let x: Vec<f32> = (0..5000).map(|_| random.uniform().powi(3) as f32).collect();
    for bins in [1, 2, 20, 256, 4096] {
        let binned = BinnedArray::new(&x, bins).unwrap();
        let joint = JointHistogram::new(&binned, &binned).unwrap();
        let entropy = binned.entropy();
        assert_close(joint.mutual_information(), entropy, rounding(bins), "information");
        assert_close(joint.joint_entropy(), entropy, rounding(bins), "joint entropy");
        assert_close(
            joint.normalized_mi(Normalization::Arithmetic),
            1.0,
            rounding(bins),
            "arithmetic",
        );
        assert_close(
            joint.normalized_mi(Normalization::Studholme),
            2.0,
            rounding(bins),
            "Studholme",
        );
    }
}

#[test]
fn a_uniform_array_has_the_logarithm_of_its_bins() {
    let x: Vec<u8> = (0..=255).collect();
    for bins in [2, 4, 8, 16, 128, 256] {
        let entropy = BinnedArray::new(&x, bins).unwrap().entropy();
        assert_close(entropy, (bins as f64).ln(), rounding(bins), "entropy");
    }
}

#[test]
fn a_product_of_marginals_has_exactly_zero_information() {
    let (p, q) = ([1_u32, 7, 0, 12, 3001], [5_u32, 0, 2, 11]);
    let table: Vec<u32> = p.iter().flat_map(|p| q.map(|q| p * q)).collect();
    let joint = JointHistogram::from_counts(table, (5, 4)).unwrap();
    assert_eq!(joint.mutual_information(), 0.0);
    assert_eq!(joint.normalized_mi(Normalization::Arithmetic), 0.0);
    assert_close(joint.normalized_mi(Normalization::Studholme), 1.0, ROUNDING, "Studholme");
}

#[test]
fn a_binary_symmetric_channel_has_its_capacity() {
    // A fair bit, flipped one time in four: ln 2 - h(1/4).
    let joint = JointHistogram::from_counts(vec![3, 1, 1, 3], (2, 2)).unwrap();
    let flip: f64 = 0.25;
    let entropy = -flip * flip.ln() - (1.0 - flip) * (1.0 - flip).ln();
    assert_close(joint.mutual_information(), 2.0_f64.ln() - entropy, ROUNDING, "capacity");
}

#[test]
fn a_table_need_not_be_square() {
    // y is the parity of x, which is uniform on 0, 1 and 2: I(X;Y) = H(Y).
    let joint = JointHistogram::from_counts(vec![5, 0, 0, 5, 5, 0], (3, 2)).unwrap();
    assert_eq!(joint.shape(), (3, 2));
    assert_eq!(joint.counts_x(), [5, 5, 5]);
    assert_eq!(joint.counts_y(), [10, 5]);
    assert_close(joint.mutual_information(), joint.entropy_y(), ROUNDING, "parity");
    assert_close(joint.entropy_x(), 3.0_f64.ln(), ROUNDING, "H(X)");
}

#[test]
fn correlated_gaussians_approach_the_closed_form() {
    let mut random = Random(2);
    let rho: f64 = 0.8;
    let (x, y): (Vec<f64>, Vec<f64>) = (0..500_000)
        .map(|_| {
            let radius = (-2.0 * (1.0 - random.uniform()).ln()).sqrt();
            let (sin, cos) = (TAU * random.uniform()).sin_cos();
            let (a, b) = (radius * cos, radius * sin);
            (a, rho * a + (1.0 - rho * rho).sqrt() * b)
        })
        .unzip();
    let exact = -0.5 * (1.0 - rho * rho).ln();
    // Bins of about 1/6 sigma lose under 0.005 nats; the bias of the table adds about 0.001.
    assert_close(mutual_information(&x, &y, 60).unwrap(), exact, 0.006, "60 bins");
    // Coarse bins lose information and never create it.
    let coarse = mutual_information(&x, &y, 8).unwrap();
    assert!(coarse < exact && coarse > 0.5 * exact, "{coarse}");
}

#[test]
fn independent_samples_show_the_plug_in_bias() {
    let (samples, bins, repeats) = (10_000, 12, 40);
    let mut random = Random(3);
    let (mut plug_in, mut corrected) = (0.0, 0.0);
    for _ in 0..repeats {
        let mut uniform = || (0..samples).map(|_| random.uniform()).collect::<Vec<_>>();
        let joint = JointHistogram::from_slices(&uniform(), &uniform(), bins).unwrap();
        plug_in += joint.mutual_information() / f64::from(repeats);
        corrected += joint.estimate(Estimator::MillerMadow) / f64::from(repeats);
    }
    // 2N I is nearly chi-squared with 121 degrees: 0.00605, the mean of 40 within 0.00012.
    let bias = ((bins - 1) * (bins - 1)) as f64 / (2 * samples) as f64;
    assert_close(plug_in, bias, 4.0 * 0.00012, "plug-in");
    assert_close(corrected, 0.0, 4.0 * 0.00012, "Miller-Madow");
}

#[test]
fn miller_madow_equals_its_formula() {
    // 3, 2 and 4 occupied rows, columns and cells; 10 values.
    let joint = JointHistogram::from_counts(vec![4, 0, 0, 0, 3, 0, 1, 2, 0], (3, 3)).unwrap();
    let excess = (2.0 + 1.0 - 3.0) / 20.0;
    assert_eq!(joint.estimate(Estimator::MillerMadow), joint.mutual_information() + excess);
    let joint = JointHistogram::from_counts(vec![5, 0, 0, 5], (2, 2)).unwrap();
    assert_close(
        joint.estimate(Estimator::MillerMadow),
        2.0_f64.ln() + 1.0 / 20.0,
        ROUNDING,
        "diagonal",
    );
}

#[test]
fn a_constant_array_has_no_information() {
    let (constant, other) = ([4.5_f32; 6], [1_u8, 2, 3, 4, 5, 6]);
    for bins in [1, 5, 20] {
        let joint = JointHistogram::from_slices(&constant, &other, bins).unwrap();
        assert_eq!(joint.counts_x()[0], 6);
        assert_eq!(joint.mutual_information(), 0.0);
        assert_eq!(joint.entropy_x(), 0.0);
        assert_eq!(mutual_information(&other, &constant, bins).unwrap(), 0.0);
    }
    let both = JointHistogram::from_slices(&constant, &constant, 20).unwrap();
    assert_eq!(both.joint_entropy(), 0.0);
    assert_eq!(both.normalized_mi(Normalization::Arithmetic), 1.0);
    assert_eq!(both.normalized_mi(Normalization::Studholme), 2.0);
}

#[test]
fn a_symmetric_channel_of_several_letters_has_its_capacity() {
    // Uniform letters; one in five is wrong, all wrong letters equally often: ln q - h(p) - p ln(q
    // - 1).
    for q in [3_usize, 5, 9] {
        let (wrong, right) = (1, 4 * (q as u32 - 1));
        let table =
            (0..q * q).map(|cell| if cell % (q + 1) == 0 { right } else { wrong }).collect();
        let joint = JointHistogram::from_counts(table, (q, q)).unwrap();
        let p: f64 = 0.2;
        let entropy = -p * p.ln() - (1.0 - p) * (1.0 - p).ln();
        let capacity = (q as f64).ln() - entropy - p * (q as f64 - 1.0).ln();
        assert_close(joint.mutual_information(), capacity, ROUNDING, "capacity");
    }
}
