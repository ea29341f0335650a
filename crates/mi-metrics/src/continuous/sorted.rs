//! Counts of the values near a point.

/// Sorted values.
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    pub(crate) fn new(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self(sorted)
    }

    /// A value that occurs more than `k` times, if there is one. `k` must be below the number of
    /// values.
    pub(crate) fn repeated(&self, k: usize) -> Option<f64> {
        self.0.iter().zip(&self.0[k..]).find(|(a, b)| a == b).map(|(&value, _)| value)
    }

    /// The number of values, `centre` included, whose distance from `centre` is near.
    ///
    /// These distances are rounded like those of the neighbours, and rounding is monotonic. So
    /// comparing them with the distance of a neighbour is exact.
    #[inline]
    pub(crate) fn count_near(&self, centre: f64, is_near: impl Fn(f64) -> bool) -> usize {
        // `&` and `|` leave the search without branches, which would be hard to predict.
        let from = self.0.partition_point(|&v| (v < centre) & !is_near(centre - v));
        let to = self.0.partition_point(|&v| (v <= centre) | is_near(v - centre));
        to - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_values_are_found() {
        let sorted = Sorted::new(&[3.0, 1.0, -0.0, 2.0, 1.0, 0.0, 1.0]);
        assert_eq!([1, 2, 3].map(|k| sorted.repeated(k)), [Some(0.0), Some(1.0), None]);
    }

    #[test]
    fn counts_of_near_values_are_those_of_a_plain_loop() {
        let values = [3.0, 1.0, 1.0, 2.0, 2.5, 9.0, 2.0];
        let sorted = Sorted::new(&values);
        for centre in values {
            for radius in [0.0, 0.5, 1.0, 7.0, 20.0] {
                let plain = values.iter().filter(|&&v| (v - centre).abs() <= radius).count();
                assert_eq!(sorted.count_near(centre, |d| d <= radius), plain);
            }
        }
    }
}
