//! `summary.csv`: statistics of the MI table over images, a row a case.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// Statistics over the images of one case; MI in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryRow {
    pub case: Case,
    /// The side of a map in pixels.
    pub latent_side: usize,
    pub images: usize,
    pub maps: usize,
    pub mean_mi_nats: f64,
    pub mean_mi_sd: f64,
    pub mean_mi_median: f64,
    pub max_mi_nats: f64,
    pub max_mi_sd: f64,
    pub max_mi_median: f64,
    /// The plug-in estimate of independent arrays of that size, to first order.
    pub plug_in_bias_nats: f64,
}

impl csv::Row for SummaryRow {
    const COLUMNS: &'static [&'static str] = &[
        "case",
        "latent_side",
        "images",
        "maps",
        "mean_mi_nats",
        "mean_mi_sd",
        "mean_mi_median",
        "max_mi_nats",
        "max_mi_sd",
        "max_mi_median",
        "plug_in_bias_nats",
    ];
}
