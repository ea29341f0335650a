//! Names, sizes and MD5 digests of the official files, and the revision of the mirror.
//!
//! The digests of the archive and of the image and label files are those that torchvision and
//! other public loaders check. The mirror at the pinned revision decodes to the same `train_*`.

use std::path::Path;

use crate::{FileDigest, Result, Split};

/// The address of the official archive (2.6 GB, all three splits).
pub const ARCHIVE_URL: &str = "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz";

/// The official archive: verify a download with [`FileDigest::verify`].
pub static ARCHIVE: FileDigest =
    FileDigest::new("stl10_binary.tar.gz", 2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb");

/// The folder inside the archive.
pub(crate) const ARCHIVE_FOLDER: &str = "stl10_binary";

/// Name of the file of the ten class names; see [`check_class_names`](crate::check_class_names).
pub const CLASS_NAMES: &str = "class_names.txt";

/// Name of the file of the ten predefined folds; see [`read_folds`](crate::read_folds).
pub const FOLD_INDICES: &str = "fold_indices.txt";

/// The seven files inside the archive.
pub static FILES: [FileDigest; 7] = [
    FileDigest::new("train_X.bin", 138_240_000, "918c2871b30a85fa023e0c44e0bee87f"),
    FileDigest::new("train_y.bin", 5_000, "5a34089d4802c674881badbb80307741"),
    FileDigest::new("test_X.bin", 221_184_000, "7f263ba9f9e0b06b93213547f721ac82"),
    FileDigest::new("test_y.bin", 8_000, "36f9794fa4beb8a2c72628de14fa638e"),
    FileDigest::new("unlabeled_X.bin", 2_764_800_000, "5242ba1fed5e4be9e1e742405eb56ca4"),
    FileDigest::new(CLASS_NAMES, 55, "6de44d022411c4d5cda4673b7f147c3f"),
    FileDigest::new(FOLD_INDICES, 47_794, "4bbf8cd098ab9f87fe03fbcb37c06b28"),
];

/// The mirror: a data set on the Hugging Face hub with the labelled splits as parquet files.
pub const MIRROR: &str = "tanganke/stl10";

/// The mirror's revision (a commit) that is fetched; the digests were checked against it.
pub const MIRROR_REVISION: &str = "49ae7f94508f7feae62baf836db284306eab0b0f";

/// The mirror's file for a split; `None` for unlabeled, which it does not have.
pub const fn mirror_file(split: Split) -> Option<&'static str> {
    match split {
        Split::Train => Some("data/train-00000-of-00001.parquet"),
        Split::Test => Some("data/test-00000-of-00001.parquet"),
        Split::Unlabeled => None,
    }
}

/// Verifies the official files of a split in `dir`: images and, except for unlabeled, labels.
///
/// # Errors
/// [`Error::Digest`](crate::Error::Digest) for the first file that differs;
/// [`Error::NotFound`](crate::Error::NotFound) or [`Error::Io`](crate::Error::Io).
pub fn verify_split(dir: impl AsRef<Path>, split: Split) -> Result<()> {
    let dir = dir.as_ref();
    FILES
        .iter()
        .filter(|file| file.name == split.images_file() || Some(&*file.name) == split.labels_file())
        .try_for_each(|file| file.verify(dir.join(&*file.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IMAGE_BYTES, Label};

    #[test]
    fn sizes_are_whole_images() {
        for (split, images) in
            [(Split::Train, 5_000), (Split::Test, 8_000), (Split::Unlabeled, 100_000)]
        {
            let file = FILES.iter().find(|file| file.name == split.images_file()).unwrap();
            assert_eq!(file.bytes, images * IMAGE_BYTES as u64);
        }
    }

    #[test]
    fn the_class_names_file_is_the_labels_line_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(CLASS_NAMES);
        let text: String = Label::ALL.iter().map(|label| format!("{label}\n")).collect();
        std::fs::write(&path, text).unwrap();
        FILES[5].verify(&path).unwrap();
    }
}
