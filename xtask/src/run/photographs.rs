//! Which photograph each sample image is a crop of: the column `source` of `SOURCES.tsv`, which has
//! a row for each image in the order of the parquet file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The list, beside the sample's parquet file.
pub const SOURCES: &str = "SOURCES.tsv";

#[derive(Deserialize)]
struct Row {
    source: String,
}

/// The number of each image's photograph, counted from 0 in the order of the list.
///
/// # Errors
/// If the file cannot be read, or does not have a row for each of `images`.
pub fn read(path: &Path, images: usize) -> Result<Vec<usize>> {
    let failed = || format!("cannot read {}", path.display());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_path(path)
        .with_context(failed)?;
    let mut numbers = BTreeMap::new();
    let mut photographs = Vec::new();
    for row in reader.deserialize() {
        let Row { source } = row.with_context(failed)?;
        let next = numbers.len();
        photographs.push(*numbers.entry(source).or_insert(next));
    }
    ensure!(
        photographs.len() == images,
        "{} has {} rows, expected one for each of {images} images",
        path.display(),
        photographs.len()
    );
    Ok(photographs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_of_166_photographs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample");
        let photographs = read(&root.join(SOURCES), 581).unwrap();
        assert_eq!(photographs.iter().max(), Some(&165));
        assert_eq!(photographs[..4], [0, 0, 1, 1]);
    }

    #[test]
    fn the_list_has_the_labels_of_the_sample_in_its_order() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample");
        let dataset = stl_data::Dataset::open(root.join("sample.parquet")).unwrap();
        let text = std::fs::read_to_string(root.join(SOURCES)).unwrap();
        let labels = text.lines().skip(1).map(|line| line.split('\t').nth(1).unwrap());
        let of_dataset = |label: &Option<stl_data::Label>| {
            let position = label.and_then(|l| stl_data::Label::ALL.iter().position(|&o| o == l));
            position.map_or(String::new(), |position| position.to_string())
        };
        assert!(labels.eq(dataset.labels().iter().map(of_dataset)));
    }

    #[test]
    fn a_list_of_other_images_or_without_its_column_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SOURCES);
        std::fs::write(&path, "name\tsource\na_0.png\ta \"quoted\" name\nb_0.png\tb\n").unwrap();
        assert_eq!(read(&path, 2).unwrap(), [0, 1]);
        let message = read(&path, 3).unwrap_err().to_string();
        assert!(message.contains("has 2 rows, expected one for each of 3 images"), "{message}");
        std::fs::write(&path, "name\na_0.png\n").unwrap();
        assert!(format!("{:#}", read(&path, 1).unwrap_err()).contains(SOURCES));
    }
}
