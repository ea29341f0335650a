//! Each error, by its variant.

use linear_probe::{Error, Pooling, RidgeClassifier};

const PENALTIES: [f64; 3] = [0.1, 1.0, 10.0];

#[test]
fn what_cannot_be_fitted_is_refused() {
    let x = [0.0, 1.0, 2.0, 3.0];
    let fit = |x: &[f32], dimension, y: &[u8], penalties: &[f64]| {
        RidgeClassifier::fit(x, dimension, y, penalties).unwrap_err()
    };
    assert_eq!(fit(&x, 2, &[1, 1], &PENALTIES), Error::OneClass { labels: 2 });
    assert_eq!(fit(&x, 2, &[1, 2, 3], &PENALTIES), Error::LabelCount { labels: 3, rows: 2 });
    assert_eq!(fit(&x, 3, &[1, 2], &PENALTIES), Error::RaggedRows { values: 4, dimension: 3 });
    assert_eq!(fit(&x, 0, &[1, 2], &PENALTIES), Error::RaggedRows { values: 4, dimension: 0 });
    assert_eq!(fit(&[], 2, &[], &PENALTIES), Error::Empty);
    let error = fit(&[0.0, 1.0, 2.0, f32::NAN], 2, &[1, 2], &PENALTIES);
    assert!(
        matches!(error, Error::NonFinite { row: 1, feature: 1, value } if value.is_nan()),
        "{error:?}"
    );
    assert_eq!(error.to_string().find("feature 1 of row 1 is NaN"), Some(0), "{error}");
    assert_eq!(fit(&x, 2, &[1, 2], &[]), Error::NoPenalties);
    assert_eq!(fit(&x, 2, &[1, 2], &[1.0, 0.0]), Error::Penalty { index: 1, value: 0.0 });
    let error = fit(&x, 2, &[1, 2], &[f64::NAN]);
    assert!(matches!(error, Error::Penalty { index: 0, value } if value.is_nan()), "{error:?}");
}

#[test]
fn penalties_that_rounding_swamps_are_refused() {
    // 1 / penalty overflows, and a constant feature has eigenvalue 0.
    let error = RidgeClassifier::fit(&[1.0; 3], 1, &[1, 2, 1], &[1e-310, 1e-309]).unwrap_err();
    assert_eq!(error, Error::NoFiniteError { largest: 1e-309 });
}

#[test]
fn what_cannot_be_classified_is_refused() {
    let classifier = RidgeClassifier::fit(&[0.0, 1.0, 2.0, 3.0], 2, &[1, 2], &PENALTIES).unwrap();
    let predict = |x: &[f32]| classifier.predict(x).unwrap_err();
    assert_eq!(predict(&[0.0, 1.0, 2.0]), Error::RaggedRows { values: 3, dimension: 2 });
    assert_eq!(predict(&[]), Error::Empty);
    assert_eq!(
        predict(&[0.0, f32::INFINITY]),
        Error::NonFinite { row: 0, feature: 1, value: f32::INFINITY }
    );
    assert_eq!(
        classifier.accuracy(&[0.0, 1.0], &[1, 2]).unwrap_err(),
        Error::LabelCount { labels: 2, rows: 1 }
    );
}

#[test]
fn planes_that_cannot_be_pooled_are_refused() {
    let pool = |pooling: Pooling, planes: &[f32], shape| pooling.pool(planes, shape).unwrap_err();
    let ragged = |values, height, width| Error::RaggedPlanes { values, height, width };
    assert_eq!(pool(Pooling::None, &[0.0; 7], [2, 3]), ragged(7, 2, 3));
    assert_eq!(pool(Pooling::Global, &[0.0; 6], [0, 3]), ragged(6, 0, 3));
    assert_eq!(pool(Pooling::None, &[0.0; 6], [usize::MAX, 2]), ragged(6, usize::MAX, 2));
    for grid in [0, 3, usize::MAX] {
        let expected = Error::Grid { grid, height: 2, width: 3 };
        assert_eq!(pool(Pooling::Grid(grid), &[0.0; 6], [2, 3]), expected);
    }
    assert_eq!(
        Pooling::Grid(2).pool_into(&[0.0; 6], [2, 3], &mut [0.0; 5]),
        Err(Error::WrongLength { expected: 4, found: 5 })
    );
}

#[test]
fn texts_that_name_no_pooling_are_refused() {
    for name in ["", "Global", "8", "8x7", "0x0", "+8x8", "08x8", "x", "8x8x8"] {
        let expected = Error::UnknownPooling { name: name.to_owned() };
        assert_eq!(name.parse::<Pooling>(), Err(expected));
    }
}
