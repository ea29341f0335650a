//! Information from counts of binned values.

mod batch;
mod bin_rule;
mod binned_array;
mod binning;
mod counting;
mod equal_width;
mod estimator;
mod information;
mod joint_histogram;
mod measures;
mod normalization;

pub use batch::{BatchShape, batch_mutual_information, image_against_maps, mutual_information};
pub use bin_rule::BinRule;
pub use binned_array::{BinnedArray, MAX_BINS};
pub use estimator::Estimator;
pub use joint_histogram::JointHistogram;
pub use normalization::Normalization;
