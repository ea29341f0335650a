//! R^2 of an image on its maps, against numpy (`data/make_linear_reference.py`) and by its
//! properties.

use mi_metrics::{Error, Location, gaussian_mi, linear_gaussian_mi, linear_r_squared};
use proptest::prelude::*;
use serde_json::Value;

use crate::common::{Random, assert_close, lcg};

/// The arrays of the script.
fn arrays(case: &Value) -> (Vec<f32>, Vec<f32>) {
    let integer = |key: &str| case[key].as_u64().unwrap() as usize;
    let (seed, k, n) = (integer("seed") as u32, integer("k"), integer("n"));
    let mut maps = lcg(seed, k * n);
    let noise = lcg(seed + 1, n);
    let mut image: Vec<f64> = noise.iter().map(|v| 0.25 * v).collect();
    for i in 0..k {
        for (pixel, x) in image.iter_mut().enumerate() {
            *x += maps[i * n + pixel] / (1 + i) as f64 * maps[pixel];
        }
    }
    match case["name"].as_str().unwrap() {
        "plain" => {}
        "rectified" => maps.iter_mut().for_each(|v| *v = (*v - 0.5).max(0.0)),
        "collinear" => {
            for pixel in 0..n {
                maps[(k - 1) * n + pixel] = 0.5 * maps[pixel] - 0.25 * maps[n + pixel];
                maps[(k - 2) * n + pixel] = maps[2 * n + pixel];
                maps[(k - 3) * n + pixel] = 0.75;
            }
        }
        "offset" => maps.iter_mut().for_each(|v| *v = 0.001 * *v + 1000.0),
        "unrelated" => image = noise,
        other => panic!("no formula for {other}"),
    }
    let single = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
    let (image, maps) = (single(image), single(maps));
    for (array, key) in [(&image, "image_last"), (&maps, "map_last")] {
        assert_eq!(array[array.len() - 1], case[key].as_f64().unwrap() as f32, "{key}");
    }
    (image, maps)
}

#[track_caller]
fn r_squared(image: &[f64], maps: &[f64]) -> f64 {
    linear_r_squared(image, maps).unwrap().unwrap()
}

#[test]
fn least_squares_of_numpy_agree() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../data/linear_reference.json")).unwrap();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        let (image, maps) = arrays(case);
        let expected = case["r_squared"].as_f64().unwrap();
        let got = linear_r_squared(&image, &maps).unwrap().unwrap();
        assert_close(got, expected, 1e-9, &case.to_string());
    }
}

#[test]
fn maps_that_add_nothing_change_nothing() {
    let mut random = Random(3);
    let mut array = || (0..500).map(|_| random.bell()).collect::<Vec<f64>>();
    let (a, b, noise) = (array(), array(), array());
    let image: Vec<f64> = (0..500).map(|i| a[i] - 2.0 * b[i] + noise[i]).collect();
    let expected = r_squared(&image, &[&a[..], &b].concat());
    assert!((0.75..0.9).contains(&expected), "{expected}");
    let sum: Vec<f64> = (0..500).map(|i| 3.0 * a[i] + b[i] - 1.0).collect();
    let constant = vec![-4.0; 500];
    for maps in [
        [&a[..], &b, &b, &constant].concat(),
        [&constant[..], &sum, &b, &a].concat(),
        [&sum[..], &a, &a, &sum].concat(),
    ] {
        assert_close(r_squared(&image, &maps), expected, 1e-12, "a spare map");
    }
}

#[test]
fn an_image_that_is_a_linear_function_of_its_maps_is_explained_wholly() {
    let mut random = Random(4);
    let maps: Vec<f64> = (0..32 * 200).map(|_| random.bell()).collect();
    let pixel = |i: usize| (0..32).map(|j| maps[j * 200 + i] * (j as f64 - 9.0)).sum::<f64>();
    let image: Vec<f64> = (0..200).map(pixel).collect();
    let r = r_squared(&image, &maps);
    assert!((1.0 - 1e-12..=1.0).contains(&r), "{r}");
    assert!(linear_gaussian_mi(r) > 13.0);
    assert_eq!(r_squared(&image, &image), 1.0);
    assert_eq!(linear_gaussian_mi(1.0), f64::INFINITY);
}

#[test]
fn as_many_maps_as_pixels_explain_any_image() {
    let mut random = Random(5);
    let maps: Vec<f64> = (0..12 * 9).map(|_| random.bell()).collect();
    let image: Vec<f64> = (0..9).map(|_| random.bell()).collect();
    assert_close(r_squared(&image, &maps), 1.0, 1e-9, "12 maps of 9 pixels");
}

#[test]
fn a_constant_image_has_no_r_squared_and_constant_maps_explain_nothing() {
    let ramp: Vec<f32> = (0..50).map(|i| i as f32).collect();
    assert_eq!(linear_r_squared(&[0.1_f32; 50], &ramp), Ok(None));
    assert_eq!(linear_r_squared(&[3_u8], &[4_u8]), Ok(None));
    assert_eq!(linear_r_squared(&ramp, &[0.1_f32; 100]), Ok(Some(0.0)));
    let no_maps: [f32; 0] = [];
    assert_eq!(linear_r_squared(&ramp, &no_maps), Ok(Some(0.0)));
}

#[test]
fn wrong_inputs_are_named() {
    let none: [f64; 0] = [];
    assert_eq!(linear_r_squared(&none, &none), Err(Error::Empty));
    assert_eq!(
        linear_r_squared(&[1_u8, 2, 3], &[0.0_f32; 7]),
        Err(Error::WrongLength { name: "maps", expected: 9, found: 7 })
    );
    let (image, map) = ([1.0, 2.0], [0.0, f64::INFINITY]);
    let at = |location, index| Error::NonFinite { location, index, value: f64::INFINITY };
    assert_eq!(
        linear_r_squared(&image, &[image, map].concat()),
        Err(at(Location::Map { image: 0, map: 1 }, 1))
    );
    assert_eq!(linear_r_squared(&map, &image), Err(at(Location::Image { image: 0 }, 1)));
    let nan = linear_r_squared(&[f32::NAN, f32::NAN], &image).unwrap_err().to_string();
    assert!(nan.contains("value 0 of image 0 is NaN"), "{nan}");
}

proptest! {
    #[test]
    fn one_map_gives_the_squared_correlation(
        pairs in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 3..200),
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let mi = linear_gaussian_mi(r_squared(&x, &y));
        let expected = gaussian_mi(&x, &y).unwrap();
        prop_assert!((mi - expected).abs() < 1e-9 * (1.0 + (2.0 * expected).exp()), "{mi} {expected}");
    }

    #[test]
    fn shifts_scales_and_the_order_of_maps_and_pixels_do_not_matter(
        (seed, k, n, exponent) in (0..1000_u64, 1..8_usize, 20..400_usize, -600..600_i32),
    ) {
        let mut random = Random(seed);
        let maps: Vec<f64> = (0..k * n).map(|_| random.bell()).collect();
        let image: Vec<f64> = (0..n).map(|i| maps[i] + random.bell()).collect();
        let expected = r_squared(&image, &maps);
        prop_assert!((0.0..=1.0).contains(&expected));

        let power = 2.0_f64.powi(exponent);
        let scaled: Vec<f64> = image.iter().map(|v| (v - 3.0) * power).collect();
        prop_assert!((r_squared(&scaled, &maps) - expected).abs() < 1e-12);
        let reversed: Vec<f64> = maps.iter().rev().copied().collect();
        let image: Vec<f64> = image.iter().rev().copied().collect();
        prop_assert!((r_squared(&image, &reversed) - expected).abs() < 1e-12);
    }
}
