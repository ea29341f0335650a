//! The one error type of the crate.

use std::{
    error::Error as StdError,
    io,
    path::{Path, PathBuf},
};

use crate::fault::{ArchiveFault, FormatFault, HubFault, ImageFault};

/// The error of another crate, boxed so that its versions stay out of this crate's interface.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the file, what was expected and what was found.
///
/// Where a `fault` field says more, its text is part of this error's text. New variants and new
/// faults may be added in any release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path does not exist.
    #[error("{}: no such file or folder; check the path, or fetch the data", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },

    /// The operating system refused an operation.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb phrase.
        action: &'static str,
        /// The file or folder. For the decoded images of a parquet file, which have no path, words
        /// that name both files.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// The images of a parquet file could not be written to a temporary file.
    #[error(
        "{}: cannot store {bytes} bytes of decoded images in this folder: {source}; it must be \
         writable and have that much free space{}",
        dir.display(),
        tmpdir_hint(dir)
    )]
    TempFile {
        /// The temporary folder, or the destination of a fetch.
        dir: PathBuf,
        /// Bytes that all images need.
        bytes: u64,
        /// The system's error.
        source: io::Error,
    },

    /// A file that would be written already exists.
    #[error("{}: already exists and is never overwritten; move it away first", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },

    /// A file or folder is not what its format requires.
    #[error("{}: {fault}", path.display())]
    Format {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        fault: FormatFault,
    },

    /// One image or label of a file is wrong.
    #[error("{}: image {index} {fault}", path.display())]
    Image {
        /// The image file, label file or parquet file; words as in [`Error::Io`].
        path: PathBuf,
        /// Position of the image in the file (the row, in a parquet file), from 0.
        index: usize,
        /// What is wrong with it.
        fault: ImageFault,
    },

    /// An image index, or the end of a range, is past the end of the data set.
    #[error("no image {index}: the data set has {len} images")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// Images in the data set.
        len: usize,
    },

    /// A buffer passed to a function has the wrong length.
    #[error("a buffer has {found} elements, expected {expected}")]
    BufferLength {
        /// Elements needed.
        expected: usize,
        /// Elements given.
        found: usize,
    },

    /// A text is not the name of a class or of a split.
    #[error("`{found}` is not an STL-10 {what}: use {expected}")]
    Name {
        /// The text, cut to 40 characters.
        found: String,
        /// What it should name: `class` or `split`.
        what: &'static str,
        /// Every valid name.
        expected: &'static str,
    },

    /// The size or the MD5 of a file is not the expected one.
    #[error(
        "{}: {found_bytes} bytes, md5 {}; expected {expected_bytes} bytes, md5 {expected_md5}; if \
         this file exists, move it away and fetch again",
        path.display(),
        found_md5.as_deref().unwrap_or("not computed")
    )]
    Digest {
        /// The file, or the path it was to have.
        path: PathBuf,
        /// The size expected.
        expected_bytes: u64,
        /// The size found.
        found_bytes: u64,
        /// The MD5 expected, in hexadecimal.
        expected_md5: String,
        /// The MD5 found; `None` when the size already differs.
        found_md5: Option<String>,
    },

    /// [`FetchOptions::expected`](crate::fetch::FetchOptions::expected) lacks a file, so it cannot
    /// be verified.
    #[error("no expected size and md5 given for `{name}`, so it cannot be verified")]
    NoExpectedDigest {
        /// The file's name.
        name: String,
    },

    /// The progress function stopped a fetch.
    #[error("stopped; existing files are complete and verified, fetch again for the rest")]
    Stopped,

    /// The mirror could not be used.
    #[error(transparent)]
    Hub(HubFault),

    /// The official archive could not be used.
    #[error("{}: {fault}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        fault: ArchiveFault,
    },

    /// candle could not make a tensor.
    #[cfg(feature = "candle")]
    #[error("cannot make a tensor: {0}")]
    Tensor(#[source] Cause),
}

/// A remedy for the temporary folder. Any other folder is the caller's choice.
fn tmpdir_hint(dir: &Path) -> &'static str {
    if dir == std::env::temp_dir() {
        "; TMPDIR (on Windows TMP) selects another folder"
    } else {
        ""
    }
}

impl Error {
    /// An [`Error::Io`], or [`Error::NotFound`] where that is what the system said.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == io::ErrorKind::NotFound {
            Self::NotFound { path }
        } else {
            Self::Io { action, path, source }
        }
    }

    /// An [`Error::Format`].
    pub(crate) fn format(path: &Path, fault: FormatFault) -> Self {
        Self::Format { path: path.to_path_buf(), fault }
    }

    /// An [`Error::Image`].
    pub(crate) fn image(path: &Path, index: usize, fault: ImageFault) -> Self {
        Self::Image { path: path.to_path_buf(), index, fault }
    }

    /// An [`Error::Archive`].
    pub(crate) fn archive(path: &Path, fault: ArchiveFault) -> Self {
        Self::Archive { path: path.to_path_buf(), fault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmpdir_is_suggested_for_the_temporary_folder_alone() {
        for (dir, helps) in [(std::env::temp_dir(), true), ("datasets".into(), false)] {
            let source = io::ErrorKind::StorageFull.into();
            let error = Error::TempFile { dir, bytes: 27_648, source }.to_string();
            assert_eq!(error.contains("TMPDIR"), helps, "{error}");
        }
    }
}
