//! What can be wrong with each kind of data.

use std::{io, path::PathBuf};

use crate::{IMAGE_BYTES, SIDE, Split, error::Cause, manifest::ARCHIVE_URL};

/// Why a file or folder is refused: see [`Error::Format`](crate::Error::Format).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatFault {
    /// The name says no known format.
    #[error("not a `*_X.bin`, a `.parquet` or a folder of official binaries")]
    UnknownFormat,

    /// A folder lacks the image file of the split.
    #[error("holds no {expected}; pass a folder of official STL-10 binaries")]
    NoBinaries {
        /// The file.
        expected: &'static str,
    },

    /// There are no images.
    #[error("holds no images")]
    Empty,

    /// The size of an image file is not a whole number of images.
    #[error(
        "{bytes} bytes is not a whole number of {IMAGE_BYTES}-byte images; the file is cut or not \
         STL-10"
    )]
    PartialImage {
        /// The size of the file.
        bytes: u64,
    },

    /// The number of labels is not the number of images.
    #[error("{labels} labels for {images} images; one of the two files is cut or too long")]
    LabelCount {
        /// Images in the image file.
        images: usize,
        /// Labels in the label file (one byte each).
        labels: u64,
    },

    /// `class_names.txt` does not hold the ten names in the official order.
    #[error("line {line} is `{found}`, expected `{expected}`")]
    ClassName {
        /// The line, from 1.
        line: usize,
        /// Its text, cut to 40 characters.
        found: String,
        /// The class that belongs there; empty after the tenth.
        expected: &'static str,
    },

    /// `fold_indices.txt` does not hold ten folds of 1,000 indices.
    #[error("line {line}: {reason}")]
    Fold {
        /// The line, from 1.
        line: usize,
        /// What was found and what was expected.
        reason: String,
    },

    /// The file is not a parquet file, is cut, or is corrupt.
    #[error("not a readable parquet file: {0}")]
    Parquet(#[source] Cause),

    /// The parquet reader panicked, which only a corrupt file makes it do.
    #[error("corrupt parquet file; the reader panicked: {message}")]
    ParquetPanic {
        /// The panic's message.
        message: String,
    },

    /// A parquet file claims more of something than any STL-10 table has, or less than none.
    #[error("claims {what} of {found}, expected 0 to {limit}")]
    Claim {
        /// What the file claims.
        what: &'static str,
        /// The value claimed.
        found: i64,
        /// The largest value accepted.
        limit: i64,
    },

    /// A parquet file lacks a column.
    #[error("no column `{column}`; expected `image.bytes` (PNG) and `label`")]
    MissingColumn {
        /// The column's dotted name.
        column: &'static str,
    },

    /// A column of a parquet file has the wrong type.
    #[error("column `{column}` is {found}, expected {expected}")]
    ColumnType {
        /// The column's dotted name.
        column: &'static str,
        /// The type needed.
        expected: &'static str,
        /// The type found.
        found: String,
    },

    /// A column of a parquet file has fewer rows than the file claims.
    #[error("row {row} is missing from column `{column}`")]
    MissingRow {
        /// The first row missing, from 0.
        row: usize,
        /// The column's dotted name.
        column: &'static str,
    },
}

/// Why an image or its label is refused: see [`Error::Image`](crate::Error::Image). The texts
/// continue "image 7".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageFault {
    /// The file ended before the bytes that it had when it was opened.
    #[error("is cut or missing; the file shrank after it was opened")]
    Truncated,

    /// The label is not one of the ten classes.
    #[error("has label {found}, expected {expected}")]
    Label {
        /// The value found.
        found: i64,
        /// The values valid in this format.
        expected: &'static str,
    },

    /// The image has no label, and the split to be written needs one.
    #[error("has no label, which the {split} split needs; write it as unlabeled")]
    NoLabel {
        /// The split.
        split: Split,
    },

    /// The row of the parquet file has a null in place of a PNG.
    #[error("is null, expected a PNG")]
    Null,

    /// The bytes are not a valid PNG.
    #[error("is not a valid PNG: {0}")]
    Png(#[source] Cause),

    /// The PNG has the wrong size.
    #[error("is {width} x {height} pixels, expected {SIDE} x {SIDE}")]
    PngSize {
        /// Width in the PNG header.
        width: u32,
        /// Height in the PNG header.
        height: u32,
    },

    /// The PNG is not 8-bit RGB. Gray, palette, alpha and 16-bit are refused, not converted.
    #[error("is a {found} PNG, expected 8-bit Rgb")]
    PngFormat {
        /// Depth and colour type in the PNG header.
        found: String,
    },
}

/// Why the mirror could not be used: see [`Error::Hub`](crate::Error::Hub).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubFault {
    /// The mirror does not have the split.
    #[error("the mirror has no {split} split; take it from the official archive")]
    NotOnMirror {
        /// The split.
        split: Split,
    },

    /// There is no folder for downloads.
    #[error("no home folder known for the download cache; set HF_HOME")]
    NoCacheDir,

    /// The endpoint is not `https://`.
    #[error(
        "`{endpoint}` is not an https:// address; http:// is allowed for this machine only. Set \
         HF_ENDPOINT to an https:// address"
    )]
    NotTls {
        /// The endpoint that was set.
        endpoint: String,
    },

    /// Downloads are switched off and the cache lacks the file.
    #[error(
        "offline, and `{file}` is not in the cache at {}; unset HF_HUB_OFFLINE to download it",
        cache.display()
    )]
    Offline {
        /// The file in the mirror's repository.
        file: String,
        /// The cache.
        cache: PathBuf,
    },

    /// The hub sent no data for too long.
    #[error(
        "no data from {url} for {waited_s} s; check the connection, set HF_ENDPOINT to a \
         reachable mirror, or use the official archive"
    )]
    TimedOut {
        /// The file's address.
        url: String,
        /// Seconds waited.
        waited_s: f64,
    },

    /// The hub refused the request, or the connection failed.
    #[error("{url}: {source}; check the connection or HF_ENDPOINT, or use the official archive")]
    Request {
        /// The file's address.
        url: String,
        /// The HTTP client's error.
        source: Cause,
    },

    /// The hub's answer is invalid.
    #[error("{url}: {what} is `{found}`; HF_ENDPOINT does not answer as the hub does")]
    Answer {
        /// The file's address.
        url: String,
        /// The part of the answer.
        what: &'static str,
        /// Its value.
        found: String,
    },
}

/// Why the archive could not be used: see [`Error::Archive`](crate::Error::Archive).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// The archive does not exist.
    #[error("no such file; check the path, or download the archive (2.6 GB) from {ARCHIVE_URL}")]
    NotFound,

    /// The archive is not a gzip-compressed tar, or is cut.
    #[error("not a valid .tar.gz: {0}")]
    Unreadable(#[source] io::Error),

    /// The archive lacks a file.
    #[error("holds no {name}")]
    Missing {
        /// The file.
        name: String,
    },

    /// The archive has an entry that the official one does not have.
    #[error("entry `{name}` {fault}; this is not the official archive")]
    Entry {
        /// The entry's name (lossy, cut to 120 characters).
        name: String,
        /// What is wrong with it.
        fault: EntryFault,
    },
}

/// Why an entry of an archive is refused: see [`ArchiveFault::Entry`]. The texts continue the
/// entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Its path is absolute.
    #[error("has an absolute path")]
    AbsolutePath,
    /// Its path has a `..` component.
    #[error("has a path with `..`")]
    ParentPath,
    /// It is not a regular file or a folder (but a link, a device, an extended name).
    #[error("is not a regular file")]
    NotRegular,
    /// Its name is not one of the official ones.
    #[error("has an unexpected name")]
    UnexpectedName,
    /// The archive already had an entry of this name.
    #[error("occurs twice")]
    Duplicate,
    /// Its size is not the official one.
    #[error("is {found} bytes, expected {expected}")]
    Size {
        /// The official size.
        expected: u64,
        /// The size in its header.
        found: u64,
    },
}
