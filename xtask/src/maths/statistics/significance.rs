//! Whether a mean difference exceeds what chance and a known bias explain, for one comparison and
//! for several.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{mean, standard_deviation};

/// The level of all tests and, subtracted from 1, of all intervals.
pub const LEVEL: f64 = 0.05;

/// Two-sided p-value of Student's test that the mean of `differences` lies further from 0 than
/// `margin`: of `t = (|mean| - margin) / (sd / sqrt n)`, and 1 where the mean lies within the
/// margin. It is below [`LEVEL`] exactly if the mean exceeds its 95 % interval and the margin
/// together. `None` of fewer than two values.
pub fn p_value_beyond(differences: &[f64], margin: f64) -> Option<f64> {
    let freedom = differences.len().checked_sub(1).filter(|&n| n > 0)? as f64;
    let excess = mean(differences).abs() - margin.abs();
    if excess <= 0.0 {
        return Some(1.0);
    }
    let error = standard_deviation(differences) / (differences.len() as f64).sqrt();
    if error == 0.0 {
        return Some(0.0);
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some((2.0 * student.cdf(-excess / error)).min(1.0))
}

/// Holm's adjusted p-values, in the order given: each may be compared with the level of all tests
/// together (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
/// of Statistics, 1979).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * p_values[i]).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::statistics::MeanInterval;

    #[test]
    fn a_p_value_is_below_the_level_exactly_beyond_the_interval() {
        let differences = [0.2, 0.5, 0.3, 0.6];
        let MeanInterval { mean, interval_95 } = MeanInterval::of(&differences);
        let room = mean - interval_95.unwrap();
        assert!(room > 0.0);
        assert!(p_value_beyond(&differences, room - 1e-6).unwrap() < LEVEL);
        assert!(p_value_beyond(&differences, room + 1e-6).unwrap() > LEVEL);
        let negated = differences.map(|d| -d);
        assert_eq!(p_value_beyond(&negated, 0.1), p_value_beyond(&differences, 0.1));
    }

    #[test]
    fn the_p_value_of_three_differences_is_that_of_the_closed_form() {
        // Two degrees of freedom: p = 1 - t / sqrt(2 + t^2). Mean 2, sd 1, t = 2 sqrt 3.
        let t = 2.0 * 3f64.sqrt();
        let expected = 1.0 - t / (2.0 + t * t).sqrt();
        assert!((p_value_beyond(&[1.0, 2.0, 3.0], 0.0).unwrap() - expected).abs() < 1e-9);
    }

    #[test]
    fn equal_differences_are_certain_beyond_the_margin_and_nothing_within() {
        assert_eq!(p_value_beyond(&[0.5, 0.5], 0.1), Some(0.0));
        assert_eq!(p_value_beyond(&[0.5, 0.5], 0.5), Some(1.0));
        assert_eq!(p_value_beyond(&[0.0, 0.0], 0.0), Some(1.0));
        assert_eq!(p_value_beyond(&[0.5], 0.0), None);
        assert_eq!(p_value_beyond(&[], 0.0), None);
    }

    #[test]
    fn holm_multiplies_by_the_tests_that_are_left_and_keeps_the_order() {
        let adjusted = holm(&[0.04, 0.01, 0.03]);
        for (ours, expected) in adjusted.iter().zip([0.06, 0.03, 0.06]) {
            assert!((ours - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }
}
