//! Sums over the images of a batch, in the order of the images: the number of threads changes no
//! bit.

/// The sum of the images' vectors, in f64, rounded to f32.
pub(crate) fn add_in_order(images: &[impl AsRef<[f32]>]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; images.first().map_or(0, |image| image.as_ref().len())];
    for image in images {
        sums.iter_mut().zip(image.as_ref()).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

/// The sums of the images' pairs of values, for each channel.
pub(crate) fn add_pairs_in_order(images: &[Vec<[f64; 2]>], channels: usize) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; channels];
    for image in images {
        for (sum, part) in sums.iter_mut().zip(image) {
            sum[0] += part[0];
            sum[1] += part[1];
        }
    }
    sums
}
