//! The data themselves, where they are at hand.

#![allow(clippy::print_stderr, reason = "says what it skips")]

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use stl_data::{Dataset, Label, PIXELS, Split, fetch, known};

/// A path relative to the workspace; `None`, said on stderr, when nothing is there.
fn at_hand(relative: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(relative);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

#[test]
fn the_mirror_decodes_to_the_official_train_split() {
    let Some(parquet) = at_hand("../shared/stl10/train-00000-of-00001.parquet") else { return };
    let dir = tempfile::tempdir().unwrap();
    // Verifies the MD5 of train_X.bin, train_y.bin and class_names.txt against the public table.
    let options = fetch::FetchOptions::default();
    let report = fetch::from_parquet(&parquet, dir.path(), Split::Train, &options, &mut |_, _| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(report.written.len(), 3);
    known::verify_split(dir.path(), Split::Train).unwrap();

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
    let Some(parquet) = at_hand("datasets/sample/sample.parquet") else { return };
    let data = Dataset::open(&parquet).unwrap();
    assert_eq!(data.len(), 581);
    assert!(data.labels().contains(&Some(Label::Airplane)));
    assert!(data.labels().contains(&None));
    let indices: Vec<_> = (0..data.len()).collect();
    let mut gray = vec![f32::NAN; data.len() * PIXELS];
    data.gray_into(&indices, &mut gray).unwrap();
    assert!(gray.iter().all(|value| (0.0..=1.0).contains(value)));
}
