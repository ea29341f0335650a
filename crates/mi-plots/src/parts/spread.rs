//! Positions for dots and texts that would otherwise overlap.

/// The position of a dot across its lane, -0.5 to 0.5. Multiples of the golden ratio spread any
/// number of dots evenly.
pub(crate) fn sideways(index: usize) -> f64 {
    ((index + 1) as f64 * 0.618_033_988_749_895).fract() - 0.5
}

/// Moves boxes apart so that they do not overlap, and into `low..high` if they fit into it.
///
/// A box is given by its wanted middle and its height; the result has its actual middle. The boxes
/// keep their order. Of all such positions these are the nearest to the wanted ones, in least
/// squares. If the heights of the boxes above are subtracted, the middles must only not fall, so
/// pooling adjacent violators finds them.
pub(crate) fn apart(boxes: &[(f64, f64)], (low, high): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|&i, &j| boxes[i].0.total_cmp(&boxes[j].0));

    // The sum and the number of the wanted upper edges in each pool, minus the heights above.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    let mut above = 0.0;
    for &i in &order {
        let (middle, height) = boxes[i];
        let mut pool = (middle - height / 2.0 - above, 1);
        while let Some(last) = pools.pop_if(|last| last.0 / last.1 as f64 > pool.0 / pool.1 as f64)
        {
            pool = (last.0 + pool.0, last.1 + pool.1);
        }
        pools.push(pool);
        above += height;
    }

    let edges = pools.iter().flat_map(|&(sum, n)| std::iter::repeat_n(sum / n as f64, n));
    let mut middles = vec![0.0; boxes.len()];
    let mut done = 0.0;
    for (edge, &i) in edges.zip(&order) {
        let height = boxes[i].1;
        middles[i] = edge.min(high - above).max(low) + done + height / 2.0;
        done += height;
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_with_room_stay_at_their_wanted_position() {
        assert_eq!(
            apart(&[(70.0, 20.0), (10.0, 20.0), (40.0, 20.0)], (0.0, 100.0)),
            [70.0, 10.0, 40.0]
        );
    }

    #[test]
    fn boxes_with_equal_wanted_positions_are_spread_around_it_in_order() {
        assert_eq!(apart(&[(50.0, 20.0); 3], (0.0, 100.0)), [30.0, 50.0, 70.0]);
        assert_eq!(apart(&[(2.0, 20.0); 3], (0.0, 100.0)), [10.0, 30.0, 50.0]);
        assert_eq!(apart(&[(99.0, 20.0), (99.0, 40.0)], (0.0, 100.0)), [50.0, 80.0]);
    }

    #[test]
    fn boxes_never_overlap_and_never_leave_the_range() {
        let boxes: Vec<(f64, f64)> =
            (0..40).map(|i| (100.0 * sideways(i * i), 1.0 + (i % 7) as f64)).collect();
        let (low, high) = (-80.0, 100.0);
        let middles = apart(&boxes, (low, high));
        for (i, (middle, (_, height))) in middles.iter().zip(&boxes).enumerate() {
            assert!(middle - height / 2.0 >= low - 1e-9 && middle + height / 2.0 <= high + 1e-9);
            for (other, (_, h)) in middles.iter().zip(&boxes).take(i) {
                assert!((middle - other).abs() >= (height + h) / 2.0 - 1e-9);
            }
        }
    }

    #[test]
    fn a_lane_is_filled_evenly() {
        let mut places: Vec<f64> = (0..32).map(sideways).collect();
        places.sort_by(f64::total_cmp);
        assert!(places[0] >= -0.5 && places[31] < 0.5);
        assert!(places.windows(2).all(|p| p[1] - p[0] > 0.01 && p[1] - p[0] < 0.06), "{places:?}");
    }
}
