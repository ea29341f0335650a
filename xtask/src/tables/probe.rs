//! `probe.csv`: the accuracy of linear probes.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// What a probe sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Representation {
    /// The gray image itself.
    Pixels,
    /// Maps of a case's encoder before training.
    Untrained,
    /// Maps of a case's trained encoder.
    Trained,
}

impl Representation {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Representation::Pixels => "pixels",
            Representation::Untrained => "untrained",
            Representation::Trained => "trained",
        }
    }
}

/// The result of one probe on one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeRow {
    pub representation: Representation,
    /// `None` for pixels.
    pub case: Option<Case>,
    /// `linear_probe::Pooling` by name.
    pub pooling: String,
    pub fold: usize,
    pub classes: usize,
    pub train_images: usize,
    pub test_images: usize,
    /// Chosen by leave-one-out on the training images.
    pub penalty: f64,
    /// Share of the test images that are classified correctly.
    pub accuracy: f64,
}

impl csv::Row for ProbeRow {
    const COLUMNS: &'static [&'static str] = &[
        "representation",
        "case",
        "pooling",
        "fold",
        "classes",
        "train_images",
        "test_images",
        "penalty",
        "accuracy",
    ];
}
