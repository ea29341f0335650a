//! Planes to features.

use linear_probe::Pooling;

fn ramp(values: usize) -> Vec<f32> {
    (0..values).map(|value| value as f32).collect()
}

#[test]
fn cells_that_do_not_divide_the_side_overlap_as_in_pytorch() {
    // torch.nn.AdaptiveAvgPool2d(2)(torch.arange(9.).reshape(1, 3, 3))
    assert_eq!(Pooling::Grid(2).pool(&ramp(9), [3, 3]).unwrap(), [2.0, 3.0, 5.0, 6.0]);
    assert_eq!(Pooling::Grid(1).pool(&ramp(9), [3, 3]).unwrap(), [4.0]);
    assert_eq!(Pooling::Global.pool(&ramp(9), [3, 3]).unwrap(), [4.0]);
}

#[test]
fn planes_need_not_be_square() {
    // torch.nn.AdaptiveAvgPool2d(2)(torch.arange(10.).reshape(1, 2, 5))
    assert_eq!(Pooling::Grid(2).pool(&ramp(10), [2, 5]).unwrap(), [1.0, 3.0, 6.0, 8.0]);
    assert_eq!(Pooling::Global.pool(&ramp(10), [2, 5]).unwrap(), [4.5]);
}

#[test]
fn each_plane_is_pooled_by_itself() {
    let planes = ramp(3 * 4 * 4);
    for pooling in [Pooling::Global, Pooling::Grid(2), Pooling::Grid(3), Pooling::None] {
        let features = pooling.features_per_plane([4, 4]);
        let together = pooling.pool(&planes, [4, 4]).unwrap();
        assert_eq!(together.len(), 3 * features);
        for (plane, expected) in planes.chunks(16).zip(together.chunks(features)) {
            assert_eq!(pooling.pool(plane, [4, 4]).unwrap(), expected, "{pooling}");
        }
    }
    assert_eq!(Pooling::None.pool(&planes, [4, 4]).unwrap(), planes);
}

#[test]
fn every_pooling_is_read_from_its_own_text() {
    for (pooling, text) in
        [(Pooling::Global, "global"), (Pooling::Grid(8), "8x8"), (Pooling::None, "none")]
    {
        assert_eq!(pooling.to_string(), text);
        assert_eq!(text.parse(), Ok(pooling));
    }
}
