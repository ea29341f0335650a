//! `fig-bins`.

use dim_models::Case;
use mi_metrics::Estimator;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint, ShadedRegion};

use super::{category, label};
use crate::maths::statistics::MeanInterval;
use crate::run::session::Session;
use crate::tables::sensitivity::{EQUAL_MASS, EstimateRow, KSG, LARGEST_SAMPLED};

/// From between [`LARGEST_SAMPLED`] and the next number of bins, 64.
const UNDERSAMPLED: (f64, f64) = (45.0, 1e6);

/// Mean MI of each case against the number of bins, a panel an estimator.
pub(super) fn figure(session: &Session, estimates: &[EstimateRow]) -> LinePanels {
    let mut panels: Vec<LinePanel> = Estimator::ALL
        .iter()
        .map(|&estimator| {
            // With many bins it is far below zero, and would flatten the others.
            let has_own_y_scale = estimator == Estimator::Analytic;
            let scale = if has_own_y_scale { " (own scale)" } else { "" };
            LinePanel {
                title: format!("{}{scale}", estimator.name()),
                has_own_y_scale,
                lines: lines(session, estimates, estimator.name()),
            }
        })
        .collect();
    let few = estimates.iter().find(|row| row.estimator == KSG).map_or(0, |row| row.images);
    panels.push(LinePanel {
        title: format!("{EQUAL_MASS} bins ({few} images)"),
        lines: lines(session, estimates, EQUAL_MASS),
        ..LinePanel::default()
    });
    panels.push(LinePanel {
        title: format!("nearest neighbours, no bins ({few} images)"),
        lines: lines(session, estimates, KSG),
        ..LinePanel::default()
    });
    let images = estimates.iter().map(|e| e.images).max().unwrap_or(0);
    LinePanels {
        title: "Does the order depend on the number of bins, or on the estimator?".to_owned(),
        subtitle: format!(
            "{} · measured on {images} images · band: 95\u{a0}% over images, taken as independent",
            session.subtitle()
        ),
        x_label: "bins along each axis".to_owned(),
        y_label: "mean MI over the maps (nats)".to_owned(),
        shaded: Some(ShadedRegion { x: UNDERSAMPLED, label: "undersampled".to_owned() }),
        panels,
        ..LinePanels::default()
    }
}

/// A line for each case; a level one for an estimator without bins.
fn lines(session: &Session, estimates: &[EstimateRow], estimator: &str) -> Vec<Line> {
    let ends = [estimates.iter().filter_map(|row| row.bins).min(), Some(LARGEST_SAMPLED)];
    let line = |&case: &Case| {
        let of_line = estimates.iter().filter(|e| e.case == case && e.estimator == estimator);
        let points = of_line.flat_map(|row| {
            let mean = MeanInterval::from_sd(row.mean_mi_nats, row.mean_mi_sd, row.images);
            let bins = row.bins.map_or(ends.to_vec(), |bins| vec![Some(bins)]);
            bins.into_iter().flatten().map(move |bins| LinePoint {
                x: bins as f64,
                y: mean.mean,
                interval: mean.ends(),
                is_ringed: false,
            })
        });
        Line { label: label(case), category: category(case), points: points.collect() }
    };
    session.config.cases.iter().map(line).collect()
}
