//! A parquet file of the mirror, decoded into official binaries.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use crate::{
    Dataset, FileDigest, Label, Result, Split,
    atomic_file::{self, NewFile, NewFolders, Sealed},
    fetch::{
        FetchOptions, FetchReport,
        plan::{Plan, mirrored_names},
        watch::Watch,
    },
    manifest::CLASS_NAMES,
};

/// Decodes a parquet file of the mirror into the official files of `split` in `dir`, and
/// `class_names.txt`. (The mirror has no `fold_indices.txt`.)
///
/// The images are decoded into a temporary file in `dir`, which takes the same space again until
/// the function returns. Of the options, only [`FetchOptions::expected`] is used.
///
/// # Errors
/// As [`Dataset::open_parquet`], but [`Error::TempFile`] concerns `dir`; [`Error::Digest`] when
/// the result, or an existing file, is not the expected one; [`HubFault::NotOnMirror`] for the
/// unlabeled split; [`Error::NoExpectedDigest`] or [`Error::Io`].
///
/// [`Error::TempFile`]: crate::Error::TempFile
/// [`Error::Digest`]: crate::Error::Digest
/// [`Error::NoExpectedDigest`]: crate::Error::NoExpectedDigest
/// [`Error::Io`]: crate::Error::Io
/// [`HubFault::NotOnMirror`]: crate::HubFault::NotOnMirror
pub fn from_parquet(
    parquet: impl AsRef<Path>,
    dir: impl AsRef<Path>,
    split: Split,
    options: &FetchOptions,
) -> Result<FetchReport> {
    from_parquet_with(parquet, dir, split, options, |_, _| ControlFlow::Continue(()))
}

/// [`from_parquet`] with a progress function: `progress(done, total)` counts the images decoded.
/// While the files are written, it is called with the total as both.
///
/// # Errors
/// As [`from_parquet`]; [`Error::Stopped`](crate::Error::Stopped) when `progress` returns a break.
pub fn from_parquet_with(
    parquet: impl AsRef<Path>,
    dir: impl AsRef<Path>,
    split: Split,
    options: &FetchOptions,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<FetchReport> {
    fetch(parquet.as_ref(), dir.as_ref(), split, options, &mut Watch::new(&mut progress))
}

fn fetch(
    parquet: &Path,
    dir: &Path,
    split: Split,
    options: &FetchOptions,
    watch: &mut Watch<'_>,
) -> Result<FetchReport> {
    let mut plan = Plan::new(dir, mirrored_names(split)?, options, watch)?;
    if !plan.missing.is_empty() {
        let decoded = |watch: &mut Watch<'_>, done, total| watch.at(done, total);
        plan.report.written = install(parquet, dir, split, &plan.missing, watch, decoded)?;
    }
    Ok(plan.report)
}

/// Decodes a parquet file into the files `missing` of `dir`; returns their paths.
///
/// `decoded(watch, done, total)` reports the images decoded.
pub(super) fn install(
    parquet: &Path,
    dir: &Path,
    split: Split,
    missing: &[FileDigest],
    watch: &mut Watch<'_>,
    decoded: impl Fn(&mut Watch<'_>, u64, u64) -> Result<()>,
) -> Result<Vec<PathBuf>> {
    let _folders = NewFolders::create(dir)?;
    // In `dir`, not in the temporary folder: `dir` must have room for the images anyway.
    let data =
        Dataset::open_parquet_in(parquet, dir, &mut |done, total| decoded(watch, done, total))?;
    let seal = |expected: &FileDigest| match &*expected.name {
        CLASS_NAMES => class_names(dir, expected),
        name => data.seal_binary(dir, split, name, Some(expected), &mut || watch.again()),
    };
    atomic_file::publish(missing.iter().map(seal).collect::<Result<_>>()?)
}

fn class_names(dir: &Path, expected: &FileDigest) -> Result<Sealed> {
    let mut file = NewFile::create(dir, CLASS_NAMES)?;
    for label in Label::ALL {
        file.write(format!("{label}\n").as_bytes())?;
    }
    file.seal(Some(expected))
}
