// README links to the sources. These links come first, so here the same words link to the
// documentation.
//! [`mutual_information`]: crate::mutual_information
//! [`image_against_maps`]: crate::image_against_maps
//! [`batch_mutual_information`]: crate::batch_mutual_information
//! [`ksg_mi`]: crate::ksg_mi
//! [`gaussian_mi`]: crate::gaussian_mi
//! [`linear_r_squared`]: crate::linear_r_squared
//! [`linear_gaussian_mi`]: crate::linear_gaussian_mi
//! [`ross_mi`]: crate::ross_mi
//! [`Ties::Jitter`]: crate::Ties::Jitter
//! [`BinnedArray`]: crate::BinnedArray
//! [`BinnedArray::from_indices`]: crate::BinnedArray::from_indices
//! [`BinRule`]: crate::BinRule
//! [`JointHistogram`]: crate::JointHistogram
//! [`JointHistogram::new`]: crate::JointHistogram::new
//! [`JointHistogram::from_counts`]: crate::JointHistogram::from_counts
//! [`JointHistogram::estimate`]: crate::JointHistogram::estimate
//! [`Estimator`]: crate::Estimator
//! [`Normalization`]: crate::Normalization
//! [`permutation_null`]: crate::permutation_null
//! [`bootstrap_interval`]: crate::bootstrap_interval
//! [`Bits`]: crate::Bits
//! [`Error`]: crate::Error
#![doc = include_str!("../README.md")]

// What a function takes and returns.
mod error;
mod sample;
mod units;

// Tools that know nothing of information.
mod checks;
mod random;
mod simd;
mod statistics;

// Information by bins, information without bins, and how sure an estimate by bins is.
mod continuous;
mod histogram;
mod resampling;
#[cfg(feature = "ndarray")]
mod views;

pub use continuous::{
    Ksg, Ties, gaussian_mi, ksg_mi, linear_gaussian_mi, linear_r_squared, ross_mi,
};
pub use error::{Error, Location, Result};
pub use histogram::{
    BatchShape, BinRule, BinnedArray, Estimator, JointHistogram, MAX_BINS, Normalization,
    batch_mutual_information, image_against_maps, mutual_information,
};
pub use resampling::{
    BootstrapInterval, PermutationNull, Resampling, bootstrap_interval, permutation_null,
};
pub use sample::Sample;
pub use units::{Bits, Hartleys, Nats};
#[cfg(feature = "ndarray")]
pub use views::{batch_mutual_information_views, mutual_information_views};
