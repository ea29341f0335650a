//! Comparison with numpy.histogram2d, scikit-learn and scikit-image (`data/make_numpy_cases.py`).

use crate::common::{assert_close, lcg};
use mi_metrics::{JointHistogram, Normalization};
use serde_json::Value;

/// The same generator and the same rounded operations as the script.
fn generated(seed: u32, n: usize) -> (Vec<f64>, Vec<f64>) {
    let pair = |uniform: &[f64; 2]| {
        let &[x, z] = uniform;
        (x, 0.75 * x * x + 0.25 * z)
    };
    lcg(seed, 2 * n).as_chunks().0.iter().map(pair).unzip()
}

fn joint(case: &Value) -> JointHistogram {
    let integer = |key: &str| case[key].as_u64().unwrap() as usize;
    let inline = |key: &str| -> Vec<f64> {
        case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let bins = integer("bins");
    let Some(dtype) = case["dtype"].as_str() else {
        return JointHistogram::from_slices(&inline("x"), &inline("y"), bins).unwrap();
    };
    let (x, y) = generated(integer("seed") as u32, integer("n"));
    let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
    match dtype {
        "float64" => JointHistogram::from_slices(&x, &y, bins),
        "float32" => JointHistogram::from_slices(&single(&x), &single(&y), bins),
        other => panic!("no such dtype: {other}"),
    }
    .unwrap()
}

#[test]
fn numpy_scikit_learn_and_scikit_image_agree() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/numpy_cases.json")).unwrap();
    assert_eq!(cases.len(), 17);
    for (index, case) in cases.iter().enumerate() {
        let joint = joint(case);
        let mut checked = 0;
        let pairs = [
            ("mi", joint.mutual_information()),
            ("h_x", joint.entropy_x()),
            ("h_y", joint.entropy_y()),
            ("h_xy", joint.joint_entropy()),
            ("nmi_sklearn", joint.normalized_mi(Normalization::Arithmetic)),
            ("nmi_skimage", joint.normalized_mi(Normalization::Studholme)),
        ];
        for (key, got) in pairs {
            if let Some(expected) = case[key].as_f64() {
                assert_close(got, expected, 1e-12, &format!("case {index}, {key}"));
                checked += 1;
            }
        }
        assert!(checked >= 5, "case {index}");
        if let Some(counts) = case["counts"].as_array() {
            let counts: Vec<u64> = counts.iter().map(|n| n.as_u64().unwrap()).collect();
            let ours: Vec<u64> = joint.counts().iter().copied().map(u64::from).collect();
            assert_eq!(ours, counts, "case {index}");
        }
    }
}
