//! The inputs of `data/mi_reference.json`, which are defined by integers. numpy, scikit-learn and
//! scikit-image agree on their values to 1e-12 (`data/make_mi_reference.py`).
//!
//! All ranges have `bins * (hi - lo) < 2^22`, so every type must bin them exactly.

use crate::common::assert_close;
use mi_metrics::{BinnedArray, JointHistogram, Normalization, mutual_information};
use serde_json::Value;

const PIXELS: i64 = 96 * 96;

/// The values are at most 8, and logarithms and sums differ only in the last digits.
const TOLERANCE: f64 = 1e-12;

fn input(name: &str) -> (Vec<i64>, Vec<i64>) {
    let speckle = |i: i64| i * 7919 % 251;
    let gradient = |i: i64| (3 * (i / 96) + 2 * (i % 96)) % 256;
    (0..PIXELS)
        .map(|i| match name {
            "noisy_square" => {
                let v = speckle(i);
                (v, v * v / 16 + 40 * (i * i % 23) - 1500)
            }
            "gradient" => {
                let (v, r, c) = (gradient(i), i / 96, i % 96);
                (v, 97 - 3 * v + 5 * ((7 * r + c * c) % 29))
            }
            "unrelated" => (speckle(i), (i * i * 31 + i * 17) % 1009 - 500),
            "identical" => (speckle(i), speckle(i)),
            other => panic!("no formula for {other}"),
        })
        .unzip()
}

fn exact_bins(values: &[i64], bins: usize) -> Vec<u16> {
    let lo = values.iter().min().unwrap();
    let width = values.iter().max().unwrap() - lo;
    let bins = bins as i64;
    values.iter().map(|v| ((v - lo) * bins / width).min(bins - 1) as u16).collect()
}

fn check(joint: &JointHistogram, expected: &Value, what: &str) {
    let number = |key: &str| expected[key].as_f64().unwrap();
    let pairs = [
        ("mi", joint.mutual_information()),
        ("h_image", joint.entropy_x()),
        ("h_map", joint.entropy_y()),
        ("h_joint", joint.joint_entropy()),
        ("nmi_arith", joint.normalized_mi(Normalization::Arithmetic)),
        ("nmi_studholme", joint.normalized_mi(Normalization::Studholme)),
    ];
    for (key, got) in pairs {
        assert_close(got, number(key), TOLERANCE, &format!("{what}: {key}"));
    }
    let occupied = joint.counts().iter().filter(|&&n| n > 0).count();
    assert_eq!(occupied as f64, number("joint_nonzero"), "{what}");
    let largest = joint.counts().iter().max().copied().unwrap();
    assert_eq!(f64::from(largest), number("joint_max"), "{what}");
    if let Some(table) = expected["joint"].as_array() {
        let table: Vec<u64> = table.iter().map(|n| n.as_u64().unwrap()).collect();
        let counts: Vec<u64> = joint.counts().iter().copied().map(u64::from).collect();
        assert_eq!(counts, table, "{what}");
    }
}

#[test]
fn every_input_type_gives_the_reference_values() {
    let reference: Value = serde_json::from_str(include_str!("../data/mi_reference.json")).unwrap();
    let inputs = reference["inputs"].as_object().unwrap();
    assert_eq!(inputs.len(), 4);
    for (name, case) in inputs {
        let (image, map) = input(name);
        assert_eq!(image.iter().sum::<i64>(), case["image_sum"].as_i64().unwrap(), "{name}");
        assert_eq!(map.iter().sum::<i64>(), case["map_sum"].as_i64().unwrap(), "{name}");
        let bytes: Vec<u8> = image.iter().map(|&v| u8::try_from(v).unwrap()).collect();
        let single = |values: &[i64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
        let double = |values: &[i64]| values.iter().map(|&v| v as f64).collect::<Vec<_>>();
        let results = case["results"].as_array().unwrap();
        assert_eq!(results.len(), 4);
        for expected in results {
            let bins = expected["bins"].as_u64().unwrap() as usize;
            let what = |kind: &str| format!("{name}, {bins} bins, {kind}");
            let explicit =
                |values| BinnedArray::from_indices(exact_bins(values, bins), bins).unwrap();
            let joint = JointHistogram::new(&explicit(&image), &explicit(&map)).unwrap();
            check(&joint, expected, &what("explicit bins"));
            let of = JointHistogram::from_slices(&double(&image), &double(&map), bins).unwrap();
            check(&of, expected, &what("f64"));
            assert_eq!(of, joint);
            let of = JointHistogram::from_slices(&single(&image), &single(&map), bins).unwrap();
            check(&of, expected, &what("f32"));
            assert_eq!(of, joint);
            let of = JointHistogram::from_slices(&bytes, &single(&map), bins).unwrap();
            check(&of, expected, &what("u8 and f32"));
            assert_eq!(of, joint);
            let mi = mutual_information(&bytes, &single(&map), bins).unwrap();
            assert_eq!(mi, joint.mutual_information());
        }
    }
}
