//! `bounds.csv`: the objective's bounds on information by the trained networks.

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::csv;

/// A network whose scores give bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    Local,
    Global,
}

impl Network {
    pub const ALL: [Network; 2] = [Network::Local, Network::Global];

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Local => "local",
            Network::Global => "global",
        }
    }
}

/// The three bounds by one network of one case, each a mean over batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundsRow {
    pub case: Case,
    pub network: Network,
    pub images: usize,
    pub jsd: f64,
    pub dv_nats: f64,
    /// The quantity of `docs/method.md` plus ln(1 + K), which is its upper limit.
    pub infonce_nats: f64,
    /// The same over one batch of up to 64 images, with all its other images as negatives: its upper
    /// limit is the logarithm of the number of images.
    pub infonce_all_nats: f64,
}

impl csv::Row for BoundsRow {
    const COLUMNS: &'static [&'static str] =
        &["case", "network", "images", "jsd", "dv_nats", "infonce_nats", "infonce_all_nats"];
}
