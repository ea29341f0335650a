//! The functions for `ndarray` views.

use mi_metrics::{
    BatchShape, Error, batch_mutual_information, batch_mutual_information_views,
    mutual_information, mutual_information_views,
};
use ndarray::{Array2, Array3, s};

fn matrix() -> Array2<f32> {
    Array2::from_shape_fn((6, 7), |(r, c)| ((r * 31 + c * 17) % 23) as f32)
}

#[test]
fn a_transposed_view_is_read_in_its_logical_order() {
    let x = matrix();
    let y = Array2::from_shape_fn((7, 6), |(c, r)| (r as f64).mul_add(0.5, c as f64));
    let copied: Vec<f64> = y.t().iter().copied().collect();
    let expected = mutual_information(x.as_slice().unwrap(), &copied, 5).unwrap();
    assert_eq!(mutual_information_views(x.view(), y.t(), 5), Ok(expected));
    let memory_order = mutual_information(x.as_slice().unwrap(), y.as_slice().unwrap(), 5);
    assert_ne!(memory_order, Ok(expected));
}

#[test]
fn views_of_unequal_shape_are_refused() {
    let x = matrix();
    assert_eq!(
        mutual_information_views(x.view(), x.t(), 5),
        Err(Error::ShapeMismatch { x: vec![6, 7], y: vec![7, 6] })
    );
    let maps = Array3::<f32>::zeros((5, 2, 7));
    assert_eq!(
        batch_mutual_information_views(x.view(), maps.view(), 5),
        Err(Error::ShapeMismatch { x: vec![6, 7], y: vec![5, 2, 7] })
    );
}

#[test]
fn a_batch_of_views_equals_the_batch_of_slices() {
    let images = matrix();
    let wide = Array3::from_shape_fn((6, 4, 7), |(n, k, p)| ((n + 3 * k + p * p) % 11) as f32);
    let maps = wide.slice(s![.., ..;2, ..]);
    let copied: Vec<f32> = maps.iter().copied().collect();
    let mut expected = vec![0.0; 12];
    let shape = BatchShape { pixels: 7, maps_per_image: 2 };
    let image_slice = images.as_slice().unwrap();
    batch_mutual_information(image_slice, &copied, shape, 4, &mut expected).unwrap();
    let got = batch_mutual_information_views(images.view(), maps, 4).unwrap();
    assert_eq!(got.dim(), (6, 2));
    assert_eq!(got.as_slice().unwrap(), expected);
}
