#![doc = include_str!("../README.md")]

mod batch;
mod binned;
mod continuous;
mod counting;
mod digamma;
mod error;
mod gaussian;
mod information;
mod joint;
mod kd_tree;
mod ksg;
mod ross;
mod sample;
mod simd;
#[cfg(feature = "ndarray")]
mod views;

pub use batch::{batch_mutual_information, image_against_maps, mutual_information};
pub use binned::{BinnedArray, MAX_BINS};
pub use continuous::Ties;
pub use error::{Location, MiError};
pub use gaussian::gaussian_mi;
pub use joint::{JointHistogram, Normalization};
pub use ksg::{Ksg, ksg_mi};
pub use ross::ross_mi;
pub use sample::Sample;
#[cfg(feature = "ndarray")]
pub use views::{batch_mutual_information_views, mutual_information_views};
