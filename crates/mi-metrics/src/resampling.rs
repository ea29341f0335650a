//! Estimates from permuted and from resampled pairs.

mod bootstrap;
mod permutation;
mod replicates;

pub use bootstrap::{BootstrapInterval, bootstrap_interval};
pub use permutation::{PermutationNull, permutation_null};
pub use replicates::Resampling;
