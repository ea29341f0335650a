//! The networks that score pairs of an image and a latent.
//!
//! The first layer of each is linear in the concatenation of image and latent, so
//! `W [x; z] = W_x x + W_z z`: the latent's part is computed once for positive and negative pairs, and
//! rolling the batch of images commutes with `W_x`. The same function, with fewer operations.

mod global;
mod local;
mod prior;

pub use global::GlobalDiscriminator;
pub use local::LocalDiscriminator;
pub use prior::PriorDiscriminator;

use candle_core::{Result, Tensor};

/// Scores (unnormalised logits) of positive and negative pairs, all of one shape.
#[derive(Debug, Clone)]
pub struct Scores {
    /// `T(x_i, z_i)`.
    pub positive: Tensor,
    /// `T(x_(i+k mod batch), z_i)` for k = 1 to K.
    pub negatives: Vec<Tensor>,
}

impl Scores {
    /// Scores every pairing of the two parts of a first layer's output: `image_part` rolled by
    /// 0 (positive) and 1 to `negatives` images, plus `latent_part`, through `rest` of the network.
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
