//! Every instruction set of this CPU against three plain loops, bit for bit.

use super::*;

/// One value at a time; the tested code works in chunks, lanes and copies.
fn plain<X: Binning + Sample, Y: Binning + Sample>(image: &[X], map: &[Y], bins: usize) -> f64 {
    let rule_of_x = X::rule(Location::X, image, bins).unwrap();
    let rule_of_y = Y::rule(Location::Y, map, bins).unwrap();
    let mut table = vec![0; bins * bins];
    for (&a, &b) in image.iter().zip(map) {
        let row = usize::from(X::bin::<false>(&rule_of_x, a));
        table[row * bins + usize::from(Y::bin::<false>(&rule_of_y, b))] += 1;
    }
    JointHistogram::from_counts(table, (bins, bins)).unwrap().mutual_information()
}

#[track_caller]
fn check<X: Binning + Sample, Y: Binning + Sample>(image: &[X], maps: &[Y], bins: usize) {
    let pixels = image.len();
    let expected: Vec<u64> =
        maps.chunks(pixels).map(|map| plain(image, map, bins).to_bits()).collect();
    let one_by_one =
        maps.chunks(pixels).map(|map| mutual_information(image, map, bins).unwrap().to_bits());
    assert!(one_by_one.eq(expected.iter().copied()), "pairs, {pixels} pixels, {bins} bins");
    for level in Level::available() {
        let mut scratch = Scratch { level, ..Scratch::new(bins, expected.len()) };
        // The second time the buffers have been used before.
        for _ in 0..2 {
            let mut out = vec![f64::NAN; expected.len()];
            scratch.measure(0, X::values(image), Y::values(maps), &mut out).unwrap();
            let bits: Vec<u64> = out.iter().map(|v| v.to_bits()).collect();
            assert_eq!(bits, expected, "{level:?}, {pixels} pixels, {bins} bins");
        }
    }
}

/// A smooth image, and maps that are smooth, noise, constant, very large and very small.
fn data(pixels: usize) -> (Vec<f32>, Vec<f32>) {
    let mut state = 12_345_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let image: Vec<f32> = (0..pixels).map(|i| (i as f32 * 0.07).sin() + 0.1 * noise()).collect();
    let mut maps: Vec<f32> = image.iter().map(|v| v.tanh() + 0.2 * noise()).collect();
    maps.extend((0..pixels).map(|_| 5.0 - noise()));
    maps.extend((0..pixels).map(|_| -0.0));
    maps.extend((0..pixels).map(|_| (2.0 * noise() - 1.0) * f32::MAX));
    maps.extend((0..pixels).map(|_| f32::from_bits((noise() * 100.0) as u32)));
    (image, maps)
}

/// All three types as image and as map.
fn check_types(pixels: usize, bins: usize) {
    let (image, maps) = data(pixels);
    let byte = |v: &f32| (100.0 * v + 128.0) as u8;
    let bytes: Vec<u8> = maps.iter().map(byte).collect();
    let double: Vec<f64> = maps.iter().map(|&v| v.into()).collect();
    check(&image, &maps, bins);
    check(&bytes[..pixels], &double, bins);
    check(&double[..pixels], &bytes, bins);
}

#[test]
fn every_level_gives_the_bits_of_the_plain_loops_at_any_length() {
    for pixels in 1..=200 {
        for bins in [1, 2, 19, 20, 65] {
            check_types(pixels, bins);
        }
    }
}

#[test]
fn every_level_gives_the_bits_of_the_plain_loops_at_any_number_of_bins() {
    for bins in [1, 2, 19, 20, 22, 23, 64, 65, 255, 256, 257] {
        // Around the chunks of the counter.
        for pixels in [131, 4095, 4096, 4097, 8193] {
            check_types(pixels, bins);
        }
    }
    check_types(1000, 4096);
}

#[test]
fn every_level_gives_the_bits_of_the_plain_loops_at_any_number_of_maps() {
    for pixels in [1, 131, 4099] {
        let (image, maps) = data(pixels);
        for bins in 1..=21 {
            for maps in (1..=5).map(|n| &maps[..n * pixels]) {
                check(&image, maps, bins);
            }
        }
    }
}

#[test]
fn counts_beyond_16_bits_are_kept() {
    // All pixels are in one cell, or in two: more than a 16-bit count holds, and more than the
    // table of logarithms has.
    for pixels in [15 * 4096 - 1, 15 * 4096, 15 * 4096 + 1, 1 << 16, 300_007] {
        let mut image = vec![1.0_f32; pixels];
        image[pixels / 2..].fill(2.0);
        let maps = [vec![3.0_f32; pixels], image.clone()].concat();
        for bins in [2, 20, 60, 70] {
            check(&image, &maps, bins);
        }
        let mut mi = [f64::NAN];
        image_against_maps(&image, &image, 20, &mut mi).unwrap();
        assert!((mi[0] - 2.0_f64.ln()).abs() < 1e-6, "{mi:?}");
    }
}

#[test]
fn every_level_names_the_first_bad_value() {
    for pixels in [1, 15, 33, 4100] {
        for at in [0, pixels / 2, pixels - 1] {
            let (image, mut maps) = data(pixels);
            maps[pixels + at..2 * pixels].fill(f32::NEG_INFINITY);
            maps[2 * pixels..].fill(f32::NAN);
            for level in Level::available() {
                let mut scratch = Scratch { level, ..Scratch::new(20, 5) };
                let (image, maps) = (Values::F32(&image), Values::F32(&maps));
                let result = scratch.measure(7, image, maps, &mut [0.0; 5]);
                let expected = Error::NonFinite {
                    location: Location::Map { image: 7, map: 1 },
                    index: at,
                    value: f64::NEG_INFINITY,
                };
                assert_eq!(result, Err(expected), "{level:?}");
            }
        }
    }
}
