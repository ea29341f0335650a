//! Puts the official binaries in a folder, verified, from the mirror or from the archive.
//!
//! - [`from_hub`]: the labelled splits from the Hugging Face mirror, 89 MB (train) and 142 MB
//!   (test) of parquet, decoded. The download goes to the hub's usual cache.
//! - [`from_parquet`]: the same from a parquet file of the mirror that you already have.
//! - [`from_archive`]: any split from the official archive, downloaded beforehand.
//!
//! Every file is written to a hidden temporary file beside its target, checked against its
//! expected size and MD5, flushed to the disk and only then renamed, an image file after its label
//! file. A killed fetch leaves nothing that looks like data, and a new one resumes: existing files
//! that verify are kept. An existing file that does not verify is an error; it is never
//! overwritten.
//!
//! # Progress and stopping
//! Each function has a twin that takes `progress(done, total)`: [`from_hub_with`],
//! [`from_parquet_with`], [`from_archive_with`]. It is called at least a few times a second, with
//! `total` 0 while there is nothing to count. When it returns [`ControlFlow::Break`], the fetch
//! stops with [`Error::Stopped`] and removes its temporary files and the folders it created. (The
//! flush that completes a file cannot be interrupted.)
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use stl_data::{Split, fetch::{self, FetchOptions}};
//!
//! let options = FetchOptions::from_env();
//! fetch::from_hub_with("datasets/stl10_binary", &[Split::Train], &options, |done, total| {
//!     eprint!("\r{} of {} MB", done >> 20, total >> 20);
//!     ControlFlow::Continue(())
//! })?;
//! # Ok::<(), stl_data::Error>(())
//! ```
//!
//! [`ControlFlow::Break`]: std::ops::ControlFlow::Break
//! [`Error::Stopped`]: crate::Error::Stopped

mod archive;
mod hub;
mod options;
mod parquet;
mod plan;
mod watch;

use std::path::PathBuf;

pub use archive::{from_archive, from_archive_with};
pub use hub::{from_hub, from_hub_with};
pub use options::FetchOptions;
pub use parquet::{from_parquet, from_parquet_with};

/// What a fetch did. Every file listed is in place and verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchReport {
    /// Files that this fetch wrote.
    pub written: Vec<PathBuf>,
    /// Files that already existed.
    pub present: Vec<PathBuf>,
}
