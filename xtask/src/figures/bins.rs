//! `fig-bins`.

use dim_models::Case;
use mi_metrics::Estimator;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint};

use super::{category, label};
use crate::sensitivity::Estimate;
use crate::session::Session;

/// The estimators that are drawn. The analytic correction is in the table alone: with many bins it falls far below
/// zero, and would press the others flat.
const ESTIMATORS: [Estimator; 4] =
    [Estimator::PlugIn, Estimator::MillerMadow, Estimator::Shrinkage, Estimator::Jackknife];

/// Mean MI of each case against the number of bins, a panel an estimator.
pub(super) fn figure(session: &Session, estimates: &[Estimate]) -> LinePanels {
    let line = |case: Case, estimator: &str| {
        let of_line = estimates.iter().filter(|e| e.case == case && e.estimator == estimator);
        let point = |e: &Estimate| {
            let half = 1.96 * e.sd / (e.images as f64).sqrt();
            let interval = (e.images > 1).then_some((e.mean - half, e.mean + half));
            Some(LinePoint { x: e.bins? as f64, y: e.mean, interval })
        };
        Line {
            label: label(case),
            category: category(case),
            points: of_line.filter_map(point).collect(),
        }
    };
    let panel = |estimator: Estimator| LinePanel {
        title: estimator.name().to_owned(),
        lines: session
            .config
            .cases()
            .into_iter()
            .map(|case| line(case, estimator.name()))
            .collect(),
    };
    let images = estimates.iter().map(|e| e.images).max().unwrap_or(0);
    LinePanels {
        title: "Does the order depend on the number of bins, or on the estimator?".to_owned(),
        subtitle: format!(
            "{} · measured on {images} images · band: 95\u{a0}% over images",
            session.subtitle()
        ),
        x_label: "bins along each axis".to_owned(),
        y_label: "mean MI over the maps (nats)".to_owned(),
        panels: ESTIMATORS.map(panel).to_vec(),
    }
}
