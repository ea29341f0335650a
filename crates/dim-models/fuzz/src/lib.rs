//! Common to the targets: a file for the input, and the training whose state one of them reads.

use std::{fs, path::PathBuf, sync::OnceLock};

use dim_models::{Alignment, ModelConfig, TrainConfig};
use tempfile::TempDir;

/// A file with these bytes in the temporary folder of this process, under `TMPDIR`. Set that to a
/// tmpfs.
///
/// # Panics
/// If the file cannot be written: without it there is nothing to fuzz.
pub fn file_of(bytes: &[u8]) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("TMPDIR is writable"));
    let path = folder.path().join("input.safetensors");
    fs::write(&path, bytes).expect("TMPDIR is writable");
    path
}

/// A model of a few kilobytes.
pub const MODEL: ModelConfig =
    ModelConfig { channels: [1, 2, 1, 2], hidden_channels: 2, alignment: Alignment::Resize };

/// The settings of a training of that model.
pub fn training() -> TrainConfig {
    TrainConfig { model: MODEL, batch_size: 2, ..TrainConfig::default() }
}
