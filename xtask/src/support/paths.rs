//! Folders of this repository.

use std::path::{Path, PathBuf};

/// The root of this repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// `datasets/`: where data sets are looked for and fetched to.
pub fn datasets() -> PathBuf {
    root().join("datasets")
}

/// `results/`: the folder of run folders.
pub fn results() -> PathBuf {
    root().join("results")
}
