//! `fig-controls`.

use dim_models::Case;
use mi_plots::{BarGroup, GroupedBar, GroupedBars, Reference};

use super::{category, label, subtitle};
use crate::maths::statistics::mean;
use crate::report::geometry::Copies;
use crate::report::measurements::Measurements;
use crate::run::session::Session;
use crate::tables::comparison::Comparison;
use crate::tables::mi::CaseMi;

/// Mean MI of each case, beside what it is compared with: the same encoders untrained, unrelated
/// images, the estimator alone; and what a copy of the image would score.
pub(super) fn figure(
    session: &Session,
    measurements: &Measurements,
    copies: &[Copies],
) -> GroupedBars {
    let groups = measurements.mi(Comparison::Trained).iter().map(|trained| {
        let case: Case = trained.case;
        let of = |comparison| measurements.case_mi(comparison, case).map(mean_bar);
        let copies = copies.iter().find(|copies| copies.case == case);
        BarGroup {
            label: label(case),
            category: category(case),
            bars: [
                Some(mean_bar(trained)),
                untrained_bar(measurements, case),
                of(Comparison::OtherImage),
                of(Comparison::ShuffledPixels),
            ]
            .into_iter()
            .flatten()
            .collect(),
            references: vec![
                copies.map(|copies| reference(copies.sharp_nats)),
                copies.map(|copies| reference(copies.best_nats)),
            ],
        }
    });
    GroupedBars {
        title: "Mean mutual information and its controls".to_owned(),
        subtitle: format!("{} · dot: one seed of initial weights (256 images)", subtitle(session)),
        y_label: "mean MI over the maps (nats)".to_owned(),
        kinds: [
            "trained encoder",
            "untrained, mean of its seeds",
            "another image",
            "pixels shuffled (the estimator's bias)",
        ]
        .map(str::to_owned)
        .to_vec(),
        references: ["copy of the image", "best blurred copy"].map(str::to_owned).to_vec(),
        groups: groups.collect(),
    }
}

fn mean_bar(table: &CaseMi) -> GroupedBar {
    bar(mean(table.means()), Vec::new())
}

/// `None` if no untrained encoder of the case was measured.
fn untrained_bar(measurements: &Measurements, case: Case) -> Option<GroupedBar> {
    let rows = measurements.untrained.iter().filter(|row| row.case == case);
    let by_seed: Vec<f64> = rows.map(|row| row.mean_mi_nats).collect();
    (!by_seed.is_empty()).then(|| bar(mean(&by_seed), by_seed))
}

fn bar(value: f64, dots: Vec<f64>) -> GroupedBar {
    GroupedBar { value, interval: None, dots, value_label: Some(format!("{value:.2}")) }
}

fn reference(value: f64) -> Reference {
    Reference { value, value_label: format!("{value:.2}") }
}
