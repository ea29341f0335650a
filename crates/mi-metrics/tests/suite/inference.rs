//! Permutation null and bootstrap against their known properties.

use mi_metrics::{BinnedArray, Error, Estimator, Resampling, bootstrap_interval, permutation_null};

use crate::common::{Random, assert_close, in_pool};

fn resampling(replicates: usize, seed: u64) -> Resampling {
    Resampling { replicates, seed }
}

/// Fair dice: `y` is `x` with probability `same`, otherwise another throw.
fn dice(random: &mut Random, values: usize, faces: u64, same: f64) -> (BinnedArray, BinnedArray) {
    let (x, y): (Vec<u16>, Vec<u16>) = (0..values)
        .map(|_| {
            let x = (random.bits() % faces) as u16;
            let y = (random.bits() % faces) as u16;
            (x, if random.uniform() < same { x } else { y })
        })
        .unzip();
    let binned = |v| BinnedArray::from_indices(v, faces as usize).unwrap();
    (binned(x), binned(y))
}

/// The information of [`dice`].
fn truth(faces: f64, same: f64) -> f64 {
    let (match_, other) = (same + (1.0 - same) / faces, (1.0 - same) / faces);
    faces.ln() + match_ * match_.ln() + (faces - 1.0) * other * other.ln()
}

#[test]
fn the_mean_of_the_plug_in_null_is_the_bias() {
    // 2N I is nearly chi-squared with (8 - 1)^2 = 49 degrees: mean 49, variance 98.
    let (x, y) = dice(&mut Random(31), 4000, 8, 0.5);
    let null = permutation_null(&x, &y, Estimator::PlugIn, resampling(999, 1)).unwrap();
    let (bias, spread) = (49.0 / 8000.0, 98.0_f64.sqrt() / 8000.0);
    assert_close(null.mean, bias, 5.0 * spread / 999.0_f64.sqrt(), "mean");
    assert_close(null.standard_deviation, spread, 0.12 * spread, "spread");
    // The 95th centile of chi-squared with 49 degrees is 66.34.
    assert_close(null.quantile(0.95), 66.34 / 8000.0, 0.4 * spread, "95 %");
    assert_eq!(null.p_value, 0.001);
    for estimator in [Estimator::MillerMadow, Estimator::Analytic, Estimator::Jackknife] {
        let null = permutation_null(&x, &y, estimator, resampling(999, 1)).unwrap();
        assert_close(null.mean, 0.0, 6.0 * spread / 999.0_f64.sqrt(), estimator.name());
    }
}

#[test]
fn subtracting_the_null_mean_corrects_independent_arrays_and_overcorrects_equal_ones() {
    let (bias, spread) = (49.0 / 8000.0, 98.0_f64.sqrt() / 8000.0);
    let of = |same| {
        let (x, y) = dice(&mut Random(38), 4000, 8, same);
        permutation_null(&x, &y, Estimator::PlugIn, resampling(99, 1)).unwrap()
    };
    let independent = of(0.0);
    assert_close(independent.observed - independent.mean, 0.0, 2.5 * spread, "independent");
    assert_close(independent.observed, bias, 2.5 * spread, "and not without");
    // The bias of equal arrays is -7 / 2N.
    let equal = of(1.0);
    assert_close(equal.observed, 8.0_f64.ln() - 7.0 / 8000.0, 0.001, "equal");
    assert!(equal.observed - equal.mean < 8.0_f64.ln() - bias);
}

#[test]
fn p_values_of_independent_arrays_are_uniform() {
    let mut random = Random(32);
    let trials = 600;
    let mut p_values: Vec<f64> = (0..trials)
        .map(|seed| {
            let (x, y) = dice(&mut random, 300, 4, 0.0);
            permutation_null(&x, &y, Estimator::PlugIn, resampling(99, seed)).unwrap().p_value
        })
        .collect();
    p_values.sort_by(f64::total_cmp);
    // Kolmogorov-Smirnov at 0.1 %: 1.95 / sqrt(600), and the step of the p-values, 0.01.
    let largest = p_values
        .iter()
        .enumerate()
        .map(|(i, p)| (p - (i as f64 + 0.5) / trials as f64).abs())
        .fold(0.0, f64::max);
    assert!(largest < 1.95 / (trials as f64).sqrt() + 0.01, "{largest}");
}

#[test]
fn a_constant_array_is_never_significant() {
    let constant = BinnedArray::new(&[3.0_f32; 50], 4).unwrap();
    let ramp = BinnedArray::new(&(0..50).collect::<Vec<u8>>(), 4).unwrap();
    for estimator in Estimator::ALL {
        let null = permutation_null(&constant, &ramp, estimator, resampling(19, 5)).unwrap();
        assert_eq!(null.p_value, 1.0, "{}", estimator.name());
    }
}

#[test]
fn mirrored_tables_count_as_equal() {
    // 3 + 3 values in 2 x 2 bins: in 2 of the 20 permutations x and y determine each other. The
    // tables of these two are mirrored, so their sums have different orders.
    let x = BinnedArray::from_indices(vec![0, 0, 0, 1, 1, 1], 2).unwrap();
    let null = permutation_null(&x, &x, Estimator::PlugIn, resampling(9999, 5)).unwrap();
    assert_close(null.p_value, 0.1, 0.015, "p");
}

#[test]
fn quantiles_of_the_null_are_its_values() {
    let (x, y) = dice(&mut Random(33), 100, 3, 0.2);
    let null = permutation_null(&x, &y, Estimator::PlugIn, resampling(101, 2)).unwrap();
    assert!(null.values().is_sorted());
    for (q, at) in [(0.0, 0), (0.25, 25), (0.5, 50), (1.0, 100), (-1.0, 0), (7.0, 100)] {
        assert_eq!(null.quantile(q), null.values()[at], "{q}");
    }
    assert!(null.quantile(f64::NAN).is_nan());
}

#[test]
fn results_depend_on_the_seed_and_not_on_the_threads() {
    let (x, y) = dice(&mut Random(34), 500, 5, 0.3);
    let run = |threads, seed| {
        in_pool(threads, || {
            (
                permutation_null(&x, &y, Estimator::Shrinkage, resampling(100, seed)).unwrap(),
                bootstrap_interval(&x, &y, Estimator::Jackknife, 0.9, resampling(100, seed))
                    .unwrap(),
            )
        })
    };
    let one = run(1, 9);
    for threads in [2, 5] {
        assert_eq!(run(threads, 9), one, "{threads} threads");
    }
    let other = run(2, 10);
    assert_ne!(other.0.values(), one.0.values());
    assert_ne!(other.1, one.1);
}

#[test]
fn intervals_cover_the_truth_as_documented() {
    let (values, faces, same, trials) = (400, 5, 0.4, 400);
    let truth = truth(5.0, same);
    let mut random = Random(35);
    let mut covered = [0; 4];
    for seed in 0..trials {
        let (x, y) = dice(&mut random, values, faces, same);
        let of =
            |estimator| bootstrap_interval(&x, &y, estimator, 0.95, resampling(399, seed)).unwrap();
        let inside = |(low, high): (f64, f64)| usize::from(low <= truth && truth <= high);
        let (plug_in, analytic) = (of(Estimator::PlugIn), of(Estimator::Analytic));
        covered[0] += inside(plug_in.percentile);
        covered[1] += inside(plug_in.basic);
        covered[2] += inside(analytic.percentile);
        covered[3] += inside(analytic.basic);
    }
    // 0.8, 0.9425, 0.9125 and 0.89 with these seeds; one standard error is 0.011 to 0.02.
    let [percentile, basic, analytic_percentile, analytic_basic] =
        covered.map(|n| n as f64 / trials as f64);
    assert_close(basic, 0.95, 0.03, "basic");
    assert!(percentile < 0.85, "biased twice: {percentile}");
    assert_close(analytic_percentile, 0.91, 0.03, "biased once, upwards");
    assert_close(analytic_basic, 0.89, 0.03, "biased once, downwards");
}

#[test]
fn the_bootstrap_estimates_the_bias_and_the_standard_error() {
    let (x, y) = dice(&mut Random(36), 2000, 5, 0.4);
    let interval =
        bootstrap_interval(&x, &y, Estimator::PlugIn, 0.95, resampling(2000, 3)).unwrap();
    assert_close(interval.mean - interval.estimate, 16.0 / 4000.0, 0.0015, "bias");
    let (low, high) = interval.percentile;
    let (basic_low, basic_high) = interval.basic;
    assert_close(low + basic_high, 2.0 * interval.estimate, 1e-15, "reflected");
    assert_close(high + basic_low, 2.0 * interval.estimate, 1e-15, "reflected");
    assert_close((high - low) / 3.92, interval.standard_deviation, 0.002, "95 % is 3.92 sigma");
    // Delta method: the variance of the pointwise information, over N.
    let [(p, i), (q, j)] = [(0.52, 2.6_f64.ln()), (0.48, 0.6_f64.ln())];
    let variance = p * i * i + q * j * j - (p * i + q * j) * (p * i + q * j);
    assert_close(interval.standard_deviation, (variance / 2000.0).sqrt(), 0.002, "delta method");
}

#[test]
fn invalid_settings_are_refused() {
    let (x, y) = dice(&mut Random(37), 20, 3, 0.0);
    let shorter = BinnedArray::new(&[1_u8, 2], 2).unwrap();
    for found in [0, 1] {
        let expected = Error::Replicates { found, min: 2 };
        let null = permutation_null(&x, &y, Estimator::PlugIn, resampling(found, 1));
        assert_eq!(null.unwrap_err(), expected);
        let interval = bootstrap_interval(&x, &y, Estimator::PlugIn, 0.95, resampling(found, 1));
        assert_eq!(interval.unwrap_err(), expected);
    }
    for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
        let interval = bootstrap_interval(&x, &y, Estimator::PlugIn, level, resampling(9, 1));
        assert!(matches!(interval, Err(Error::Level { .. })), "{level}");
    }
    let expected = Error::LengthMismatch { x: 20, y: 2 };
    let null = permutation_null(&x, &shorter, Estimator::PlugIn, resampling(9, 1));
    assert_eq!(null.unwrap_err(), expected);
    let interval = bootstrap_interval(&x, &shorter, Estimator::PlugIn, 0.9, resampling(9, 1));
    assert_eq!(interval.unwrap_err(), expected);
}
