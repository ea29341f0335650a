//! `joint.csv`: how well all maps together give the pixel, by a linear function.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// Least squares of the pixel on all maps and a constant, for each image, over the centre 88 x 88
/// pixels, with nothing resized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointRow {
    pub case: Case,
    /// Images that are not constant over the field; the others have no R^2.
    pub images: usize,
    /// Share of the pixels' variance, mean over images.
    pub r_squared: Option<f64>,
    pub r_squared_sd: Option<f64>,
    /// `-1/2 ln(1 - R^2)` in nats, median over images: infinite where the maps give the pixel
    /// exactly.
    pub gaussian_mi_nats: Option<f64>,
}

impl csv::Row for JointRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "images", "r_squared", "r_squared_sd", "gaussian_mi_nats"];
}
