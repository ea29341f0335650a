//! Properties of the classifier that need no reference.

use linear_probe::RidgeClassifier;

const PENALTIES: [f64; 3] = [0.1, 1.0, 10.0];

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (n, dimension) = (300, 400);
    let y: Vec<u8> = (0..n).map(|i| (i % 3) as u8).collect();
    let x: Vec<f32> = (0..n * dimension).map(|i| (i * i % 8191) as f32 / 8191.0).collect();
    let decisions = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let classifier = RidgeClassifier::fit(&x, dimension, &y, &PENALTIES).unwrap();
            classifier.decision_values(&x).unwrap()
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

#[test]
fn labels_of_any_ordered_type_give_the_same_classifier() {
    let x = [0.0, 3.0, 1.0, 2.0, 9.0, 5.0, 8.0, 4.0];
    let numbers = RidgeClassifier::fit(&x, 2, &[5, 5, 6, 6], &PENALTIES).unwrap();
    let words = ["heron", "heron", "ibis", "ibis"].map(str::to_owned);
    let words = RidgeClassifier::fit(&x, 2, &words, &PENALTIES).unwrap();
    assert_eq!(words.classes(), ["heron", "ibis"]);
    assert_eq!(words.predict(&x).unwrap(), ["heron", "heron", "ibis", "ibis"]);
    assert_eq!(words.decision_values(&x).unwrap(), numbers.decision_values(&x).unwrap());
}

#[test]
fn the_chosen_penalty_has_the_smallest_leave_one_out_error() {
    let x: Vec<f32> = (0..60 * 7).map(|i| (i * i % 101) as f32).collect();
    let y: Vec<usize> = (0..60).map(|i| i % 4).collect();
    let penalties = [1e3, 1e-3, 1.0, 30.0];
    let classifier = RidgeClassifier::fit(&x, 7, &y, &penalties).unwrap();
    let errors = classifier.leave_one_out_errors();
    assert_eq!(errors.len(), penalties.len());
    let chosen = penalties.iter().position(|&p| p == classifier.penalty()).unwrap();
    assert!(errors.iter().all(|&error| error >= errors[chosen]), "{errors:?}");
}
