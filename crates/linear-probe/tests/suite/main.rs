//! The crate from outside, as one test program.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, stop at the first surprise")]

mod classifier;
mod errors;
mod pooling;
mod scikit_learn;
