//! `losses/case-*.csv`, the losses of a case by epoch, and `metrics.csv`, those of all cases.

use std::path::Path;

use anyhow::Result;
use dim_models::{Case, EpochMetrics};
use serde::{Deserialize, Serialize};

use super::csv;

/// The losses of one epoch of one case: means over its batches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochLosses {
    /// From 1.
    pub epoch: usize,
    pub case: Case,
    /// `L = beta local + alpha global + gamma prior`.
    pub total: f64,
    pub local: f64,
    pub global: f64,
    pub prior: f64,
    /// Before clipping; `None` in tables of versions that did not record it.
    pub gradient_norm_mean: Option<f64>,
    pub gradient_norm_max: Option<f64>,
    /// Wall time, to milliseconds.
    pub seconds: f64,
    pub images_per_s: f64,
}

impl EpochLosses {
    pub fn new(case: Case, metrics: &EpochMetrics) -> Self {
        let EpochMetrics { epoch, losses, gradient_norm, images, seconds, .. } = *metrics;
        Self {
            epoch,
            case,
            total: losses.total,
            local: losses.local,
            global: losses.global,
            prior: losses.prior,
            gradient_norm_mean: Some(gradient_norm.mean),
            gradient_norm_max: Some(gradient_norm.max),
            seconds: (seconds * 1e3).round() / 1e3,
            images_per_s: (images as f64 / seconds * 1e2).round() / 1e2,
        }
    }
}

impl csv::Row for EpochLosses {
    const COLUMNS: &'static [&'static str] = &[
        "epoch",
        "case",
        "total",
        "local",
        "global",
        "prior",
        "gradient_norm_mean",
        "gradient_norm_max",
        "seconds",
        "images_per_s",
    ];
}

/// The rows of a table; none if it does not exist yet.
pub fn read_existing(path: &Path) -> Result<Vec<EpochLosses>> {
    if path.exists() { csv::read(path) } else { Ok(Vec::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_to_the_last_digit_and_a_missing_table_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case-b.csv");
        assert_eq!(read_existing(&path).unwrap(), []);
        let row = EpochLosses {
            epoch: 3,
            case: Case::B,
            total: 2.125,
            local: 1.0 / 3.0,
            global: -0.5,
            prior: 0.7,
            gradient_norm_mean: Some(0.1),
            gradient_norm_max: None,
            seconds: 1.5,
            images_per_s: 42.67,
        };
        let rows = [row, EpochLosses { epoch: 4, ..row }];
        csv::write(&path, &rows).unwrap();
        assert_eq!(read_existing(&path).unwrap(), rows);
    }
}
