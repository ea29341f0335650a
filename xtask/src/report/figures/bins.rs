//! `fig-bins`.

use dim_models::Case;
use mi_metrics::Estimator;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint};

use super::{category, label};
use crate::maths::statistics::MeanInterval;
use crate::run::session::Session;
use crate::tables::sensitivity::EstimateRow;

/// The estimators that are drawn. The analytic correction is only in the table: with many bins it
/// is far below zero, and would flatten the other panels.
const ESTIMATORS: [Estimator; 4] =
    [Estimator::PlugIn, Estimator::MillerMadow, Estimator::Shrinkage, Estimator::Jackknife];

/// Mean MI of each case against the number of bins, a panel an estimator.
pub(super) fn figure(session: &Session, estimates: &[EstimateRow]) -> LinePanels {
    let line = |case: Case, estimator: &str| {
        let of_line = estimates.iter().filter(|e| e.case == case && e.estimator == estimator);
        let point = |e: &EstimateRow| {
            let mean = MeanInterval::from_sd(e.mean_mi_nats, e.mean_mi_sd, e.images);
            Some(LinePoint { x: e.bins? as f64, y: mean.mean, interval: mean.ends() })
        };
        Line {
            label: label(case),
            category: category(case),
            points: of_line.filter_map(point).collect(),
        }
    };
    let panel = |estimator: Estimator| LinePanel {
        title: estimator.name().to_owned(),
        lines: session.config.cases.iter().map(|&case| line(case, estimator.name())).collect(),
    };
    let images = estimates.iter().map(|e| e.images).max().unwrap_or(0);
    LinePanels {
        title: "Does the order depend on the number of bins, or on the estimator?".to_owned(),
        subtitle: format!(
            "{} · measured on {images} images · band: 95\u{a0}% over images · the analytic \
             estimate is in sensitivity.csv alone",
            session.subtitle()
        ),
        x_label: "bins along each axis".to_owned(),
        y_label: "mean MI over the maps (nats)".to_owned(),
        panels: ESTIMATORS.map(panel).to_vec(),
    }
}
