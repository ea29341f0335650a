//! Which files a fetch has to make.

use std::path::Path;

use crate::{
    Error, FileDigest, HubFault, Result, Split,
    fetch::{FetchOptions, FetchReport, watch::Watch},
    manifest::{CLASS_NAMES, FOLD_INDICES},
};

/// The files wanted in a folder: those that exist, verified, and those to make.
pub(super) struct Plan {
    pub(super) missing: Vec<FileDigest>,
    pub(super) report: FetchReport,
}

impl Plan {
    /// Verifies the files `names` in `dir`; one that does not exist is missing.
    pub(super) fn new(
        dir: &Path,
        names: impl IntoIterator<Item = &'static str>,
        options: &FetchOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let mut plan = Self { missing: Vec::new(), report: FetchReport::default() };
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

/// The official files that the mirror has for a split, the images last.
pub(super) fn mirrored_names(split: Split) -> Result<[&'static str; 3]> {
    let labels = split.labels_file().ok_or(Error::Hub(HubFault::NotOnMirror { split }))?;
    Ok([CLASS_NAMES, labels, split.images_file()])
}

/// The official files that the archive has for a split, the images last.
pub(super) fn archived_names(split: Split) -> impl Iterator<Item = &'static str> {
    [CLASS_NAMES, FOLD_INDICES].into_iter().chain(split.labels_file()).chain([split.images_file()])
}
