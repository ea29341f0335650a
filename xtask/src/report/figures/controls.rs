//! `fig-controls`.

use mi_plots::{BarGroup, Ceiling, GroupedBar, GroupedBars};

use super::{category, label, subtitle};
use crate::maths::statistics::{MeanInterval, mean};
use crate::report::measurements::Measurements;
use crate::run::session::Session;
use crate::tables::comparison::Comparison;

/// The bars of a case.
const KINDS: [(Comparison, &str); 3] = [
    (Comparison::Trained, "trained encoder"),
    (Comparison::OtherImage, "another image"),
    (Comparison::ShuffledPixels, "image shuffled (the estimator's bias)"),
];

/// Mean MI of each case beside its controls.
pub(super) fn figure(session: &Session, measurements: &Measurements) -> GroupedBars {
    let bar = |values: &[f64]| {
        let mean = MeanInterval::of(values);
        GroupedBar {
            value: mean.mean,
            interval: mean.ends(),
            value_label: Some(format!("{:.3}", mean.mean)),
        }
    };
    let groups = measurements.mi(Comparison::Trained).iter().map(|trained| {
        let of = |comparison| measurements.case_mi(comparison, trained.case);
        let ceiling = of(Comparison::SelfInformation).map(|itself| mean(itself.means()));
        BarGroup {
            label: label(trained.case),
            category: category(trained.case),
            bars: KINDS
                .iter()
                .filter_map(|&(comparison, _)| Some(bar(of(comparison)?.means())))
                .collect(),
            ceiling: ceiling.map(|value| Ceiling { value, value_label: format!("{value:.3}") }),
        }
    });
    GroupedBars {
        title: "Mean mutual information and its controls".to_owned(),
        subtitle: format!("{} · whisker: 95\u{a0}% over images", subtitle(session)),
        y_label: "mean MI over the maps (nats)".to_owned(),
        kinds: KINDS.map(|(_, kind)| kind.to_owned()).to_vec(),
        ceiling_label: "image with itself (its entropy)".to_owned(),
        groups: groups.collect(),
    }
}
