//! The crate from outside, as one test program.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, stop at the first surprise")]

mod batch;
mod binning;
mod closed_forms;
mod common;
mod continuous;
mod continuous_reference;
mod errors;
mod estimator_errors;
mod estimators;
mod golden;
mod inference;
mod measures;
mod numpy;
mod properties;
mod reference;
mod units;
#[cfg(feature = "ndarray")]
mod views;
