//! The estimators for continuous values: known information, invariance, and invalid inputs.

use std::f64::consts::LN_2;

use mi_metrics::{Error, Ksg, Location, Ties, gaussian_mi, ksg_mi, ross_mi};
use proptest::prelude::*;

use crate::common::{Random, assert_close, digamma, gaussian_pairs, in_pool};

fn uniforms(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..n).map(|_| random.uniform()).collect()
}

#[test]
fn the_information_of_correlated_gaussians_is_the_closed_form() {
    for (seed, rho) in [(1, 0.0), (2, 0.3), (3, -0.6), (4, 0.9), (5, 0.99)] {
        let (x, y) = gaussian_pairs(9216, rho, seed);
        let exact = -0.5 * (1.0 - rho * rho).ln();
        // Four standard deviations: |rho| / sqrt(N) and, as measured, 1.3 / sqrt(N).
        assert_close(gaussian_mi(&x, &y).unwrap(), exact, 4.0 * (rho.abs() + 0.01) / 96.0, "line");
        for variant in Ksg::ALL {
            let mi = ksg_mi(&x, &y, 3, variant, Ties::Refuse).unwrap();
            assert_close(mi, exact, 4.0 * 1.3 / 96.0, &format!("{variant:?}, {rho}"));
        }
    }
}

#[test]
fn the_information_under_uniform_noise_is_the_closed_form() {
    // x is uniform on [0, 1], the noise on [-e, e]: "Beyond Normal", appendix.
    for (noise, exact) in [(0.1_f64, 0.1 - 0.2_f64.ln()), (0.75, 1.0 / 3.0)] {
        let x = uniforms(9216, 6);
        let y: Vec<f64> =
            x.iter().zip(uniforms(9216, 7)).map(|(x, u)| x + noise * (2.0 * u - 1.0)).collect();
        for variant in Ksg::ALL {
            let mi = ksg_mi(&x, &y, 3, variant, Ties::Refuse).unwrap();
            assert_close(mi, exact, 0.06, &format!("{variant:?}, {noise}"));
        }
    }
}

#[test]
fn independent_values_have_zero_information_on_average_and_sometimes_less() {
    let repeats = 40;
    let mut estimates = [Vec::new(), Vec::new(), Vec::new()];
    for seed in 0..repeats {
        let (x, y) = (uniforms(500, 100 + seed), uniforms(500, 200 + seed));
        let labels: Vec<u8> = x.iter().map(|x| (4.0 * x) as u8).collect();
        estimates[0].push(ksg_mi(&x, &y, 3, Ksg::One, Ties::Refuse).unwrap());
        estimates[1].push(ksg_mi(&x, &y, 3, Ksg::Two, Ties::Refuse).unwrap());
        estimates[2].push(ross_mi(&labels, &y, 3, Ties::Refuse).unwrap());
    }
    for estimates in estimates {
        let n = estimates.len() as f64;
        let mean = estimates.iter().sum::<f64>() / n;
        let squares: f64 = estimates.iter().map(|e| (e - mean) * (e - mean)).sum();
        assert!(mean.abs() < 4.0 * (squares / (n - 1.0) / n).sqrt(), "{mean}");
        assert!(estimates.iter().any(|&e| e < 0.0) && estimates.iter().any(|&e| e > 0.0));
    }
}

#[test]
fn the_gaussian_bias_is_one_over_twice_the_pairs() {
    for rho in [0.0, 0.8] {
        let (n, repeats) = (20, 20_000);
        let mean = (0..repeats)
            .map(|seed| {
                let (x, y) = gaussian_pairs(n, rho, 1000 + seed);
                gaussian_mi(&x, &y).unwrap()
            })
            .sum::<f64>()
            / repeats as f64;
        let bias = mean + 0.5 * (1.0 - rho * rho).ln();
        // 1/40 to first order, psi(19/2)/2 - psi(18/2)/2 = 0.0271 in full. The standard deviation
        // of the mean is 0.2 / sqrt(20,000).
        assert_close(bias, 0.0271, 4.0 * 0.0015, "bias");
    }
}

#[test]
fn the_information_of_overlapping_classes_is_the_closed_form() {
    // A fair label shifts a uniform value by half its width: half of the values
    // determine the label.
    let mut random = Random(8);
    let (labels, values): (Vec<bool>, Vec<f64>) = (0..9216)
        .map(|_| {
            let label = random.uniform() < 0.5;
            (label, 0.5 * f64::from(u8::from(label)) + random.uniform())
        })
        .unzip();
    assert_close(ross_mi(&labels, &values, 3, Ties::Refuse).unwrap(), LN_2 / 2.0, 0.02, "label");
}

#[test]
fn labels_with_separate_ranges_reach_the_largest_value() {
    let most = digamma(4) - digamma(2);
    assert_close(most, 5.0 / 6.0, 1e-15, "above ln 2");
    let mi = ross_mi(&[0, 0, 1, 1], &[0_u8, 1, 10, 11], 1, Ties::Refuse).unwrap();
    assert_close(mi, most, 1e-15, "separate");
}

#[test]
fn shifts_and_scales_change_nothing() {
    let (x, y) = gaussian_pairs(1000, 0.7, 9);
    let labels: Vec<u16> = x.iter().map(|x| (x.abs() * 2.0) as u16).collect();
    let moved: Vec<f64> = y.iter().map(|y| -1e-3 * y + 17.0).collect();
    for variant in Ksg::ALL {
        let mi = ksg_mi(&x, &y, 3, variant, Ties::Refuse).unwrap();
        assert_close(ksg_mi(&x, &moved, 3, variant, Ties::Refuse).unwrap(), mi, 1e-12, "moved");
        assert_close(ksg_mi(&moved, &x, 3, variant, Ties::Refuse).unwrap(), mi, 1e-12, "swapped");
    }
    let mi = ross_mi(&labels, &y, 3, Ties::Refuse).unwrap();
    assert_close(ross_mi(&labels, &moved, 3, Ties::Refuse).unwrap(), mi, 1e-12, "moved");
    let renamed: Vec<i64> = labels.iter().map(|&l| -7 * i64::from(l)).collect();
    assert_close(ross_mi(&renamed, &y, 3, Ties::Refuse).unwrap(), mi, 1e-12, "renamed");
    let mi = gaussian_mi(&x, &y).unwrap();
    assert_close(gaussian_mi(&moved, &x).unwrap(), mi, 1e-12, "moved");
}

#[test]
fn monotone_maps_change_little() {
    let (x, y) = gaussian_pairs(5000, 0.7, 10);
    let bent: Vec<f64> = y.iter().map(|y| y.tanh()).collect();
    let labels: Vec<u8> = x.iter().map(|x| u8::from(*x > 0.0)).collect();
    for variant in Ksg::ALL {
        let mi = ksg_mi(&x, &y, 3, variant, Ties::Refuse).unwrap();
        assert_close(ksg_mi(&x, &bent, 3, variant, Ties::Refuse).unwrap(), mi, 0.02, "tanh");
    }
    let mi = ross_mi(&labels, &y, 3, Ties::Refuse).unwrap();
    assert_close(ross_mi(&labels, &bent, 3, Ties::Refuse).unwrap(), mi, 0.005, "tanh");
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (x, y) = gaussian_pairs(3000, 0.5, 12);
    let on = |threads| {
        in_pool(threads, || {
            Ksg::ALL.map(|v| ksg_mi(&x, &y, 4, v, Ties::Jitter { seed: 5 }).unwrap().to_bits())
        })
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn constants_have_no_information() {
    let (constant, other) = ([4.5_f32; 6], [1_u8, 2, 3, 4, 5, 6]);
    for ties in [Ties::Refuse, Ties::Jitter { seed: 0 }] {
        for variant in Ksg::ALL {
            assert_eq!(ksg_mi(&constant, &other, 2, variant, ties), Ok(0.0));
            assert_eq!(ksg_mi(&other, &constant, 2, variant, ties), Ok(0.0));
            assert_eq!(ksg_mi(&constant, &constant, 2, variant, ties), Ok(0.0));
        }
        assert_eq!(ross_mi(&[0_u8, 0, 0, 1, 1, 1], &constant, 2, ties), Ok(0.0));
        assert_eq!(ross_mi(&[7_u8; 6], &other, 2, ties), Ok(0.0));
    }
    assert_eq!(gaussian_mi(&constant, &other), Ok(0.0));
    assert_eq!(gaussian_mi(&[1.0_f32], &[2.0_f32]), Ok(0.0));
}

#[test]
fn points_on_a_line_have_no_finite_information() {
    let x: Vec<u8> = (0..=255).collect();
    let down: Vec<f64> = x.iter().map(|&x| 1.0 - 0.3 * f64::from(x)).collect();
    assert_eq!(gaussian_mi(&x, &x), Ok(f64::INFINITY));
    assert!(gaussian_mi(&x, &down).unwrap() > 30.0);
    // Nearly on a line: 1 - r^2 is the share of the noise, although r is 1 to 16 digits.
    let y: Vec<f64> =
        x.iter().map(|&x| f64::from(x) + 1e-7 * f64::from(x.wrapping_mul(37) % 2)).collect();
    assert!((15.0..25.0).contains(&gaussian_mi(&x, &y).unwrap()));
}

#[test]
fn invalid_inputs_are_named() {
    let good = [0.0_f32, 1.0, 2.5, 7.0];
    let mismatch = Err(Error::LengthMismatch { x: 4, y: 3 });
    assert_eq!(ksg_mi(&good, &good[..3], 1, Ksg::One, Ties::Refuse), mismatch);
    assert_eq!(gaussian_mi(&good, &good[..3]), mismatch);
    assert_eq!(ross_mi(&[1, 2, 1, 2], &good[..3], 1, Ties::Refuse), mismatch);

    assert_eq!(ksg_mi(&good[..0], &good[..0], 1, Ksg::One, Ties::Refuse), Err(Error::Empty));
    assert_eq!(gaussian_mi(&good[..0], &good[..0]), Err(Error::Empty));
    assert_eq!(ross_mi(&[0_u8; 0], &good[..0], 1, Ties::Refuse), Err(Error::Empty));

    let bad = [0.0, 1.0, f64::INFINITY, 2.0];
    let infinite = |location| Err(Error::NonFinite { location, index: 2, value: f64::INFINITY });
    assert_eq!(ksg_mi(&bad, &good, 1, Ksg::Two, Ties::Refuse), infinite(Location::X));
    assert_eq!(gaussian_mi(&good, &bad), infinite(Location::Y));
    assert_eq!(ross_mi(&[1, 2, 1, 2], &bad, 1, Ties::Refuse), infinite(Location::Y));
    let nan = ksg_mi(&good, &[0.0, f32::NAN, 1.0, 2.0], 1, Ksg::One, Ties::Jitter { seed: 0 })
        .unwrap_err();
    assert!(matches!(nan, Error::NonFinite { location: Location::Y, index: 1, .. }));

    for k in [0, 4, 5, usize::MAX] {
        let expected = Err(Error::Neighbours { k, values: 4 });
        assert_eq!(ksg_mi(&good, &good, k, Ksg::One, Ties::Refuse), expected);
        assert_eq!(ross_mi(&[1, 1, 2, 2], &good, k, Ties::Refuse), expected);
    }
    assert_eq!(
        ksg_mi(&good[..1], &good[..1], 1, Ksg::One, Ties::Refuse),
        Err(Error::Neighbours { k: 1, values: 1 })
    );
    assert_eq!(
        ross_mi(&[1, 2, 3, 4], &good, 1, Ties::Refuse),
        Err(Error::UniqueLabels { values: 4 })
    );
}

#[test]
fn values_that_repeat_too_often_are_refused_with_their_position() {
    let x = [3.0_f32, 1.0, 5.0, 1.0, 1.0];
    let y = [0.0_f32, 2.0, 1.0, 2.0, 2.0];
    for (k, refused) in [(1, true), (2, true), (3, false)] {
        let tied = Err(Error::Ties { location: Location::X, index: 1, k });
        let mi = ksg_mi(&x, &y, k, Ksg::One, Ties::Refuse);
        assert_eq!(mi == tied, refused, "{mi:?}");
        let tied = Err(Error::Ties { location: Location::Y, index: 1, k });
        let mi = ksg_mi(&[0.5, 1.0, 2.0, 4.0, 8.5], &y, k, Ksg::Two, Ties::Refuse);
        assert_eq!(mi == tied, refused, "{mi:?}");
        assert!(ksg_mi(&x, &y, k, Ksg::One, Ties::Jitter { seed: 1 }).unwrap().is_finite());
    }
    let labels = ["a", "b", "a", "b", "b"];
    let tied = Err(Error::Ties { location: Location::Y, index: 1, k: 2 });
    assert_eq!(ross_mi(&labels, &x, 3, Ties::Refuse), tied);
    assert!(ross_mi(&labels, &x, 3, Ties::Jitter { seed: 1 }).unwrap().is_finite());
}

/// Any finite values, or few distinct ones.
fn arrays() -> impl Strategy<Value = Vec<(f32, f64)>> {
    let any_finite = (
        any::<f32>().prop_filter("finite", |v| v.is_finite()),
        any::<f64>().prop_filter("finite", |v| v.is_finite()),
    );
    let coarse = (0..4_u8, 0..4_u8).prop_map(|(x, y)| (x.into(), f64::from(y)));
    prop_oneof![prop::collection::vec(any_finite, 0..100), prop::collection::vec(coarse, 0..100)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_values_give_a_finite_number_or_an_error(
        (pairs, k, seed) in (arrays(), 0..12_usize, any::<u64>()),
    ) {
        let (x, y): (Vec<f32>, Vec<f64>) = pairs.into_iter().unzip();
        let labels: Vec<i32> = x.iter().map(|x| *x as i32 % 5).collect();
        for ties in [Ties::Refuse, Ties::Jitter { seed }] {
            for mi in [
                ksg_mi(&x, &y, k, Ksg::One, ties),
                ksg_mi(&x, &y, k, Ksg::Two, ties),
                ross_mi(&labels, &y, k, ties),
            ] {
                match mi {
                    Ok(mi) => prop_assert!(mi.is_finite(), "{mi}"),
                    Err(Error::Ties { .. }) => prop_assert_eq!(ties, Ties::Refuse),
                    Err(Error::Empty | Error::Neighbours { .. }) => {}
                    Err(Error::UniqueLabels { .. }) => {}
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
        }
        if let Ok(mi) = gaussian_mi(&x, &y) {
            prop_assert!(mi >= 0.0);
        }
    }

    #[test]
    fn exchanging_the_arrays_or_the_order_of_the_pairs_changes_nothing(
        (pairs, k) in (prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 8..100), 1..6_usize),
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let (x2, y2): (Vec<f64>, Vec<f64>) = pairs.iter().rev().copied().unzip();
        for variant in Ksg::ALL {
            let of = |x: &[f64], y: &[f64]| ksg_mi(x, y, k, variant, Ties::Refuse).unwrap();
            prop_assert!((of(&y, &x) - of(&x, &y)).abs() < 1e-12);
            prop_assert!((of(&x2, &y2) - of(&x, &y)).abs() < 1e-12);
        }
        prop_assert!((gaussian_mi(&y2, &x2).unwrap() - gaussian_mi(&x, &y).unwrap()).abs() < 1e-12);
    }
}
