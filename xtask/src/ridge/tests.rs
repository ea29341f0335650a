//! Against scikit-learn (`tests/data/make_ridge_reference.py`), and what is refused.

use serde_json::Value;

use super::*;

const PENALTIES: [f64; 3] = [0.1, 1.0, 10.0];

fn reference() -> Value {
    serde_json::from_str(include_str!("../../tests/data/ridge_reference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn labels(value: &Value) -> Vec<u8> {
    numbers(value).iter().map(|&v| v as u8).collect()
}

/// Runs `check` on every case of the reference, with the training and the test features and the
/// dimension.
fn every_case(check: impl Fn(&str, &Value, &[f32], &[f32], usize)) {
    let reference = reference();
    let scale = reference["scale"].as_f64().unwrap();
    let features = |value| -> Vec<f32> {
        numbers(value).iter().map(|integer| (integer / scale) as f32).collect()
    };
    let cases = reference["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 3);
    for (name, case) in cases {
        let dimension = case["dimension"].as_u64().unwrap() as usize;
        check(
            name,
            case,
            &features(&case["features"]),
            &features(&case["test_features"]),
            dimension,
        );
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
    let penalties = numbers(&reference()["penalties"]);
    every_case(|name, case, train, test, dimension| {
        let y = labels(&case["labels"]);
        let classifier = RidgeClassifier::fit(train, dimension, &y, &penalties).unwrap();
        assert_eq!(classifier.penalty(), case["penalty"].as_f64().unwrap(), "{name}");
        assert_eq!(classifier.predict(test).unwrap(), labels(&case["test_predictions"]), "{name}");
        let accuracy = classifier.accuracy(test, &labels(&case["test_labels"])).unwrap();
        assert_eq!(accuracy, case["test_accuracy"].as_f64().unwrap(), "{name}");

        let ours = classifier.decisions(test).unwrap();
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
    let penalties = numbers(&reference()["penalties"]);
    every_case(|name, case, train, _, dimension| {
        let y = labels(&case["labels"]);
        let mut classes = y.clone();
        classes.sort_unstable();
        classes.dedup();
        let mut x = Vec::new();
        Standardization::of(train, dimension).apply(train, &mut x);
        let x = MatRef::from_row_major_slice(&x, y.len(), dimension);
        let errors = LeaveOneOut::of(x, centred_targets(&y, &classes).0).unwrap();
        let ours: Vec<f64> = penalties.iter().map(|&p| errors.mean_squared_error(p)).collect();
        assert_near(name, &ours, &numbers(&case["errors"]));
    });
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (n, dimension) = (300, 400);
    let y: Vec<u8> = (0..n).map(|i| (i % 3) as u8).collect();
    let x: Vec<f32> = (0..n * dimension).map(|i| (i * i % 8191) as f32 / 8191.0).collect();
    let decisions = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let classifier = RidgeClassifier::fit(&x, dimension, &y, &PENALTIES).unwrap();
            classifier.decisions(&x).unwrap()
        })
    };
    assert_eq!(decisions(1), decisions(3));
}

#[test]
fn constant_features_give_the_most_frequent_class() {
    for dimension in [2, 9] {
        let x = vec![0.1; 5 * dimension];
        let classifier = RidgeClassifier::fit(&x, dimension, &[7, 2, 7, 4, 7], &PENALTIES).unwrap();
        // What was constant in training has no weight, whatever it is afterwards.
        assert_eq!(classifier.predict(&vec![1e6; 2 * dimension]).unwrap(), [7, 7]);
    }
}

#[test]
fn a_label_never_seen_counts_as_wrong() {
    let classifier =
        RidgeClassifier::fit(&[0.0, 1.0, 9.0, 10.0], 1, &[1, 1, 2, 2], &PENALTIES).unwrap();
    assert_eq!(classifier.accuracy(&[0.5, 9.5], &[1, 3]).unwrap(), 0.5);
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T>, expected: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.contains(expected), "{message:?} does not say {expected:?}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let x = [0.0, 1.0, 2.0, 3.0];
    let fit = |x: &[f32], dimension, y: &[u8], penalties: &[f64]| {
        RidgeClassifier::fit(x, dimension, y, penalties)
    };
    assert_refused(fit(&x, 2, &[1, 1], &PENALTIES), "are all 1");
    assert_refused(fit(&x, 2, &[1, 2, 3], &PENALTIES), "3 training labels");
    assert_refused(fit(&x, 3, &[1, 2], &PENALTIES), "no whole rows of dimension 3");
    assert_refused(fit(&x, 0, &[1, 2], &PENALTIES), "dimension 0");
    assert_refused(fit(&[], 2, &[], &PENALTIES), "no training features");
    assert_refused(
        fit(&[0.0, 1.0, 2.0, f32::NAN], 2, &[1, 2], &PENALTIES),
        "feature 1 of training row 1",
    );
    assert_refused(fit(&x, 2, &[1, 2], &[]), "no ridge penalty");
    assert_refused(fit(&x, 2, &[1, 2], &[1.0, 0.0]), "penalty is 0");
    assert_refused(fit(&x, 2, &[1, 2], &[f64::NAN]), "penalty is NaN");
}

#[test]
fn what_cannot_be_classified_is_refused() {
    let classifier = RidgeClassifier::fit(&[0.0, 1.0, 2.0, 3.0], 2, &[1, 2], &PENALTIES).unwrap();
    assert_refused(classifier.predict(&[0.0, 1.0, 2.0]), "no whole rows of dimension 2");
    assert_refused(classifier.predict(&[]), "no test features");
    assert_refused(classifier.predict(&[0.0, f32::INFINITY]), "feature 1 of test row 0");
    assert_refused(classifier.accuracy(&[0.0, 1.0], &[1, 2]), "2 test labels");
}
