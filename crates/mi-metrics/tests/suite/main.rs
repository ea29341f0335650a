//! Tests of the public functions, as one test program.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

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
mod linear;
mod measures;
mod numpy;
mod properties;
mod reference;
mod units;
#[cfg(feature = "ndarray")]
mod views;
