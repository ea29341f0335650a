//! Networks' parameters as one vector.

/// What is left of a vector of parameters, in the order in which the networks list them.
pub(super) struct Flat<'a>(pub(super) &'a [f32]);

impl<'a> Flat<'a> {
    /// The next `n`.
    ///
    /// # Panics
    /// When fewer are left.
    pub(super) fn take(&mut self, n: usize) -> &'a [f32] {
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        taken
    }
}

/// The weights of a layer over image and latent, `[c_out, 1 + c, taps]`, as those of the image
/// `[c_out, taps]` and of the latent `[c_out, c, taps]`.
pub(super) fn split_first(weight: &[f32], c_out: usize, taps: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = || weight.chunks_exact(weight.len() / c_out);
    (
        rows().flat_map(|row| &row[..taps]).copied().collect(),
        rows().flat_map(|row| &row[taps..]).copied().collect(),
    )
}

/// The inverse of [`split_first`].
pub(super) fn join_first(image: &[f32], latent: &[f32], c_out: usize) -> Vec<f32> {
    let rows =
        image.chunks_exact(image.len() / c_out).zip(latent.chunks_exact(latent.len() / c_out));
    rows.flat_map(|(image, latent)| image.iter().chain(latent)).copied().collect()
}

/// The sum of one vector an image, in the order of the images.
pub(super) fn add_in_order(images: &[impl AsRef<[f32]>]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; images.first().map_or(0, |image| image.as_ref().len())];
    for image in images {
        sums.iter_mut().zip(image.as_ref()).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}
