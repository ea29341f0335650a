//! Batches against a short serial program, bit for bit.

use crate::common::{Random, in_pool};
use mi_metrics::{
    BatchShape, BinnedArray, Error, Location, batch_mutual_information, image_against_maps,
    mutual_information,
};

/// The documented rules, without any code of the library.
fn oracle(x: &[f32], y: &[f32], bins: usize) -> f64 {
    let ends = |v: &[f32]| v.iter().fold((v[0], v[0]), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let scale =
        |(lo, hi): (f32, f32)| if lo == hi { 0.0 } else { (bins as f32 / (hi - lo)).next_up() };
    let bin = |v: f32, (lo, hi)| (((v - lo) * scale((lo, hi))) as usize).min(bins - 1);
    let mut table = vec![vec![0_u64; bins]; bins];
    x.iter().zip(y).for_each(|(&a, &b)| table[bin(a, ends(x))][bin(b, ends(y))] += 1);
    let (n_x, n_y) = (|i: usize| table[i].iter().sum(), |j| table.iter().map(|row| row[j]).sum());
    let (total, ln) = (x.len() as u64, |n: u64| (n as f64).ln());
    let term = |n, r: u64, c: u64| match n * total == r * c {
        true => 0.0,
        false => n as f64 * ((ln(n) + ln(total)) - (ln(r) + ln(c))),
    };
    let row = |i: usize| {
        let cells = (0..bins).filter(|&j| table[i][j] > 0);
        cells.map(|j| term(table[i][j], n_x(i), n_y(j))).fold(0.0, |a, b| a + b)
    };
    (0..bins).map(row).fold(0.0, |a, b| a + b) / total as f64
}

/// Images and maps that are related, unrelated, constant and identical.
fn data(n: usize, k: usize, pixels: usize, seed: u64) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random(seed);
    let (mut images, mut maps) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let image: Vec<f32> = (0..pixels).map(|_| random.uniform() as f32).collect();
        for map in 0..k {
            maps.extend(image.iter().map(|&v| match map % 4 {
                0 => (3.0 * v).sin() + 0.2 * random.uniform() as f32,
                1 => random.uniform() as f32 - 7.0,
                2 => 2.5,
                _ => v,
            }));
        }
        images.extend(image);
    }
    (images, maps)
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn any_number_of_threads_equals_the_serial_oracle_bit_for_bit() {
    // Small and large tables; numbers of pixels that do not fill chunks evenly, one of
    // them above 4,096.
    for (pixels, bins) in [(1, 20), (7, 3), (331, 20), (1031, 8), (331, 64), (4097, 70), (331, 256)]
    {
        let (n, k) = (9, 5);
        let shape = BatchShape { pixels, maps_per_image: k };
        let (images, maps) = data(n, k, pixels, 11);
        let expected: Vec<f64> = (0..n * k)
            .map(|pair| {
                let image = &images[pair / k * pixels..][..pixels];
                let map = &maps[pair * pixels..][..pixels];
                let entropy = |v| BinnedArray::new(v, bins).unwrap().entropy();
                oracle(image, map, bins).clamp(0.0, entropy(image).min(entropy(map)))
            })
            .collect();
        for threads in [1, 2, 5] {
            let mut out = vec![f64::NAN; n * k];
            in_pool(threads, || batch_mutual_information(&images, &maps, shape, bins, &mut out))
                .unwrap();
            assert_eq!(bits(&out), bits(&expected), "{pixels} pixels, {threads} threads");
        }
        let mut out = vec![f64::NAN; k];
        image_against_maps(&images[..pixels], &maps[..k * pixels], bins, &mut out).unwrap();
        assert_eq!(bits(&out), bits(&expected[..k]));
        for (&mi, map) in out.iter().zip(maps.chunks(pixels)) {
            assert_eq!(mutual_information(&images[..pixels], map, bins), Ok(mi));
        }
    }
}

#[test]
fn the_first_bad_value_in_order_is_named_under_any_number_of_threads() {
    let (n, k, pixels) = (12, 3, 50);
    let shape = BatchShape { pixels, maps_per_image: k };
    let (images, mut maps) = data(n, k, pixels, 12);
    for (image, map, pixel) in [(4, 2, 17), (4, 2, 30), (5, 0, 1), (11, 1, 0)] {
        maps[(image * k + map) * pixels + pixel] = f32::INFINITY;
    }
    let expected = Error::NonFinite {
        location: Location::Map { image: 4, map: 2 },
        index: 17,
        value: f64::INFINITY,
    };
    for threads in [1, 2, 5] {
        let mut out = vec![0.0; n * k];
        let result =
            in_pool(threads, || batch_mutual_information(&images, &maps, shape, 20, &mut out));
        assert_eq!(result, Err(expected.clone()), "{threads} threads");
    }
    assert_eq!(
        expected.to_string(),
        "value 17 of map 2 of image 4 is inf: replace or drop values that are not finite"
    );
}

#[test]
fn a_bad_image_is_named() {
    let (mut images, maps) = data(3, 2, 10, 13);
    images[25] = f32::NAN;
    let mut out = [0.0; 6];
    let shape = BatchShape { pixels: 10, maps_per_image: 2 };
    let error = batch_mutual_information(&images, &maps, shape, 4, &mut out).unwrap_err();
    assert!(matches!(
        error,
        Error::NonFinite { location: Location::Image { image: 2 }, index: 5, value }
            if value.is_nan()
    ));
    let error = image_against_maps(&images[20..], &maps[40..], 4, &mut out[..2]).unwrap_err();
    assert!(matches!(
        error,
        Error::NonFinite { location: Location::Image { image: 0 }, index: 5, .. }
    ));
}

#[test]
fn byte_images_pair_with_float_maps() {
    let image: Vec<u8> = (0..200).map(|i| (i * 37 % 256) as u8).collect();
    let maps: Vec<f32> = image.iter().map(|&v| -0.5 * f32::from(v)).collect();
    let mut out = [0.0];
    image_against_maps(&image, &maps, 20, &mut out).unwrap();
    assert_eq!(out[0], mutual_information(&image, &maps, 20).unwrap());
    assert!(out[0] > 2.8, "{}", out[0]);
}
