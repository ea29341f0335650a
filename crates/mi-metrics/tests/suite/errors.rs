//! Invalid inputs, by variant of the error.

use mi_metrics::{
    BatchShape, BinnedArray, Error, JointHistogram, Location, MAX_BINS, batch_mutual_information,
    image_against_maps, mutual_information,
};

const NONE: [f32; 0] = [];

#[test]
fn empty_arrays_are_refused() {
    assert_eq!(BinnedArray::new(&NONE, 4), Err(Error::Empty));
    assert_eq!(BinnedArray::from_indices(Vec::new(), 4), Err(Error::Empty));
    assert_eq!(mutual_information(&NONE, &NONE, 4), Err(Error::Empty));
    assert_eq!(JointHistogram::from_counts(vec![0; 4], (2, 2)), Err(Error::Empty));
    assert_eq!(image_against_maps(&NONE, &NONE, 4, &mut [0.0; 2]), Err(Error::Empty));
    let shape = BatchShape { pixels: 0, maps_per_image: 1 };
    assert_eq!(batch_mutual_information(&NONE, &NONE, shape, 4, &mut []), Err(Error::Empty));
}

#[test]
fn unequal_lengths_are_refused() {
    let expected = Error::LengthMismatch { x: 3, y: 2 };
    assert_eq!(mutual_information(&[1_u8, 2, 3], &[1.0_f32, 2.0], 4), Err(expected.clone()));
    let (x, y) = ([0_u8; 3], [0_u8; 2]);
    let (x, y) = (BinnedArray::new(&x, 4).unwrap(), BinnedArray::new(&y, 4).unwrap());
    assert_eq!(JointHistogram::new(&x, &y), Err(expected));
}

#[test]
fn values_that_are_not_finite_are_named() {
    let good = [0.0_f64, 1.0, 2.0];
    let error = mutual_information(&good, &[0.0_f32, 1.0, f32::NEG_INFINITY], 4).unwrap_err();
    assert_eq!(
        error,
        Error::NonFinite { location: Location::Y, index: 2, value: f64::NEG_INFINITY }
    );
    let error = mutual_information(&[0.0, f64::NAN, f64::NAN], &good, 4).unwrap_err();
    assert!(matches!(error, Error::NonFinite { location: Location::X, index: 1, value }
        if value.is_nan()));
    assert_eq!(
        BinnedArray::new(&[f64::INFINITY], 4).unwrap_err().to_string(),
        "value 0 of the array is inf: replace or drop values that are not finite"
    );
}

#[test]
fn bins_are_1_to_the_maximum() {
    let x = [1.0_f32, 2.0, 3.0];
    for bins in [0, MAX_BINS + 1, usize::MAX] {
        let expected = Error::BinCount { bins, max: MAX_BINS };
        assert_eq!(BinnedArray::new(&x, bins), Err(expected.clone()));
        assert_eq!(BinnedArray::from_indices(vec![0], bins), Err(expected.clone()));
        assert_eq!(mutual_information(&x, &x, bins), Err(expected.clone()));
        assert_eq!(JointHistogram::from_counts(vec![1], (bins, 1)), Err(expected.clone()));
        assert_eq!(JointHistogram::from_counts(vec![1], (1, bins)), Err(expected.clone()));
        assert_eq!(image_against_maps(&x, &x, bins, &mut [0.0]), Err(expected.clone()));
        let shape = BatchShape { pixels: 3, maps_per_image: 1 };
        let batch = batch_mutual_information(&x, &x, shape, bins, &mut [0.0]);
        assert_eq!(batch, Err(expected));
    }
    for bins in [1, MAX_BINS] {
        assert!(mutual_information(&x, &x, bins).is_ok());
    }
}

#[test]
fn one_bin_has_no_information_and_spare_bins_do_no_harm() {
    let x = [1.0_f32, 2.0, 3.0];
    assert_eq!(mutual_information(&x, &x, 1), Ok(0.0));
    let mi = mutual_information(&x, &x, 1000).unwrap();
    assert!((mi - 3.0_f64.ln()).abs() < 1e-15);
    assert_eq!(mutual_information(&[5.0_f32], &[6_u8], 20), Ok(0.0));
}

#[test]
fn bin_numbers_out_of_range_are_named() {
    assert_eq!(
        BinnedArray::from_indices(vec![0, 3, 4], 4),
        Err(Error::BinOutOfRange { index: 2, bin: 4, bins: 4 })
    );
}

#[test]
fn tables_of_the_wrong_size_or_sum_are_refused() {
    assert_eq!(
        JointHistogram::from_counts(vec![1; 5], (2, 3)),
        Err(Error::WrongLength { name: "counts", expected: 6, found: 5 })
    );
    let values = 2 * u64::from(u32::MAX);
    assert_eq!(
        JointHistogram::from_counts(vec![u32::MAX; 2], (1, 2)),
        Err(Error::TooManyValues { values, max: u32::MAX.into() })
    );
    assert!(JointHistogram::from_counts(vec![u32::MAX, 0], (1, 2)).is_ok());
}

#[test]
fn batch_sizes_must_agree() {
    let values = [0.0_f32; 24];
    let batch = |images: usize, maps: usize, k: usize, out: usize| {
        let shape = BatchShape { pixels: 4, maps_per_image: k };
        let (images, maps) = (&values[..images], &values[..maps]);
        batch_mutual_information(images, maps, shape, 5, &mut vec![0.0; out])
    };
    assert_eq!(batch(8, 24, 3, 6), Ok(()));
    assert_eq!(batch(7, 24, 3, 6), Err(Error::RaggedImages { values: 7, pixels: 4 }));
    let wrong = |name, expected, found| Err(Error::WrongLength { name, expected, found });
    assert_eq!(batch(8, 23, 3, 6), wrong("maps", 24, 23));
    assert_eq!(batch(8, 24, 3, 5), wrong("out", 6, 5));
    assert_eq!(batch(8, 24, usize::MAX, 6), wrong("maps", usize::MAX, 24));
    // No images, or no maps: there is nothing to do.
    assert_eq!(batch(0, 0, 3, 0), Ok(()));
    assert_eq!(batch(8, 0, 0, 0), Ok(()));
    let single = image_against_maps(&values[..4], &values[..7], 5, &mut [0.0; 2]);
    assert_eq!(single, wrong("maps", 8, 7));
}
