//! The networks that score pairs of an image and a latent.
//!
//! The first layer of each is linear in the concatenation of image and latent, so
//! `W [x; z] = W_x x + W_z z`. The latent's part is computed once for positive and negative pairs,
//! and rolling the batch of images commutes with `W_x`: the same function with fewer operations.

mod global;
mod local;
mod prior;

pub(crate) use global::GlobalDiscriminator;
pub(crate) use local::LocalDiscriminator;
pub(crate) use prior::PriorDiscriminator;

use candle_core::{Result, Tensor};

/// Scores (unnormalised logits) of positive and negative pairs, all of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
    /// `T(x_i, z_i)`.
    pub(crate) positive: Tensor,
    /// `T(x_(i+k mod batch), z_i)` for k = 1 to K.
    pub(crate) negatives: Vec<Tensor>,
}

impl Scores {
    /// Scores every pair of the two parts of a first layer's output through `rest` of the network:
    /// `image_part` rolled by 0 (positive) and by 1 to `negatives` images, plus `latent_part`.
    fn of_pairs(
        image_part: &Tensor,
        latent_part: &Tensor,
        negatives: usize,
        rest: impl Fn(&Tensor) -> Result<Tensor>,
    ) -> Result<Self> {
        let score = |image_part: &Tensor| rest(&(image_part + latent_part)?);
        Ok(Self {
            positive: score(image_part)?,
            negatives: (1..=negatives)
                .map(|k| score(&image_part.roll(-(k as i32), 0)?))
                .collect::<Result<_>>()?,
        })
    }
}
