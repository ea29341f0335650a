//! Whole networks at once: the work is cut by image, not by layer.
//!
//! [`Networks`] is a training step, forward and backward. [`Evaluation`] is the encoder in
//! evaluation mode. [`CalibrationPass`] gives its batch norms' moments in training mode. [`Pairs`] scores the pairs of a batch without a backward pass.

mod bounds;
mod calibration;
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

pub(crate) use calibration::CalibrationPass;
pub(crate) use encode::Evaluation;
pub(crate) use networks::{Batch, Forward, Networks};
pub(crate) use pairs::{Pairs, Scored};
