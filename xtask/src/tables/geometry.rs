//! `geometry.csv`: mean MI of the weights of each case through the layers of each case.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// Weights trained as one case, run through the layers of another, and measured as the maps of the
/// other are. MI in nats, over images and maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeometryRow {
    /// The case that the weights were trained as.
    pub weights: Case,
    /// The case whose layers they are run through.
    pub layers: Case,
    pub images: usize,
    pub mean_mi_nats: f64,
    /// Standard deviation over images of the mean over maps.
    pub mean_mi_sd: f64,
    /// Over the centre 88 x 88 pixels, with nothing resized.
    pub common_field_nats: f64,
    pub common_field_sd: f64,
}

impl csv::Row for GeometryRow {
    const COLUMNS: &'static [&'static str] = &[
        "weights",
        "layers",
        "images",
        "mean_mi_nats",
        "mean_mi_sd",
        "common_field_nats",
        "common_field_sd",
    ];
}
