//! The one error type of the crate: a variant for each way the data can be wrong.

use std::path::{Path, PathBuf};

use crate::{IMAGE_BYTES, SIDE, Split, known::ARCHIVE_URL};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, with the file concerned, what was expected and what was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing lies at the path.
    #[error("{}: no such file or folder; check the path, or fetch the data", path.display())]
    NotFound {
        /// The path looked at.
        path: PathBuf,
    },

    /// The operating system refused an operation.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb phrase.
        action: &'static str,
        /// The file or folder concerned, or words for it as in [`Error::Truncated`].
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },

    /// A folder was given that holds no official binaries.
    #[error("{}: holds no {expected}; give a folder of official STL-10 binaries", dir.display())]
    NoBinaries {
        /// The folder.
        dir: PathBuf,
        /// The file looked for in it.
        expected: &'static str,
    },

    /// The file name tells of no known format.
    #[error("{}: not a `*_X.bin`, a `.parquet` or a folder of official binaries", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },

    /// The file, or the parquet table in it, is empty.
    #[error("{}: holds no images", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },

    /// The size of an image file is not a whole number of images.
    #[error(
        "{}: {bytes} bytes is not a whole number of {IMAGE_BYTES}-byte images; the file is cut \
         or not STL-10",
        path.display()
    )]
    RaggedFile {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },

    /// A file ended before the bytes that its size promised when it was opened.
    #[error("{}: ends inside image {index}; it shrank after it was opened", path.display())]
    Truncated {
        /// The file, or words for the temporary file of a parquet file's images.
        path: PathBuf,
        /// The first image that could not be read.
        index: usize,
    },

    /// Labels and images differ in number.
    #[error(
        "{}: {labels} labels for {images} images; one of the two files is cut or over-long",
        path.display()
    )]
    LabelCount {
        /// The label file.
        path: PathBuf,
        /// Images in the image file.
        images: usize,
        /// Labels in the label file (one byte each).
        labels: u64,
    },

    /// A label outside the ten classes.
    #[error("{}: label {found} at index {index}; expected {expected}", path.display())]
    LabelValue {
        /// The file.
        path: PathBuf,
        /// Position of the label.
        index: usize,
        /// The value read.
        found: i64,
        /// The values allowed in this format.
        expected: &'static str,
    },

    /// A name that is not one of the ten classes.
    #[error(
        "`{found}` is not an STL-10 class (airplane bird car cat deer dog horse monkey ship truck)"
    )]
    LabelName {
        /// The name given.
        found: String,
    },

    /// A name that is not one of the three splits.
    #[error("`{found}` is not an STL-10 split (train, test, unlabeled)")]
    SplitName {
        /// The name given.
        found: String,
    },

    /// Train and test splits need a label for every image.
    #[error("image {index} has no label, which the {split} split needs; write it as unlabeled")]
    Unlabelled {
        /// The first image without a label.
        index: usize,
        /// The split that was to be written.
        split: Split,
    },

    /// An image index, or the end of a range, beyond the data set.
    #[error("image {index} asked of {len} images")]
    IndexOutOfRange {
        /// The index asked for.
        index: usize,
        /// Images in the data set.
        len: usize,
    },

    /// A caller's buffer of the wrong length.
    #[error("a buffer of {found} elements given where {expected} are needed")]
    BufferLength {
        /// Elements needed.
        expected: usize,
        /// Elements given.
        found: usize,
    },

    /// `class_names.txt` differs from the ten names in official order.
    #[error("{}: line {line} is `{found}`, expected `{expected}`", path.display())]
    ClassNames {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The text found (cut to 40 characters).
        found: String,
        /// The class expected there; empty after the tenth.
        expected: &'static str,
    },

    /// `fold_indices.txt` is malformed.
    #[error("{}: line {line}: {reason}", path.display())]
    Folds {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong and what was expected.
        reason: String,
    },

    /// The parquet reader refused the file.
    #[error("{}: not a readable parquet file: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The reader's answer.
        source: parquet::errors::ParquetError,
    },

    /// The parquet reader panicked, which only a corrupt file makes it do.
    #[error("{}: corrupt parquet file; the reader gave up: {message}", path.display())]
    ParquetPanic {
        /// The file.
        path: PathBuf,
        /// The panic's message.
        message: String,
    },

    /// A column that the mirror's tables have is absent.
    #[error("{}: no column `{column}`; expected `image.bytes` (PNG) and `label`", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column's dotted name.
        column: &'static str,
    },

    /// A column of the wrong type.
    #[error("{}: column `{column}` is {found}, expected {expected}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column's dotted name.
        column: &'static str,
        /// The type needed.
        expected: &'static str,
        /// The type found.
        found: String,
    },

    /// The parquet metadata claims something no STL-10 table has.
    #[error("{}: claims {what} of {found}, at most {limit} expected", path.display())]
    AbsurdMetadata {
        /// The file.
        path: PathBuf,
        /// The quantity claimed.
        what: &'static str,
        /// The claim.
        found: i64,
        /// The limit.
        limit: i64,
    },

    /// The parquet columns hold another number of rows than the metadata says.
    #[error("{}: row {row} is missing from column `{column}`", path.display())]
    MissingRow {
        /// The file.
        path: PathBuf,
        /// The first row absent.
        row: usize,
        /// The column's dotted name.
        column: &'static str,
    },

    /// A row without an image.
    #[error("{}: row {row} has no image", path.display())]
    NullImage {
        /// The file.
        path: PathBuf,
        /// The row.
        row: usize,
    },

    /// A row whose bytes do not decode as PNG.
    #[error("{}: row {row} is not a sound PNG: {source}", path.display())]
    Png {
        /// The file.
        path: PathBuf,
        /// The row.
        row: usize,
        /// The decoder's answer.
        source: Box<png::DecodingError>,
    },

    /// A PNG that is not 96 by 96.
    #[error("{}: row {row} is {width} x {height} pixels, expected {SIDE} x {SIDE}", path.display())]
    PngSize {
        /// The file.
        path: PathBuf,
        /// The row.
        row: usize,
        /// Width in its header.
        width: u32,
        /// Height in its header.
        height: u32,
    },

    /// A PNG that is not 8-bit RGB: gray, palette, alpha and 16-bit are refused, not converted.
    #[error("{}: row {row} is a {found} PNG, expected 8-bit Rgb", path.display())]
    PngFormat {
        /// The file.
        path: PathBuf,
        /// The row.
        row: usize,
        /// Depth and colour type in its header.
        found: String,
    },

    /// The images of a parquet file could not be kept in a temporary file.
    #[error(
        "{}: cannot keep {bytes} bytes of decoded images in this folder: {source}; it must be \
         writable with that much space free{}",
        dir.display(),
        other_folder(dir)
    )]
    Spill {
        /// The temporary folder, or the destination of a fetch.
        dir: PathBuf,
        /// Bytes that all images need there.
        bytes: u64,
        /// The system's answer.
        source: std::io::Error,
    },

    /// A file that was to be written exists.
    #[error("{}: exists and is not overwritten; move it away first", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },

    /// A file's size or MD5 is not the expected one.
    #[error(
        "{}: {found_bytes} bytes, md5 {found}; expected {expected_bytes} bytes, md5 {expected}; \
         if it is in place already, move it away and fetch again",
        path.display()
    )]
    WrongDigest {
        /// The file, or the place where it was to go.
        path: PathBuf,
        /// The size expected.
        expected_bytes: u64,
        /// The size found.
        found_bytes: u64,
        /// The MD5 expected, in hexadecimal.
        expected: String,
        /// The MD5 found; `not computed` when the size alone decided.
        found: String,
    },

    /// No digest is on record for a file that was to be verified.
    #[error("no expected digest given for `{name}`, so it cannot be verified")]
    NoExpectedDigest {
        /// The file's name.
        name: String,
    },

    /// The caller's progress function asked a fetch to stop.
    #[error("stopped as asked; files in place are whole and verified, fetch again for the rest")]
    Stopped,

    /// The official archive that was to be unpacked is not there.
    #[error(
        "{}: no such file; check the path, or download the archive (2.6 GB) from {ARCHIVE_URL}",
        path.display()
    )]
    NoArchive {
        /// The path looked at.
        path: PathBuf,
    },

    /// The mirror lacks the split.
    #[error("the mirror has no {split} split; take it from the official archive")]
    NotOnMirror {
        /// The split asked for.
        split: Split,
    },

    /// No folder for downloads could be found.
    #[error("no home folder known for the download cache; set HF_HOME")]
    NoCacheDir,

    /// The hub would be asked in the clear.
    #[error(
        "`{endpoint}` is not an https:// address, and only this machine is asked without TLS; set \
         HF_ENDPOINT to one"
    )]
    NotTls {
        /// The endpoint that was set.
        endpoint: String,
    },

    /// Offline was asked for and the cache lacks the file.
    #[error(
        "offline, and `{file}` is not in the cache at {}; unset HF_HUB_OFFLINE to download it",
        cache.display()
    )]
    Offline {
        /// The file in the mirror's repository.
        file: String,
        /// The cache looked at.
        cache: PathBuf,
    },

    /// The hub did not answer, or stopped sending, for too long.
    #[error(
        "no data from {url} for {waited_s} s; check the connection, set HF_ENDPOINT to a \
         reachable mirror, or give the official archive"
    )]
    TimedOut {
        /// The file's address.
        url: String,
        /// Seconds waited.
        waited_s: f64,
    },

    /// The hub refused, or the connection failed.
    #[error("{url}: {source}; check the connection or HF_ENDPOINT, or give the official archive")]
    Hub {
        /// The file's address.
        url: String,
        /// The client's answer.
        source: Box<hf_hub::api::sync::ApiError>,
    },

    /// The hub answered with something that cannot be right.
    #[error("{url}: {what} is `{found}`; HF_ENDPOINT does not answer as the hub does")]
    HubAnswer {
        /// The file's address.
        url: String,
        /// The part of the answer.
        what: &'static str,
        /// What it was.
        found: String,
    },

    /// The archive is not a gzip-compressed tar, or is cut.
    #[error("{}: not a sound .tar.gz: {source}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The reader's answer.
        source: std::io::Error,
    },

    /// The archive holds an entry that the official one does not.
    #[error("{}: entry `{entry}` {fault}; this is not the official archive", path.display())]
    ArchiveEntry {
        /// The archive.
        path: PathBuf,
        /// The entry's name (lossy, cut to 120 characters).
        entry: String,
        /// What is wrong with it.
        fault: ArchiveFault,
    },

    /// The archive lacks a file.
    #[error("{}: has no `{name}`", path.display())]
    ArchiveMissing {
        /// The archive.
        path: PathBuf,
        /// The file looked for.
        name: String,
    },

    /// A tensor could not be made.
    #[cfg(feature = "candle")]
    #[error("cannot make a tensor: {0}")]
    Tensor(#[from] candle_core::Error),
}

/// Why an archive entry is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// Its path is absolute.
    #[error("has an absolute path")]
    AbsolutePath,
    /// Its path has a `..` component.
    #[error("climbs out of its folder")]
    ParentPath,
    /// It is neither a regular file nor a folder (a link, a device, an extended name).
    #[error("is not a regular file")]
    NotRegular,
    /// Its name is not one of the official ones.
    #[error("has an unexpected name")]
    UnexpectedName,
    /// Its name came before.
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

/// The remedy for the temporary folder; elsewhere the caller chose the folder.
fn other_folder(dir: &Path) -> &'static str {
    if dir == std::env::temp_dir() {
        ", or set TMPDIR (on Windows TMP) to a folder that is"
    } else {
        ""
    }
}

impl Error {
    /// An [`Error::Io`], or [`Error::NotFound`] where that is what the system said.
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::NotFound { path }
        } else {
            Self::Io { action, path, source }
        }
    }
}
