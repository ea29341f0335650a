//! `unseen.csv`: MI over images that training has not seen.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// MI of one case in nats, over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnseenRow {
    pub case: Case,
    /// What the images are.
    pub source: String,
    pub images: usize,
    /// Mean over the maps.
    pub mean_mi_nats: f64,
    pub mean_mi_sd: f64,
    /// Largest over the maps.
    pub max_mi_nats: f64,
    pub max_mi_sd: f64,
}

impl csv::Row for UnseenRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "source", "images", "mean_mi_nats", "mean_mi_sd", "max_mi_nats", "max_mi_sd"];
}
