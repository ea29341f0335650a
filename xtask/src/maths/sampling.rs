//! Which images stand for all.

/// `count` of the `available` images, evenly spaced.
pub fn evenly_spaced(available: usize, count: usize) -> Vec<usize> {
    let count = count.min(available);
    (0..count).map(|i| i * available / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenly_spaced_images_are_distinct_and_span_all() {
        assert_eq!(evenly_spaced(10, 3), [0, 3, 6]);
        assert_eq!(evenly_spaced(3, 10), [0, 1, 2]);
        assert_eq!(evenly_spaced(0, 4), [0usize; 0]);
    }
}
