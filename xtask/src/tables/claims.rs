//! `claims.csv`: the values behind the study's four claims.

use std::fmt;

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// A claim of the study, each that case C is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The encoder's loss after the last epoch is lowest.
    Loss,
    /// The mean MI of the maps of one image is highest.
    Image,
    /// Over all images, the largest MI of an image is most often high.
    LargestMi,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Claim::Loss => "loss",
            Claim::Image => "image",
            Claim::LargestMi => "largest-mi",
        })
    }
}

/// The value of one case for one claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRow {
    pub seed: u64,
    pub claim: Claim,
    /// What the value is of: `epoch 50`, `airplane (image 7)`, `decile 3`.
    pub subject: String,
    pub case: Case,
    /// With [`Claim::LargestMi`]: that decile of the largest MI of all images and cases.
    pub threshold_nats: Option<f64>,
    /// The total loss, the mean MI over the image's maps in nats, or the share of images whose
    /// largest MI is above the threshold.
    pub value: f64,
    /// With [`Claim::Loss`]: the share of epochs at which the case alone is lowest; `None` if it is
    /// the only case.
    pub share_of_epochs_lowest: Option<f64>,
}

impl csv::Row for ClaimRow {
    const COLUMNS: &'static [&'static str] =
        &["seed", "claim", "subject", "case", "threshold_nats", "value", "share_of_epochs_lowest"];
}
