//! `sensitivity.csv`: mean MI of a case by estimator and number of bins.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// The name of the estimator without bins: Kraskov's, by nearest neighbours.
pub const KSG: &str = "ksg";

/// Mean MI of a case by one estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateRow {
    pub case: Case,
    /// `mi_metrics::Estimator::name`, or [`KSG`].
    pub estimator: String,
    /// Bins along each axis; `None` for an estimator without bins.
    pub bins: Option<usize>,
    pub images: usize,
    /// Nats, over images and maps.
    pub mean_mi_nats: f64,
    /// Standard deviation over images of the mean over maps.
    pub mean_mi_sd: f64,
}

impl csv::Row for EstimateRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "estimator", "bins", "images", "mean_mi_nats", "mean_mi_sd"];
}
