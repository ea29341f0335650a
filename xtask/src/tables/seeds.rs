//! `seeds.csv`: the results of every seed and case.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// The results of one seed and case; MI in nats, over images and maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedRow {
    pub seed: u64,
    pub case: Case,
    pub mean_mi_nats: f64,
    pub max_mi_nats: f64,
    /// Of the seed's initial weights, with calibrated batch norms.
    pub untrained_nats: f64,
    pub other_image_nats: f64,
    pub common_field_nats: f64,
    /// `None` without images that training has not seen.
    pub unseen_nats: Option<f64>,
    /// Bounds are `None` where too few images were measured.
    pub local_jsd: Option<f64>,
    pub local_dv_nats: Option<f64>,
    pub local_infonce_nats: Option<f64>,
    pub local_infonce_all_nats: Option<f64>,
    pub global_jsd: Option<f64>,
    pub global_dv_nats: Option<f64>,
    pub global_infonce_nats: Option<f64>,
    pub global_infonce_all_nats: Option<f64>,
    /// Accuracy of the linear probe on means over the whole map; `None` where it was skipped.
    pub probe_global_accuracy: Option<f64>,
    /// The same on means over 8 x 8 cells.
    pub probe_8x8_accuracy: Option<f64>,
}

impl csv::Row for SeedRow {
    const COLUMNS: &'static [&'static str] = &[
        "seed",
        "case",
        "mean_mi_nats",
        "max_mi_nats",
        "untrained_nats",
        "other_image_nats",
        "common_field_nats",
        "unseen_nats",
        "local_jsd",
        "local_dv_nats",
        "local_infonce_nats",
        "local_infonce_all_nats",
        "global_jsd",
        "global_dv_nats",
        "global_infonce_nats",
        "global_infonce_all_nats",
        "probe_global_accuracy",
        "probe_8x8_accuracy",
    ];
}
