//! scipy's values (`tests/data/make_statistics_reference.py`).

use serde_json::Value;

pub(super) fn reference() -> Value {
    serde_json::from_str(include_str!("../../../tests/data/statistics_reference.json")).unwrap()
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(super) fn pairs(value: &Value) -> Vec<(f64, f64)> {
    value.as_array().unwrap().iter().map(numbers).map(|pair| (pair[0], pair[1])).collect()
}

#[track_caller]
pub(super) fn assert_near(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    // Two implementations of the incomplete beta function.
    assert!((ours - theirs).abs() <= 1e-10 * theirs.abs(), "{ours} is not {theirs}");
}
