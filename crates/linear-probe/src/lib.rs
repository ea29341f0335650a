#![doc = include_str!("../README.md")]

mod classifier;
mod error;
mod leave_one_out;
mod linalg;
mod pooling;
mod ridge;
mod standardization;

pub use classifier::RidgeClassifier;
pub use error::{Error, Result};
pub use pooling::Pooling;
