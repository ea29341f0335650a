//! Shared by the targets: a scratch folder in memory, and the archive that one of them expects.

use std::{path::PathBuf, sync::OnceLock};

use stl_data::FileDigest;
use tempfile::TempDir;

/// A path in the scratch folder of this process, which is in `TMPDIR`. That should be a tmpfs.
///
/// # Panics
/// When the folder cannot be created.
pub fn scratch(name: &str) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("TMPDIR is writable"));
    folder.path().join(name)
}

/// The files of an archive like the official one, of a few bytes each.
pub const ARCHIVE: [(&str, &[u8]); 4] = [
    ("train_X.bin", b"these are no pixels, but nothing that unpacks an archive minds"),
    ("train_y.bin", &[1, 2, 3]),
    ("class_names.txt", b"airplane\nbird\n"),
    ("fold_indices.txt", b"0 1 2\n"),
];

/// Their sizes and digests (`md5sum`).
pub fn expected() -> Vec<FileDigest> {
    static EXPECTED: OnceLock<Vec<FileDigest>> = OnceLock::new();
    let digest = |(name, bytes): (&str, &[u8])| {
        let path = scratch(name);
        std::fs::write(&path, bytes).expect("TMPDIR is writable");
        let digest = FileDigest::of(&path).expect("it has just been written");
        std::fs::remove_file(path).expect("it is there");
        digest
    };
    EXPECTED.get_or_init(|| ARCHIVE.map(digest).to_vec()).clone()
}
