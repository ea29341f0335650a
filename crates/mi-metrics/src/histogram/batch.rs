//! Mutual information of two arrays, of an image with its maps, and of many images in parallel.

use rayon::prelude::*;

use super::binned_array::check_bins;
use super::counting::{JointCounter, TwoMapCounter};
use super::equal_width::Binning;
use super::information;
use super::joint_histogram::JointHistogram;
use crate::checks::{check_count, check_length};
use crate::error::{Error, Location, Result};
use crate::sample::{Sample, Values, typed};
use crate::simd::{Kernel, Level};

/// Mutual information of two arrays, in nats, from their joint histogram of `bins` x `bins`.
///
/// Each array is divided into bins of equal width over its own range. The result is 0 to
/// min(H(X), H(Y)). A constant array has information 0.
///
/// ```
/// let x: Vec<f32> = (0..100).map(|i| i as f32).collect();
/// let y: Vec<f64> = x.iter().map(|&v| -3.0 * f64::from(v) + 1.0).collect();
/// // A line keeps all the information that ten bins can hold.
/// let mi = mi_metrics::mutual_information(&x, &y, 10)?;
/// assert!((mi - 10.0_f64.ln()).abs() < 0.05);
/// # Ok::<(), mi_metrics::Error>(())
/// ```
///
/// # Errors
/// Those of [`JointHistogram::from_slices`].
pub fn mutual_information<X: Sample, Y: Sample>(x: &[X], y: &[Y], bins: usize) -> Result<f64> {
    Ok(JointHistogram::from_slices(x, y, bins)?.mutual_information())
}

/// Mutual information of one image with each of its maps, in nats, on the calling thread.
///
/// The results are those of [`mutual_information`] for each pair, bit for bit. The image is binned
/// once, and nothing is allocated for a map.
///
/// # Shapes
/// `image`: `[pixels]`; `maps`: `[out.len(), pixels]`; `out`: a value for each map, in nats.
///
/// # Errors
/// [`Error::WrongLength`] unless `maps` is `out.len()` maps of the size of the image;
/// [`Error::BinCount`]; [`Error::Empty`]; [`Error::TooManyValues`]; [`Error::NonFinite`], in which
/// the image is image 0. After an error `out` is partly written.
pub fn image_against_maps<X: Sample, Y: Sample>(
    image: &[X],
    maps: &[Y],
    bins: usize,
    out: &mut [f64],
) -> Result<()> {
    one_image(X::values(image), Y::values(maps), bins, out)
}

fn one_image(image: Values<'_>, maps: Values<'_>, bins: usize, out: &mut [f64]) -> Result<()> {
    check_bins(bins)?;
    check_count(image.len())?;
    check_length("maps", maps.len(), &[out.len(), image.len()])?;
    Scratch::new(bins, out.len()).measure(0, image, maps, out)
}

/// The sizes in a call of [`batch_mutual_information`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    /// Pixels of an image, and of a map.
    pub pixels: usize,
    /// Maps of an image.
    pub maps_per_image: usize,
}

/// Mutual information of each image with each of its own maps, in nats, in parallel over the
/// images.
///
/// The results are those of [`mutual_information`] for each pair, bit for bit, for any number of
/// threads. Runs in the rayon pool that it is called from. Each thread uses a table of `bins` x
/// `bins` counts of 4 bytes (64 MiB at [`MAX_BINS`](crate::MAX_BINS)), at most 4 bytes for each
/// pixel, and less than 128 KiB more.
///
/// # Shapes
/// With `n` images: `images`: `[n, pixels]`; `maps`: `[n, maps_per_image, pixels]`; `out`:
/// `[n, maps_per_image]`, in nats. No images, or no maps, is not an error.
///
/// # Errors
/// [`Error::BinCount`]; [`Error::Empty`] or [`Error::TooManyValues`] for `pixels`;
/// [`Error::RaggedImages`]; [`Error::WrongLength`] for `maps` or `out`; [`Error::NonFinite`] for
/// the first such image or map in order, for any number of threads. After an error `out` is partly
/// written.
///
/// ```
/// use mi_metrics::{BatchShape, batch_mutual_information};
///
/// // Two images of four pixels, three maps each: the image, its negative, a constant.
/// let images = [0.0_f32, 1.0, 2.0, 3.0, 5.0, 5.0, 9.0, 9.0];
/// let maps: Vec<f32> = images
///     .chunks(4)
///     .flat_map(|image| [image.to_vec(), image.iter().map(|v| -v).collect(), vec![7.0; 4]])
///     .flatten()
///     .collect();
/// let shape = BatchShape { pixels: 4, maps_per_image: 3 };
/// let mut mi = [0.0; 6];
/// batch_mutual_information(&images, &maps, shape, 4, &mut mi)?;
/// let (ln2, ln4) = (2.0_f64.ln(), 4.0_f64.ln());
/// for (mi, expected) in mi.iter().zip([ln4, ln4, 0.0, ln2, ln2, 0.0]) {
///     assert!((mi - expected).abs() < 1e-15);
/// }
/// # Ok::<(), mi_metrics::Error>(())
/// ```
pub fn batch_mutual_information<X: Sample, Y: Sample>(
    images: &[X],
    maps: &[Y],
    shape: BatchShape,
    bins: usize,
    out: &mut [f64],
) -> Result<()> {
    many_images(X::values(images), Y::values(maps), shape, bins, out)
}

fn many_images(
    images: Values<'_>,
    maps: Values<'_>,
    shape: BatchShape,
    bins: usize,
    out: &mut [f64],
) -> Result<()> {
    let BatchShape { pixels, maps_per_image } = shape;
    check_bins(bins)?;
    check_count(pixels)?;
    if !images.len().is_multiple_of(pixels) {
        return Err(Error::RaggedImages { values: images.len(), pixels });
    }
    let n = images.len() / pixels;
    check_length("maps", maps.len(), &[n, maps_per_image, pixels])?;
    check_length("out", out.len(), &[n, maps_per_image])?;
    if out.is_empty() {
        return Ok(());
    }
    let measure = |scratch: &mut Scratch, (index, out): (usize, &mut [f64])| {
        let image = images.slice(index * pixels..(index + 1) * pixels);
        let values = maps_per_image * pixels;
        let maps = maps.slice(index * values..(index + 1) * values);
        (index, scratch.measure(index, image, maps, out))
    };
    let first_error = out
        .par_chunks_exact_mut(maps_per_image)
        .enumerate()
        .map_init(|| Scratch::new(bins, maps_per_image), measure)
        .filter_map(|(index, result)| result.err().map(|error| (index, error)))
        .min_by_key(|&(index, _)| index);
    first_error.map_or(Ok(()), |(_, error)| Err(error))
}

/// The buffers of one thread.
struct Scratch {
    level: Level,
    bins: usize,
    counter: JointCounter,
    /// Only if there are two maps to count, in few enough bins.
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

    /// One image with `out.len()` maps, whose lengths have been checked.
    fn measure(
        &mut self,
        index: usize,
        image: Values<'_>,
        maps: Values<'_>,
        out: &mut [f64],
    ) -> Result<()> {
        let (level, pixels) = (self.level, image.len());
        let count = out.len();
        typed!(image, |image| level.run(SetImage { scratch: self, index, image, maps: count }))?;
        typed!(maps, |maps| level.run(MeasureMaps { scratch: self, index, pixels, maps, out }))
    }

    /// How many of `maps` maps are counted two at a time, from the first one on; the others follow
    /// one at a time.
    #[inline(always)]
    fn paired(&self, maps: usize) -> usize {
        if self.two_maps.is_some() { maps & !1 } else { 0 }
    }
}

/// Bins an image for the counters that its maps need.
struct SetImage<'a, X> {
    scratch: &'a mut Scratch,
    index: usize,
    image: &'a [X],
    maps: usize,
}

impl<X: Binning> Kernel for SetImage<'_, X> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let Self { scratch, index, image, maps } = self;
        let rule = X::rule(Location::Image { image: index }, image, scratch.bins)?;
        let row = |v| X::bin::<ROUNDS>(&rule, v);
        let has_single = scratch.paired(maps) < maps;
        if let Some(counter) = &mut scratch.two_maps {
            counter.set_rows(image, row);
        }
        if has_single {
            scratch.counter.set_rows(image, row);
        }
        Ok(())
    }
}

/// Counts the maps of the image that was set.
struct MeasureMaps<'a, Y> {
    scratch: &'a mut Scratch,
    index: usize,
    pixels: usize,
    maps: &'a [Y],
    out: &'a mut [f64],
}

impl<Y: Binning> Kernel for MeasureMaps<'_, Y> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<const ROUNDS: bool>(self) -> Self::Output {
        let Self { scratch, index, pixels, mut maps, out } = self;
        let paired = scratch.paired(out.len());
        let Scratch { bins, counter, two_maps, rows, columns, ln_columns, .. } = scratch;
        let bins = *bins;
        // Calls, not closures: a closure that is not inlined is compiled for the baseline.
        let at = |map| Location::Map { image: index, map };
        let (in_twos, one_by_one) = out.split_at_mut(paired);
        if let Some(counter) = two_maps {
            for (i, [first, second]) in in_twos.as_chunks_mut().0.iter_mut().enumerate() {
                let (a, later) = maps.split_at(pixels);
                let (b, later) = later.split_at(pixels);
                let rules = [Y::rule(at(2 * i), a, bins)?, Y::rule(at(2 * i + 1), b, bins)?];
                let first_bin = |v| Y::bin::<ROUNDS>(&rules[0], v);
                let second_bin = |v| Y::bin::<ROUNDS>(&rules[1], v);
                let next = &later[..later.len().min(2 * pixels)];
                let [a, b] = counter.count((a, first_bin), (b, second_bin), next);
                *first = mutual_information_of(a, rows, columns, ln_columns);
                *second = mutual_information_of(b, rows, columns, ln_columns);
                maps = later;
            }
        }
        for (i, out) in one_by_one.iter_mut().enumerate() {
            let (map, later) = maps.split_at(pixels);
            let rule = Y::rule(at(paired + i), map, bins)?;
            let next = &later[..later.len().min(pixels)];
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
