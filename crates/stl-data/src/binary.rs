//! The official binaries: files of images and of labels, without headers.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{Error, FormatFault, IMAGE_BYTES, ImageFault, Label, Result};

/// The end of an image file's name.
const IMAGES: &str = "_X.bin";
/// The end of the matching label file's name.
const LABELS: &str = "_y.bin";

/// Opens an image file and counts its images.
pub(crate) fn open_images(path: &Path) -> Result<(File, usize)> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let metadata = file.metadata().map_err(|e| Error::io("open", path, e))?;
    if !metadata.is_file() {
        return Err(Error::format(path, FormatFault::UnknownFormat));
    }
    let bytes = metadata.len();
    if bytes == 0 {
        return Err(Error::format(path, FormatFault::Empty));
    }
    let partial = || Error::format(path, FormatFault::PartialImage { bytes });
    if bytes % IMAGE_BYTES as u64 != 0 {
        return Err(partial());
    }
    let images = usize::try_from(bytes / IMAGE_BYTES as u64).map_err(|_| partial())?;
    Ok((file, images))
}

/// Whether the name is that of an image file.
pub(crate) fn is_images_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(IMAGES))
}

/// The path of the label file that belongs to an image file.
pub(crate) fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?.strip_suffix(IMAGES)?;
    Some(images.with_file_name(format!("{name}{LABELS}")))
}

/// Reads the labels of `images` images.
pub(crate) fn read_labels(path: &Path, images: usize) -> Result<Vec<Option<Label>>> {
    let labels = fs::metadata(path).map_err(|e| Error::io("open", path, e))?.len();
    let count = |labels| Error::format(path, FormatFault::LabelCount { images, labels });
    if labels != images as u64 {
        return Err(count(labels));
    }
    let bytes = fs::read(path).map_err(|e| Error::io("read", path, e))?;
    if bytes.len() != images {
        return Err(count(bytes.len() as u64));
    }
    let label = |(index, &found)| match Label::from_official(found) {
        Some(label) => Ok(Some(label)),
        None => {
            let fault = ImageFault::Label { found: found.into(), expected: "1 to 10" };
            Err(Error::image(path, index, fault))
        }
    };
    bytes.iter().enumerate().map(label).collect()
}
