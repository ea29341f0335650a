//! Many pairs at once.

use rayon::prelude::*;

use crate::binned::{check_bins, check_count, rule_at};
use crate::counting::{JointCounter, TwoMapCounter};
use crate::simd::{Kernel, Level};
use crate::{JointHistogram, Location, MiError, Sample, information};

/// Mutual information of two arrays, in nats, by their joint histogram of `bins` x `bins`.
///
/// Each array is divided into equal bins over its own range. The result lies within 0 to
/// min(H(X), H(Y)); a constant array has none.
///
/// ```
/// let x: Vec<f32> = (0..100).map(|i| i as f32).collect();
/// let y: Vec<f64> = x.iter().map(|&v| -3.0 * f64::from(v) + 1.0).collect();
/// // A line keeps everything that ten bins can tell.
/// let mi = mi_metrics::mutual_information(&x, &y, 10)?;
/// assert!((mi - 10.0_f64.ln()).abs() < 0.05);
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
///
/// # Errors
/// Those of [`JointHistogram::from_slices`].
pub fn mutual_information<X: Sample, Y: Sample>(
    x: &[X],
    y: &[Y],
    bins: usize,
) -> Result<f64, MiError> {
    Ok(JointHistogram::from_slices(x, y, bins)?.mutual_information())
}

/// Mutual information of one image with each of its maps, on the calling thread.
///
/// Equal bit for bit to [`mutual_information`] on each pair, but the image is binned once and
/// nothing is allocated per map.
///
/// # Shapes
/// `image`: `[pixels]`; `maps`: `[out.len(), pixels]`; `out`: one value a map, in nats.
///
/// # Errors
/// [`MiError::WrongLength`] when `maps` is not `out.len()` maps of the image's size;
/// [`MiError::BinCount`]; [`MiError::Empty`]; [`MiError::TooManyValues`];
/// [`MiError::NonFinite`], the image being image 0. After an error `out` is partly written.
pub fn image_against_maps<X: Sample, Y: Sample>(
    image: &[X],
    maps: &[Y],
    bins: usize,
    out: &mut [f64],
) -> Result<(), MiError> {
    check_bins(bins)?;
    check_count(image.len())?;
    check_length("maps", maps.len(), &[out.len(), image.len()])?;
    Scratch::new(bins, out.len()).measure(0, image, maps, out)
}

/// Mutual information of each image with each of its own maps, in parallel over the images.
///
/// Equal bit for bit to [`mutual_information`] on each pair, whatever the number of threads. Runs
/// in the rayon pool that it is called from. Each thread holds a table of `bins` x `bins` counts
/// of 4 bytes (64 MiB at [`MAX_BINS`](crate::MAX_BINS)), at most 4 bytes a pixel, and less than
/// 128 KiB besides.
///
/// # Shapes
/// `images`: `[n, pixels]`; `maps`: `[n, maps_per_image, pixels]`; `out`: `[n, maps_per_image]`, in
/// nats. No images, or no maps, is no work and no error.
///
/// # Errors
/// [`MiError::BinCount`]; [`MiError::Empty`] or [`MiError::TooManyValues`] for `pixels`;
/// [`MiError::RaggedImages`]; [`MiError::WrongLength`] for `maps` or `out`;
/// [`MiError::NonFinite`] for the first bad image or map in order, again whatever the number of
/// threads. After an error `out` is partly written.
///
/// ```
/// // Two images of four pixels, three maps each: the image, its negative, a constant.
/// let images = [0.0_f32, 1.0, 2.0, 3.0, 5.0, 5.0, 9.0, 9.0];
/// let maps: Vec<f32> = images
///     .chunks(4)
///     .flat_map(|image| [image.to_vec(), image.iter().map(|v| -v).collect(), vec![7.0; 4]])
///     .flatten()
///     .collect();
/// let mut mi = [0.0; 6];
/// mi_metrics::batch_mutual_information(&images, &maps, 4, 3, 4, &mut mi)?;
/// let (ln2, ln4) = (2.0_f64.ln(), 4.0_f64.ln());
/// for (mi, expected) in mi.iter().zip([ln4, ln4, 0.0, ln2, ln2, 0.0]) {
///     assert!((mi - expected).abs() < 1e-15);
/// }
/// # Ok::<(), mi_metrics::MiError>(())
/// ```
pub fn batch_mutual_information<X: Sample, Y: Sample>(
    images: &[X],
    maps: &[Y],
    pixels: usize,
    maps_per_image: usize,
    bins: usize,
    out: &mut [f64],
) -> Result<(), MiError> {
    check_bins(bins)?;
    check_count(pixels)?;
    if !images.len().is_multiple_of(pixels) {
        return Err(MiError::RaggedImages { values: images.len(), pixels });
    }
    let n = images.len() / pixels;
    check_length("maps", maps.len(), &[n, maps_per_image, pixels])?;
    check_length("out", out.len(), &[n, maps_per_image])?;
    if out.is_empty() {
        return Ok(());
    }
    let first_error = out
        .par_chunks_exact_mut(maps_per_image)
        .zip(images.par_chunks_exact(pixels))
        .zip(maps.par_chunks_exact(maps_per_image * pixels))
        .enumerate()
        .map_init(
            || Scratch::new(bins, maps_per_image),
            |scratch, (index, ((out, image), maps))| {
                (index, scratch.measure(index, image, maps, out))
            },
        )
        .filter_map(|(index, result)| result.err().map(|error| (index, error)))
        .min_by_key(|&(index, _)| index);
    first_error.map_or(Ok(()), |(_, error)| Err(error))
}

fn check_length(name: &'static str, found: usize, shape: &[usize]) -> Result<(), MiError> {
    let expected = shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    match expected {
        Some(expected) if expected == found => Ok(()),
        _ => Err(MiError::WrongLength { name, expected: expected.unwrap_or(usize::MAX), found }),
    }
}

/// The buffers of one thread.
struct Scratch {
    level: Level,
    bins: usize,
    counter: JointCounter,
    /// Where there are two maps to count, in few enough bins.
    two_maps: Option<Box<TwoMapCounter>>,
    rows: Vec<u32>,
    columns: Vec<u32>,
    ln_columns: Vec<f64>,
}

impl Scratch {
    fn new(bins: usize, maps: usize) -> Self {
        Self {
            level: Level::detect(),
            bins,
            counter: JointCounter::new(bins, bins),
            two_maps: if maps < 2 { None } else { TwoMapCounter::new(bins) },
            rows: vec![0; bins],
            columns: vec![0; bins],
            ln_columns: vec![0.0; bins],
        }
    }

    /// One image against `out.len()` maps; the lengths have been checked.
    fn measure<X: Sample, Y: Sample>(
        &mut self,
        index: usize,
        image: &[X],
        maps: &[Y],
        out: &mut [f64],
    ) -> Result<(), MiError> {
        self.level.run(Measure { scratch: self, index, image, maps, out })
    }
}

/// [`Scratch::measure`], to be compiled for each kind of CPU.
struct Measure<'a, X, Y> {
    scratch: &'a mut Scratch,
    index: usize,
    image: &'a [X],
    maps: &'a [Y],
    out: &'a mut [f64],
}

impl<X: Sample, Y: Sample> Kernel for Measure<'_, X, Y> {
    type Output = Result<(), MiError>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let Self { scratch, index, image, mut maps, out } = self;
        let Scratch { bins, counter, two_maps, rows, columns, ln_columns, .. } = scratch;
        let rule = rule_at(Location::Image { image: index }, image, *bins)?;
        let row = |v| X::bin::<ROUNDS>(&rule, v);
        // Calls, not closures: what the compiler does not inline, it compiles for the baseline.
        let at = |map| Location::Map { image: index, map };
        let paired = if two_maps.is_some() { out.len() & !1 } else { 0 };
        let (in_twos, one_by_one) = out.split_at_mut(paired);
        if let Some(counter) = two_maps {
            counter.set_rows(image, row);
            for (i, [first, second]) in in_twos.as_chunks_mut().0.iter_mut().enumerate() {
                let (a, later) = maps.split_at(image.len());
                let (b, later) = later.split_at(image.len());
                let rules = [rule_at(at(2 * i), a, *bins)?, rule_at(at(2 * i + 1), b, *bins)?];
                let first_bin = |v| Y::bin::<ROUNDS>(&rules[0], v);
                let second_bin = |v| Y::bin::<ROUNDS>(&rules[1], v);
                let next = &later[..later.len().min(2 * image.len())];
                let [a, b] = counter.count((a, first_bin), (b, second_bin), next);
                *first = mutual_information_of(a, rows, columns, ln_columns);
                *second = mutual_information_of(b, rows, columns, ln_columns);
                maps = later;
            }
        }
        if !one_by_one.is_empty() {
            counter.set_rows(image, row);
        }
        for (i, out) in one_by_one.iter_mut().enumerate() {
            let (map, later) = maps.split_at(image.len());
            let rule = rule_at(at(paired + i), map, *bins)?;
            let next = &later[..later.len().min(image.len())];
            let table = counter.count(map, next, |v| Y::bin::<ROUNDS>(&rule, v));
            *out = mutual_information_of(table, rows, columns, ln_columns);
            maps = later;
        }
        Ok(())
    }
}

#[inline(always)]
fn mutual_information_of(
    table: &[u32],
    rows: &mut [u32],
    columns: &mut [u32],
    ln_columns: &mut [f64],
) -> f64 {
    information::marginals(table, rows, columns);
    information::mutual_information(table, rows, columns, ln_columns)
}

#[cfg(test)]
mod tests;
