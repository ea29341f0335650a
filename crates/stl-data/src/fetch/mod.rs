//! Putting the official binaries in place, verified, from the mirror or from the archive.
//!
//! Every file is written to a hidden temporary sibling, checked against its expected size and
//! MD5, flushed to the disk and only then renamed, an image file after its label file. A fetch
//! that is cut off leaves nothing that looks like data, and running it again continues: files
//! that are in place and verify are kept, and a file in place that does not verify is an error,
//! never overwritten.
//!
//! Each takes a function `progress(done, total)`, called at least a few times a second, with
//! `total` 0 as long as there is nothing to count. It goes on with [`ControlFlow::Continue`];
//! [`ControlFlow::Break`] ends the fetch with [`Error::Stopped`], temporary files and folders made
//! for them removed. (Only the flush to the disk that ends a file is waited for.)
//!
//! [`ControlFlow::Continue`]: std::ops::ControlFlow::Continue
//! [`ControlFlow::Break`]: std::ops::ControlFlow::Break
//!
//! - [`from_hub`]: the labelled splits from the Hugging Face mirror, 89 MB (train) and 142 MB
//!   (test) of parquet, decoded. The download lands in the hub's usual cache.
//! - [`from_parquet`]: the same from a parquet file that is already here.
//! - [`from_archive`]: any split from the official archive, already downloaded.

mod archive;
mod hub;
mod options;
mod watch;

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

pub use archive::from_archive;
pub use hub::from_hub;
pub use options::FetchOptions;

use crate::{
    Dataset, Error, FileDigest, Label, Result, Split,
    known::{CLASS_NAMES, FOLD_INDICES},
    place::{self, NewFile, NewFolders, Sealed},
};
use watch::Watch;

/// What a fetch did; every file named is in place and verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Files put in place by this call.
    pub written: Vec<PathBuf>,
    /// Files that were there.
    pub present: Vec<PathBuf>,
}

/// Decodes a parquet file of the mirror into the official files of `split` in `dir`, and
/// `class_names.txt`. (The mirror has no `fold_indices.txt`.)
///
/// The images are decoded into a temporary file in `dir`, which takes as much space again until
/// the call returns. Of the options only `expected` matters. `progress(done, total)` counts the
/// images decoded, and is called on with all of them while they are written.
///
/// # Errors
/// [`Error::Stopped`] when `progress` asks for it; as [`Dataset::open_parquet`], [`Error::Spill`] being about `dir`; [`Error::WrongDigest`] when
/// the result, or a file in place, is not the expected one; [`Error::NotOnMirror`] for the
/// unlabeled split; [`Error::NoExpectedDigest`] or [`Error::Io`].
pub fn from_parquet(
    parquet: &Path,
    dir: &Path,
    split: Split,
    options: &FetchOptions,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report> {
    let mut watch = Watch::new(progress);
    let mut plan = Plan::new(dir, mirrored_names(split)?, options, &mut watch)?;
    if !plan.missing.is_empty() {
        let decoded = |watch: &mut Watch<'_>, done, total| watch.at(done, total);
        plan.report.written =
            install_parquet(parquet, dir, split, &plan.missing, &mut watch, decoded)?;
    }
    Ok(plan.report)
}

/// Files wanted in a folder: those in place, verified, and those to be made.
struct Plan {
    missing: Vec<FileDigest>,
    report: Report,
}

impl Plan {
    fn new(
        dir: &Path,
        names: impl IntoIterator<Item = &'static str>,
        options: &FetchOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let mut plan = Self { missing: Vec::new(), report: Report::default() };
        for name in names {
            let expected = options
                .expected
                .iter()
                .find(|file| file.name == name)
                .ok_or_else(|| Error::NoExpectedDigest { name: name.to_owned() })?;
            let path = dir.join(name);
            match expected.verify_watched(&path, &mut || watch.again()) {
                Ok(()) => plan.report.present.push(path),
                Err(Error::NotFound { .. }) => plan.missing.push(expected.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(plan)
    }
}

/// The official files that the mirror's table of a split gives, the images last.
fn mirrored_names(split: Split) -> Result<[&'static str; 3]> {
    let labels = split.labels_file().ok_or(Error::NotOnMirror { split })?;
    Ok([CLASS_NAMES, labels, split.images_file()])
}

/// The official files of a split in the archive, the images last.
fn archived_names(split: Split) -> impl Iterator<Item = &'static str> {
    [CLASS_NAMES, FOLD_INDICES].into_iter().chain(split.labels_file()).chain([split.images_file()])
}

/// `decoded(watch, done, total)` reports the images decoded.
fn install_parquet(
    parquet: &Path,
    dir: &Path,
    split: Split,
    missing: &[FileDigest],
    watch: &mut Watch<'_>,
    decoded: impl Fn(&mut Watch<'_>, u64, u64) -> Result<()>,
) -> Result<Vec<PathBuf>> {
    let _folders = NewFolders::create(dir)?;
    // Not by way of the temporary folder: `dir` must take the images anyway.
    let data =
        Dataset::open_parquet_in(parquet, dir, &mut |done, total| decoded(watch, done, total))?;
    let seal = |expected: &FileDigest| match &*expected.name {
        CLASS_NAMES => class_names(dir, expected),
        name => data.seal_binary(dir, split, name, Some(expected), &mut || watch.again()),
    };
    place::publish(missing.iter().map(seal).collect::<Result<_>>()?)
}

fn class_names(dir: &Path, expected: &FileDigest) -> Result<Sealed> {
    let mut file = NewFile::create(dir, CLASS_NAMES)?;
    for label in Label::ALL {
        file.write(format!("{label}\n").as_bytes())?;
    }
    file.seal(Some(expected))
}
