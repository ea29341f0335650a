//! The crate from outside, as one test program.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, stop at the first surprise")]

mod batch;
mod closed_forms;
mod common;
mod errors;
mod numpy;
mod properties;
mod reference;
#[cfg(feature = "ndarray")]
mod views;
