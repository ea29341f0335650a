#![doc = include_str!("../README.md")]

mod batch;
mod binned;
mod counting;
mod error;
mod information;
mod joint;
mod sample;
mod simd;
#[cfg(feature = "ndarray")]
mod views;

pub use batch::{batch_mutual_information, image_against_maps, mutual_information};
pub use binned::{BinnedArray, MAX_BINS};
pub use error::{Location, MiError};
pub use joint::{JointHistogram, Normalization};
pub use sample::Sample;
#[cfg(feature = "ndarray")]
pub use views::{batch_mutual_information_views, mutual_information_views};
