//! `blur.csv` and `copies.csv`: how a blurred image compares with the maps, and what a copy of the
//! image would score in their place.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// MI of the maps with the blurred image, over the centre 88 x 88 pixels, with nothing resized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlurRow {
    pub case: Case,
    /// Side of the box that the image is averaged over, in pixels; 1 is the image itself.
    pub box_side: usize,
    pub images: usize,
    /// Nats, over images and maps.
    pub mean_mi_nats: f64,
    /// Standard deviation over images of the mean over maps.
    pub mean_mi_sd: f64,
}

impl csv::Row for BlurRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "box_side", "images", "mean_mi_nats", "mean_mi_sd"];
}

/// Which pixels of a copy are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyField {
    /// All that a map of the case has.
    Whole,
    /// Those that lie in the image: a map of case B has a border around them.
    WithoutBorder,
}

/// MI of a copy of the image, laid out as a map of the case, with what the maps of the case are
/// compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyRow {
    pub case: Case,
    pub field: CopyField,
    /// Side of the box that the copy is averaged over, in pixels; 1 is a lossless copy.
    pub box_side: usize,
    pub images: usize,
    /// Nats, over images.
    pub mean_mi_nats: f64,
    /// Standard deviation over images.
    pub mean_mi_sd: f64,
}

impl csv::Row for CopyRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "field", "box_side", "images", "mean_mi_nats", "mean_mi_sd"];
}
