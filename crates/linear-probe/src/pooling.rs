//! Planes to features: means over the cells of a grid.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::{Error, Result};

/// How the planes of an image (its channels, or its feature maps) become features.
///
/// A plane is `[height, width]`, row-major. Planes of one shape lie one after another, so a batch
/// `[images, channels, height, width]` becomes features `[images, channels * features_per_plane]`,
/// which is what [`RidgeClassifier`](crate::RidgeClassifier) takes.
///
/// ```
/// use linear_probe::Pooling;
///
/// let planes: Vec<f32> = (0..2 * 4 * 4).map(|i| i as f32).collect(); // [2, 4, 4]
/// assert_eq!(Pooling::Global.pool(&planes, [4, 4])?, [7.5, 23.5]);
/// assert_eq!(Pooling::Grid(2).pool(&planes, [4, 4])?[..4], [2.5, 4.5, 10.5, 12.5]);
///
/// assert_eq!(Pooling::Grid(8).to_string(), "8x8");
/// assert_eq!("8x8".parse(), Ok(Pooling::Grid(8)));
/// # Ok::<(), linear_probe::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooling {
    /// The mean of each plane. Text: `global`.
    Global,
    /// The means over `n` by `n` cells of each plane. Text: `8x8` for `Grid(8)`.
    ///
    /// Where `n` does not divide a side, neighbouring cells overlap, as in PyTorch's
    /// `AdaptiveAvgPool2d`: cell `i` of a side `s` covers `floor(i s / n)` to `ceil((i + 1) s /
    /// n)`. A grid with more cells than the side has values is an error; PyTorch repeats values.
    Grid(usize),
    /// Every value of each plane. Text: `none`.
    None,
}

impl Pooling {
    /// Features that a plane of `[height, width]` becomes: 1, `n * n` or `height * width`.
    ///
    /// The product saturates, and whether a grid fits the plane is not checked here.
    pub fn features_per_plane(self, [height, width]: [usize; 2]) -> usize {
        match self {
            Self::Global => 1,
            Self::Grid(grid) => grid.saturating_mul(grid),
            Self::None => height.saturating_mul(width),
        }
    }

    /// Pools planes of `[height, width]` into a new vector; see [`pool_into`](Self::pool_into).
    ///
    /// # Errors
    ///
    /// [`Error::RaggedPlanes`] and [`Error::Grid`].
    pub fn pool(self, planes: &[f32], shape: [usize; 2]) -> Result<Vec<f32>> {
        let count = self.count(planes, shape)?;
        let mut out = vec![0.0; count * self.features_per_plane(shape)];
        self.pool_into(planes, shape, &mut out)?;
        Ok(out)
    }

    /// Pools planes of `[height, width]` into `out`, `[planes, features_per_plane]` row-major.
    ///
    /// Values are summed in f64, and the mean is rounded to f32. NaN and infinity pass through.
    ///
    /// # Errors
    ///
    /// - [`Error::RaggedPlanes`] unless `planes` holds whole planes, of one value or more.
    /// - [`Error::Grid`] unless a grid has 1 to `min(height, width)` cells a side.
    /// - [`Error::WrongLength`] unless `out` has exactly the length needed.
    pub fn pool_into(self, planes: &[f32], shape: [usize; 2], out: &mut [f32]) -> Result<()> {
        // After `count`, neither product can overflow: pooling never makes more values than it
        // reads.
        let count = self.count(planes, shape)?;
        let features = self.features_per_plane(shape);
        if out.len() != count * features {
            return Err(Error::WrongLength { expected: count * features, found: out.len() });
        }
        let grid = match self {
            Self::Global => 1,
            Self::Grid(grid) => grid,
            Self::None => {
                out.copy_from_slice(planes);
                return Ok(());
            }
        };
        let [height, width] = shape;
        let pairs = planes.chunks_exact(height * width).zip(out.chunks_exact_mut(features));
        pairs.for_each(|(plane, out)| average(plane, shape, grid, out));
        Ok(())
    }

    /// The number of planes, once they and the grid are known to be valid.
    fn count(self, planes: &[f32], [height, width]: [usize; 2]) -> Result<usize> {
        let values = planes.len();
        let ragged = Error::RaggedPlanes { values, height, width };
        let of_plane = height.checked_mul(width).filter(|&of_plane| of_plane > 0);
        let Some(of_plane) = of_plane.filter(|&of_plane| values.is_multiple_of(of_plane)) else {
            return Err(ragged);
        };
        match self {
            Self::Grid(grid) if !(1..=height.min(width)).contains(&grid) => {
                Err(Error::Grid { grid, height, width })
            }
            _ => Ok(values / of_plane),
        }
    }
}

/// Means over `grid` by `grid` cells of a plane.
fn average(plane: &[f32], [height, width]: [usize; 2], grid: usize, out: &mut [f32]) {
    let cell = |i: usize, side: usize| -> Range<usize> {
        i * side / grid..((i + 1) * side).div_ceil(grid)
    };
    for (i, out) in out.iter_mut().enumerate() {
        let (rows, columns) = (cell(i / grid, height), cell(i % grid, width));
        let count = rows.len() * columns.len();
        let values = rows.flat_map(|row| &plane[row * width..][columns.clone()]);
        let sum: f64 = values.map(|&value| f64::from(value)).sum();
        *out = (sum / count as f64) as f32;
    }
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.pad("global"),
            Self::Grid(grid) => f.pad(&format!("{grid}x{grid}")),
            Self::None => f.pad("none"),
        }
    }
}

impl FromStr for Pooling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let grid = || {
            let grid = Self::Grid(name.split_once('x')?.0.parse().ok().filter(|&grid| grid > 0)?);
            (grid.to_string() == name).then_some(grid) // refuses 8x7, +8x8 and 08x08
        };
        match name {
            "global" => Ok(Self::Global),
            "none" => Ok(Self::None),
            _ => grid().ok_or_else(|| Error::UnknownPooling { name: name.to_owned() }),
        }
    }
}
