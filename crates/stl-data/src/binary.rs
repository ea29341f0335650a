//! The official binaries: header-less files of images and of labels.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{Error, IMAGE_BYTES, Label, Result};

/// The ending of an image file's name, and of the label file beside it.
const IMAGES: &str = "_X.bin";
const LABELS: &str = "_y.bin";

/// Opens an image file and counts its images.
pub(crate) fn open_images(path: &Path) -> Result<(File, usize)> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let metadata = file.metadata().map_err(|e| Error::io("open", path, e))?;
    if !metadata.is_file() {
        return Err(Error::UnknownFormat { path: path.to_path_buf() });
    }
    let bytes = metadata.len();
    if bytes == 0 {
        return Err(Error::Empty { path: path.to_path_buf() });
    }
    let ragged = || Error::RaggedFile { path: path.to_path_buf(), bytes };
    if bytes % IMAGE_BYTES as u64 != 0 {
        return Err(ragged());
    }
    let images = usize::try_from(bytes / IMAGE_BYTES as u64).map_err(|_| ragged())?;
    Ok((file, images))
}

/// Whether the name is that of an image file.
pub(crate) fn is_images_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(IMAGES))
}

/// The label file that belongs beside an image file.
pub(crate) fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?.strip_suffix(IMAGES)?;
    Some(images.with_file_name(format!("{name}{LABELS}")))
}

/// Reads the labels of `images` images.
pub(crate) fn read_labels(path: &Path, images: usize) -> Result<Vec<Option<Label>>> {
    let labels = fs::metadata(path).map_err(|e| Error::io("open", path, e))?.len();
    let count = |labels| Error::LabelCount { path: path.to_path_buf(), images, labels };
    if labels != images as u64 {
        return Err(count(labels));
    }
    let bytes = fs::read(path).map_err(|e| Error::io("read", path, e))?;
    if bytes.len() != images {
        return Err(count(bytes.len() as u64));
    }
    let label = |(index, &found)| match Label::from_official(found) {
        Some(label) => Ok(Some(label)),
        None => Err(Error::LabelValue {
            path: path.to_path_buf(),
            index,
            found: found.into(),
            expected: "1 to 10",
        }),
    };
    bytes.iter().enumerate().map(label).collect()
}
