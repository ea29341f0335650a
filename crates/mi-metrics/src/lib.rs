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

pub use continuous::{Ksg, Ties, gaussian_mi, ksg_mi, ross_mi};
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
