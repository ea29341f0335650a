//! Against scikit-learn (`tests/data/make_ridge_reference.py`).

use linear_probe::RidgeClassifier;
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../data/ridge_reference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn labels(value: &Value) -> Vec<u8> {
    numbers(value).iter().map(|&v| v as u8).collect()
}

/// Runs `check` on every case of the reference, with a classifier fitted to its training features,
/// and its test features.
fn every_case(check: impl Fn(&str, &Value, &RidgeClassifier<u8>, &[f32])) {
    let reference = reference();
    let scale = reference["scale"].as_f64().unwrap();
    let features = |value| -> Vec<f32> {
        numbers(value).iter().map(|integer| (integer / scale) as f32).collect()
    };
    let penalties = numbers(&reference["penalties"]);
    let cases = reference["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 3);
    for (name, case) in cases {
        let dimension = case["dimension"].as_u64().unwrap() as usize;
        let train = features(&case["features"]);
        let classifier =
            RidgeClassifier::fit(&train, dimension, &labels(&case["labels"]), &penalties).unwrap();
        check(name, case, &classifier, &features(&case["test_features"]));
    }
}

fn assert_near(name: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (a, b) in ours.iter().zip(theirs) {
        // Two decompositions, eigenvalues over penalties up to 1e6.
        assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "{name}: {a} is not {b}");
    }
}

#[test]
fn penalty_decisions_and_predictions_are_scikit_learns() {
    every_case(|name, case, classifier, test| {
        assert_eq!(classifier.penalty(), case["penalty"].as_f64().unwrap(), "{name}");
        assert_eq!(classifier.predict(test).unwrap(), labels(&case["test_predictions"]), "{name}");
        let accuracy = classifier.accuracy(test, &labels(&case["test_labels"])).unwrap();
        assert_eq!(accuracy, case["test_accuracy"].as_f64().unwrap(), "{name}");

        let ours = classifier.decision_values(test).unwrap();
        let rows = case["test_decisions"].as_array().unwrap().iter().map(numbers);
        let theirs = rows.flat_map(|row| match row[..] {
            [second] => vec![-second, second],
            _ => row,
        });
        assert_near(name, &ours, &theirs.collect::<Vec<_>>());
    });
}

#[test]
fn leave_one_out_errors_are_scikit_learns_at_every_penalty() {
    every_case(|name, case, classifier, _| {
        assert_near(name, classifier.leave_one_out_errors(), &numbers(&case["errors"]));
    });
}
