//! The estimators for continuous values against scikit-learn and numpy
//! (`data/make_continuous_reference.py`), and against their formulas over all pairs.

use mi_metrics::{Error, Ksg, Location, Ties, gaussian_mi, ksg_mi, ross_mi};
use serde_json::Value;

use crate::common::{Random, assert_close, digamma, gaussian_pairs};

/// Sums of up to 2,000 logarithms in another order.
const TOLERANCE: f64 = 1e-10;

fn reference() -> Value {
    serde_json::from_str(include_str!("../data/continuous_reference.json")).unwrap()
}

fn pair(formula: &str, random: &mut Random) -> (f64, f64) {
    match formula {
        "linear" | "scaled" => {
            let (a, b) = (random.bell(), random.bell());
            let (x, y) = (a, 0.6 * a + 0.8 * b);
            if formula == "linear" { (x, y) } else { (0.001 * x + 3.0, 10000.0 * y - 7.0) }
        }
        "cubic" => {
            let x = 2.0 * random.uniform() - 1.0;
            (x, x * x * x + 0.25 * random.uniform())
        }
        "parabola" => {
            let x = 2.0 * random.uniform() - 1.0;
            (x, x * x + 0.125 * random.uniform())
        }
        other => panic!("no formula for {other}"),
    }
}

#[test]
fn scikit_learn_and_numpy_agree_on_pairs() {
    let reference = reference();
    let cases = reference["pairs"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let formula = case["formula"].as_str().unwrap();
        let mut random = Random(case["seed"].as_u64().unwrap());
        let n = case["n"].as_u64().unwrap();
        let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|_| pair(formula, &mut random)).unzip();
        assert_eq!(x[0], case["x0"].as_f64().unwrap());
        assert_eq!(y.last().copied(), case["y_last"].as_f64());
        let what = format!("{formula}, {n}");
        let gaussian = case["gaussian"].as_f64().unwrap();
        assert_close(gaussian_mi(&x, &y).unwrap(), gaussian, TOLERANCE, &what);
        for expected in case["ksg"].as_array().unwrap() {
            let k = expected["k"].as_u64().unwrap() as usize;
            for (variant, key) in [(Ksg::One, "one"), (Ksg::Two, "two")] {
                let mi = ksg_mi(&x, &y, k, variant, Ties::Refuse).unwrap();
                let what = format!("{what}, KSG {key}, k = {k}");
                assert_close(mi, expected[key].as_f64().unwrap(), TOLERANCE, &what);
            }
        }
    }
}

#[test]
fn scikit_learn_and_numpy_agree_on_labels_and_values() {
    let reference = reference();
    let cases = reference["labelled"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let mut random = Random(case["seed"].as_u64().unwrap());
        let n = case["n"].as_u64().unwrap();
        let has_rare = case["formula"] == "rare";
        let (labels, values): (Vec<u8>, Vec<f64>) = (0..n)
            .map(|_| {
                let mut label = (3.0 * random.uniform()) as u8;
                if has_rare && random.uniform() < 0.008 {
                    label = 3 + (8.0 * random.uniform()) as u8;
                }
                (label, 0.75 * f64::from(label) + random.bell())
            })
            .unzip();
        assert_eq!(values.last().copied(), case["value_last"].as_f64());
        for expected in case["ross"].as_array().unwrap() {
            let k = expected["k"].as_u64().unwrap() as usize;
            let mi = ross_mi(&labels, &values, k, Ties::Refuse).unwrap();
            let what = format!("{n} labels, k = {k}");
            assert_close(mi, expected["mi"].as_f64().unwrap(), TOLERANCE, &what);
        }
    }
}

/// Eq. 8 and eq. 9 of the paper, over all pairs, for arrays with standard deviation 1.
fn plain_ksg(x: &[f64], y: &[f64], k: usize, variant: Ksg) -> f64 {
    let n = x.len();
    let others = |i: usize| (0..n).filter(move |&j| j != i);
    let sum: f64 = (0..n)
        .map(|i| {
            let (dx, dy) = (|j: usize| (x[j] - x[i]).abs(), |j: usize| (y[j] - y[i]).abs());
            let mut near: Vec<usize> = others(i).collect();
            near.sort_by(|&a, &b| dx(a).max(dy(a)).total_cmp(&dx(b).max(dy(b))));
            let radius = dx(near[k - 1]).max(dy(near[k - 1]));
            if variant == Ksg::One {
                let n_x = others(i).filter(|&j| dx(j) < radius).count();
                let n_y = others(i).filter(|&j| dy(j) < radius).count();
                digamma(n_x + 1) + digamma(n_y + 1)
            } else {
                let reach_x = near[..k].iter().map(|&j| dx(j)).fold(0.0, f64::max);
                let reach_y = near[..k].iter().map(|&j| dy(j)).fold(0.0, f64::max);
                let n_x = others(i).filter(|&j| dx(j) <= reach_x).count();
                let n_y = others(i).filter(|&j| dy(j) <= reach_y).count();
                digamma(n_x) + digamma(n_y)
            }
        })
        .sum();
    let volume = if variant == Ksg::One { 0.0 } else { 1.0 / k as f64 };
    digamma(k) - volume - sum / n as f64 + digamma(n)
}

#[test]
fn ksg_equals_its_formula() {
    let mut random = Random(20);
    for n in [2, 3, 9, 17, 130] {
        let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|_| pair("cubic", &mut random)).unzip();
        let unit = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
            let deviation = (squares / values.len() as f64).sqrt();
            values.iter().map(|v| v / deviation).collect::<Vec<_>>()
        };
        let (x, y) = (unit(&x), unit(&y));
        for k in [1, 2, 3, n / 2, n - 1] {
            for variant in Ksg::ALL {
                if k == 0 || k >= n {
                    continue;
                }
                let mi = ksg_mi(&x, &y, k, variant, Ties::Refuse).unwrap();
                let what = format!("{n}, k = {k}, {variant:?}");
                assert_close(mi, plain_ksg(&x, &y, k, variant), TOLERANCE, &what);
            }
        }
    }
}

fn rounded(values: &[f64], per_deviation: f64) -> Vec<f64> {
    values.iter().map(|v| (per_deviation * v).round() / per_deviation).collect()
}

#[test]
fn rounding_biases_the_formulas_and_is_refused() {
    let (x, y) = gaussian_pairs(1500, 0.9, 22);
    let rounded = rounded(&x, 20.0);
    let biases =
        Ksg::ALL.map(|variant| plain_ksg(&rounded, &y, 3, variant) - plain_ksg(&x, &y, 3, variant));
    assert!(biases[0] > 0.05 && biases[1] < -0.2, "{biases:?}");
    for variant in Ksg::ALL {
        let refused = ksg_mi(&rounded, &y, 3, variant, Ties::Refuse);
        assert!(matches!(refused, Err(Error::Ties { location: Location::X, k: 3, .. })));
    }
}

#[test]
fn jitter_makes_rounded_and_rectified_values_measurable() {
    let reference = &reference()["rectified_gaussian"];
    let rho = reference["rho"].as_f64().unwrap();
    let of_rectified = reference["mi"].as_f64().unwrap();
    let (x, y) = gaussian_pairs(9216, rho, 23);
    let exact = -0.5 * (1.0 - rho * rho).ln();
    // Four standard deviations, as measured.
    let tolerance = 4.0 * 1.3 / 96.0;
    let bytes = |v: &[f64]| v.iter().map(|v| (128.0 + 30.0 * v) as u8).collect::<Vec<_>>();
    let rectified: Vec<f64> = y.iter().map(|y| y.max(0.0)).collect();
    for variant in Ksg::ALL {
        let of = |seed| ksg_mi(&bytes(&x), &bytes(&y), 3, variant, Ties::Jitter { seed });
        let mi = of(1).unwrap();
        assert_close(mi, exact, tolerance, "both in 8 bits");
        assert_eq!(of(1), Ok(mi));
        assert_ne!(of(2), Ok(mi));
        let mi = ksg_mi(&bytes(&x), &y, 3, variant, Ties::Jitter { seed: 1 }).unwrap();
        assert_close(mi, exact, tolerance, "x in 8 bits");
        let mi = ksg_mi(&x, &rectified, 3, variant, Ties::Jitter { seed: 1 }).unwrap();
        assert_close(mi, of_rectified, tolerance, "rectified");
    }
}
