#![doc = include_str!("../README.md")]

mod batch;
mod bin_rule;
mod binned;
mod binning;
mod bootstrap;
mod continuous;
mod counting;
mod digamma;
mod error;
mod estimator;
mod gaussian;
mod information;
mod joint;
mod kd_tree;
mod ksg;
mod measures;
mod normalization;
mod permutation;
mod random;
mod ross;
mod sample;
mod simd;
mod statistics;
mod units;
#[cfg(feature = "ndarray")]
mod views;

pub use batch::{batch_mutual_information, image_against_maps, mutual_information};
pub use bin_rule::BinRule;
pub use binned::{BinnedArray, MAX_BINS};
pub use bootstrap::{BootstrapInterval, bootstrap_interval};
pub use continuous::Ties;
pub use error::{Location, MiError};
pub use estimator::Estimator;
pub use gaussian::gaussian_mi;
pub use joint::JointHistogram;
pub use ksg::{Ksg, ksg_mi};
pub use normalization::Normalization;
pub use permutation::{PermutationNull, permutation_null};
pub use ross::ross_mi;
pub use sample::Sample;
pub use units::{Bits, Hartleys, Nats};
#[cfg(feature = "ndarray")]
pub use views::{batch_mutual_information_views, mutual_information_views};
