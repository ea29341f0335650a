//! Features of images for a linear classifier: maps, or pixels, averaged over cells of a grid.

use anyhow::Result;
use dim_models::DeepInfoMax;
use stl_data::{PIXELS, SIDE};

use super::splits::Splits;
use crate::encoding::{Pass, with_values};
use crate::progress::Progress;
use crate::session::Session;

/// How planes become features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of each plane.
    Global,
    /// The means over 8 x 8 cells of each plane.
    Grid,
    /// Every value.
    None,
}

impl Pooling {
    pub const fn name(self) -> &'static str {
        match self {
            Pooling::Global => "global",
            Pooling::Grid => "8x8",
            Pooling::None => "none",
        }
    }

    /// Features of each plane.
    const fn cells(self) -> usize {
        match self {
            Pooling::Global => 1,
            Pooling::Grid => 64,
            Pooling::None => PIXELS,
        }
    }

    /// Writes the features of a plane of `side` by `side`.
    fn pool(self, plane: &[f32], side: usize, out: &mut [f32]) {
        match self {
            Pooling::Global => average(plane, side, 1, out),
            Pooling::Grid => average(plane, side, 8, out),
            Pooling::None => out.copy_from_slice(plane),
        }
    }
}

/// Means over `grid` by `grid` cells, which overlap where the grid does not divide the side (PyTorch's
/// `AdaptiveAvgPool2d`).
fn average(plane: &[f32], side: usize, grid: usize, out: &mut [f32]) {
    let cell = |i: usize| i * side / grid..((i + 1) * side).div_ceil(grid);
    for (i, out) in out.iter_mut().enumerate() {
        let (rows, columns) = (cell(i / grid), cell(i % grid));
        let count = rows.len() * columns.len();
        let sum: f64 =
            rows.flat_map(|row| &plane[row * side..][columns.clone()]).map(|&v| f64::from(v)).sum();
        *out = (sum / count as f64) as f32;
    }
}

/// Features of every image of the splits.
pub struct Features {
    pub pooling: Pooling,
    /// Numbers for each image.
    pub dimension: usize,
    values: Vec<f32>,
}

impl Features {
    /// Those of some images, `[rows.len(), dimension]`.
    pub fn rows(&self, rows: &[usize]) -> Vec<f32> {
        let row = |&i: &usize| &self.values[i * self.dimension..][..self.dimension];
        rows.iter().flat_map(row).copied().collect()
    }
}

/// Features of every image of the splits, for each pooling: of its maps, or where there is no model of its
/// pixels.
pub fn of_images(
    session: &Session,
    model: Option<&DeepInfoMax>,
    poolings: &[Pooling],
    splits: &Splits,
    progress: &Progress,
) -> Result<Vec<Features>> {
    let planes = model.map_or(1, |model| model.config().channels[3]);
    let width: usize = poolings.iter().map(|pooling| planes * pooling.cells()).sum();
    let mut values = vec![0f32; splits.labels.len() * width];
    let pool = |planes: &[f32], side: usize, out: &mut [f32]| {
        let mut out = out;
        for &pooling in poolings {
            for plane in planes.chunks(side * side) {
                let (cells, rest) = std::mem::take(&mut out).split_at_mut(pooling.cells());
                pooling.pool(plane, side, cells);
                out = rest;
            }
        }
    };
    let (of_train, of_test) = values.split_at_mut(splits.images.len() * width);
    let mut parts = vec![(&session.source.dataset, splits.images.clone(), of_train)];
    if let Some(test) = &splits.test {
        parts.push((test, (0..test.len()).collect(), of_test));
    }
    for (dataset, images, values) in parts {
        match model {
            Some(model) => {
                let pass = Pass { dataset, model, progress, name: "probing".to_owned() };
                pass.fill(&images, values, |batch, out| {
                    let (_, planes, side, _) = batch.encoded.maps.dims4()?;
                    with_values(&batch.encoded.maps, |maps| {
                        let images = maps.chunks(planes * side * side).zip(out.chunks_mut(width));
                        images.for_each(|(maps, out)| pool(maps, side, out));
                        Ok(())
                    })
                })?;
            }
            None => {
                for (indices, out) in images.chunks(64).zip(values.chunks_mut(64 * width)) {
                    let mut pixels = vec![0f32; indices.len() * PIXELS];
                    dataset.gray_into(indices, &mut pixels)?;
                    let images = pixels.chunks(PIXELS).zip(out.chunks_mut(width));
                    images.for_each(|(image, out)| pool(image, SIDE, out));
                    progress.add(indices.len() as u64);
                }
            }
        }
    }
    let mut first = 0;
    let of_pooling = |&pooling: &Pooling| {
        let dimension = planes * pooling.cells();
        let range = first..first + dimension;
        first += dimension;
        let values = values.chunks(width).flat_map(|row| row[range.clone()].to_vec()).collect();
        Features { pooling, dimension, values }
    };
    Ok(poolings.iter().map(of_pooling).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_do_not_divide_the_side_overlap_as_in_pytorch() {
        // torch.nn.AdaptiveAvgPool2d(2)(torch.arange(9.).reshape(1, 3, 3))
        let plane: Vec<f32> = (0..9).map(|v| v as f32).collect();
        let mut out = [0.0; 4];
        average(&plane, 3, 2, &mut out);
        assert_eq!(out, [2.0, 3.0, 5.0, 6.0]);
        average(&plane, 3, 1, &mut out[..1]);
        assert_eq!(out[0], 4.0);
    }
}
