//! What the official files are: names, sizes and MD5 digests, as data.
//!
//! The digests of the archive and of the image and label files are those that torchvision and
//! other public loaders check; `train_*` is also what the mirror at the pinned revision decodes to.

use crate::{FileDigest, Result, Split};

/// Where the archive is published (2.6 GB; all three splits).
pub const ARCHIVE_URL: &str = "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz";

/// The archive itself.
pub static ARCHIVE: FileDigest =
    FileDigest::new("stl10_binary.tar.gz", 2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb");

/// The folder inside the archive.
pub const ARCHIVE_FOLDER: &str = "stl10_binary";

/// The class names file.
pub const CLASS_NAMES: &str = "class_names.txt";

/// The predefined folds file.
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

/// The mirror's data set on the Hugging Face hub: the labelled splits as parquet.
pub const MIRROR: &str = "tanganke/stl10";

/// The mirror's revision that the digests were checked against.
pub const MIRROR_REVISION: &str = "49ae7f94508f7feae62baf836db284306eab0b0f";

/// The mirror's file for a split; it has no unlabeled one.
pub const fn mirror_file(split: Split) -> Option<&'static str> {
    match split {
        Split::Train => Some("data/train-00000-of-00001.parquet"),
        Split::Test => Some("data/test-00000-of-00001.parquet"),
        Split::Unlabeled => None,
    }
}

/// Checks the official files of a split in `dir`: images and, where it has them, labels.
///
/// # Errors
/// [`Error::WrongDigest`](crate::Error::WrongDigest) for the first that differs,
/// [`Error::NotFound`](crate::Error::NotFound) or [`Error::Io`](crate::Error::Io).
pub fn verify_split(dir: &std::path::Path, split: Split) -> Result<()> {
    FILES
        .iter()
        .filter(|file| file.name == split.images_file() || Some(&*file.name) == split.labels_file())
        .try_for_each(|file| file.verify(&dir.join(&*file.name)))
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
