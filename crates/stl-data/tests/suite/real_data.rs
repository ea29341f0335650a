//! The real data, where they are available.

#![allow(clippy::print_stderr, reason = "notes what it skips")]

use std::path::{Path, PathBuf};

use stl_data::{Dataset, Label, PIXELS, Split, fetch, manifest};

/// A file in `datasets/` of the repository; `None`, with a note on stderr, if it does not exist.
fn dataset(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} does not exist", path.display());
    None
}

/// The train split of the mirror: the file that `STL10_PARQUET` names, or one in `datasets/`.
fn train_parquet() -> Option<PathBuf> {
    match std::env::var_os("STL10_PARQUET") {
        Some(path) => Some(path.into()),
        None => dataset("train-00000-of-00001.parquet"),
    }
}

#[test]
fn the_mirror_decodes_to_the_official_train_split() {
    let Some(parquet) = train_parquet() else { return };
    let dir = tempfile::tempdir().unwrap();
    // Verifies the MD5 of train_X.bin, train_y.bin and class_names.txt against the public table.
    let options = fetch::FetchOptions::default();
    let report = fetch::from_parquet(&parquet, dir.path(), Split::Train, &options).unwrap();
    assert_eq!(report.written.len(), 3);
    manifest::verify_split(dir.path(), Split::Train).unwrap();

    let binaries = Dataset::open(dir.path()).unwrap();
    let decoded = Dataset::open(&parquet).unwrap();
    assert_eq!(binaries.len(), 5_000);
    assert_eq!(binaries.digest().unwrap(), decoded.digest().unwrap());
    for label in Label::ALL {
        let images = binaries.labels().iter().filter(|&&l| l == Some(label)).count();
        assert_eq!(images, 500, "{label}");
    }
}

#[test]
fn the_sample_photographs_read_as_the_mirror_does() {
    let Some(parquet) = dataset("sample/sample.parquet") else { return };
    let data = Dataset::open(&parquet).unwrap();
    assert_eq!(data.len(), 581);
    assert!(data.labels().contains(&Some(Label::Airplane)));
    assert!(data.labels().contains(&None));
    let indices: Vec<_> = (0..data.len()).collect();
    let mut gray = vec![f32::NAN; data.len() * PIXELS];
    data.gray_into(&indices, &mut gray).unwrap();
    assert!(gray.iter().all(|value| (0.0..=1.0).contains(value)));
}
