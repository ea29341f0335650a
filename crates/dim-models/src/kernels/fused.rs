//! Whole networks at once: the work is cut by image, not by layer.
//!
//! [`Networks`] is a training step, forward and backward. [`Evaluation`] is the encoder in
//! evaluation mode; [`EncoderShape`] gives the moments of its batch norms in training mode. [`Pairs`]
//! scores the pairs of a batch without a backward pass.

mod bounds;
mod crop;
mod encode;
mod encoder;
mod first;
mod global;
mod local;
mod networks;
mod pairs;
mod parameters;
mod per_pixel;
mod pixels;
mod prior;
mod softplus;

pub(crate) use encode::Evaluation;
pub(crate) use encoder::EncoderShape;
pub(crate) use networks::{Batch, Forward, Networks};
pub(crate) use pairs::{Pairs, Scored};
