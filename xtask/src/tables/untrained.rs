//! `untrained.csv`: MI of encoders that were not trained, by seed of their weights.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// An encoder with initial weights, and batch-norm statistics from a pass over the training images.
/// MI in nats, over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UntrainedRow {
    pub case: Case,
    /// The seed that its weights were drawn from; the run's own seed comes first.
    pub weights_seed: u64,
    pub images: usize,
    /// Mean over the maps.
    pub mean_mi_nats: f64,
    /// Largest over the maps.
    pub max_mi_nats: f64,
    /// Mean over the maps, over the centre 88 x 88 pixels, with nothing resized.
    pub common_field_nats: f64,
}

impl csv::Row for UntrainedRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "weights_seed", "images", "mean_mi_nats", "max_mi_nats", "common_field_nats"];
}
