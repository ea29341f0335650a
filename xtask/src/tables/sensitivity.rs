//! `sensitivity.csv` and `leads.csv`: mean MI of a case by estimator and number of bins, and the
//! differences between cases.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// The name of the estimator without bins: Kraskov's, by nearest neighbours.
pub const KSG: &str = "ksg";

/// The name of the plug-in estimate with bins that hold equal numbers of pixels.
pub const EQUAL_MASS: &str = "equal-mass";

/// The largest number of bins that is sampled well enough: a cell of the joint histogram then has 9
/// pixels on average in cases C and D (A 7.6, B 10.6).
pub const LARGEST_SAMPLED: usize = 32;

/// Mean MI of a case by one estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateRow {
    pub case: Case,
    /// `mi_metrics::Estimator::name`, [`EQUAL_MASS`] or [`KSG`].
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

/// Mean MI of one case less that of another, by one estimator, paired by image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadRow {
    pub estimator: String,
    pub bins: Option<usize>,
    pub of: Case,
    pub less: Case,
    pub images: usize,
    /// Nats, mean over images.
    pub difference_nats: f64,
    /// Standard deviation over images.
    pub difference_sd: f64,
    /// Share of the images on which the difference is above 0.
    pub share_ahead: f64,
}

impl csv::Row for LeadRow {
    const COLUMNS: &'static [&'static str] = &[
        "estimator",
        "bins",
        "of",
        "less",
        "images",
        "difference_nats",
        "difference_sd",
        "share_ahead",
    ];
}
