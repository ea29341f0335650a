// README links types to their sources. These come first, so here they link to the documentation.
//! [`Dataset`]: crate::Dataset
//! [`Image`]: crate::Image
//! [`Label`]: crate::Label
//! [`Split`]: crate::Split
//! [`gray_batch_into`]: crate::gray_batch_into
//! [`read_folds`]: crate::read_folds
//! [`check_class_names`]: crate::check_class_names
//! [`FileDigest`]: crate::FileDigest
//! [`fetch`]: crate::fetch
//! [`from_hub`]: crate::fetch::from_hub
//! [`from_archive`]: crate::fetch::from_archive
//! [`from_parquet`]: crate::fetch::from_parquet
//! [`manifest`]: crate::manifest
//! [`Error`]: crate::Error
#![doc = include_str!("../README.md")]

mod atomic_file;
mod binary;
mod dataset;
mod digest;
mod error;
mod fault;
pub mod fetch;
mod gray;
mod image;
mod label;
pub mod manifest;
mod panic_message;
mod parquet;
mod read_at;
mod split;
mod temp_file;
mod text_files;

pub use dataset::Dataset;
pub use digest::FileDigest;
pub use error::{Error, Result};
pub use fault::{ArchiveFault, EntryFault, FormatFault, HubFault, ImageFault};
pub use gray::gray_batch_into;
pub use image::{IMAGE_BYTES, Image, PIXELS, SIDE};
pub use label::Label;
pub use split::Split;
pub use text_files::{check_class_names, read_folds};
