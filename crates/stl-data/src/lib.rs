#![doc = include_str!("../README.md")]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod binary;
mod claims;
mod dataset;
mod digest;
mod error;
pub mod fetch;
mod gray;
mod image;
pub mod known;
mod label;
mod lists;
mod mirror;
mod photo;
mod place;
mod positioned;
mod spill;
mod split;
#[cfg(feature = "candle")]
mod tensor;
mod thrift;

pub use dataset::Dataset;
pub use digest::FileDigest;
pub use error::{ArchiveFault, Error, Result};
pub use gray::{gray_batch_into, gray_image_into};
pub use image::{CHANNELS, IMAGE_BYTES, Image, PIXELS, SIDE};
pub use label::Label;
pub use lists::{FOLD_SIZE, FOLDS, TRAIN_IMAGES, read_class_names, read_folds};
pub use split::Split;
#[cfg(feature = "candle")]
pub use tensor::gray_tensor;
