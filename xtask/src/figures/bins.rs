//! `fig-bins`.

use dim_models::Case;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint};

use super::{category, label};
use crate::sensitivity::Estimate;
use crate::session::Session;

/// Mean MI of each case against the number of bins, a panel an estimator.
pub(super) fn figure(session: &Session, estimates: &[Estimate]) -> LinePanels {
    let mut estimators: Vec<&str> =
        estimates.iter().filter(|e| e.bins.is_some()).map(|e| e.estimator.as_str()).collect();
    estimators.sort_unstable();
    estimators.dedup();
    // In the order of the table, which begins with the plug-in estimate.
    estimators.sort_by_key(|name| estimates.iter().position(|e| e.estimator == *name));
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
    let panel = |estimator: &&str| LinePanel {
        title: (*estimator).to_owned(),
        lines: session.config.cases().into_iter().map(|case| line(case, estimator)).collect(),
    };
    let images = estimates.iter().map(|e| e.images).max().unwrap_or(0);
    LinePanels {
        title: "Does the order depend on the number of bins, or on the estimator?".to_owned(),
        subtitle: format!("{} · {images} images · band: 95 % over images", session.subtitle()),
        x_label: "bins along each axis".to_owned(),
        y_label: "mean MI over the maps (nats)".to_owned(),
        panels: estimators.iter().map(panel).collect(),
    }
}
