//! `fig-controls`.

use mi_plots::{BarGroup, Ceiling, GroupedBar, GroupedBars};

use super::{category, label, subtitle};
use crate::findings::Findings;
use crate::measure::Pairing;
use crate::session::Session;
use crate::statistics::{mean, standard_deviation};

/// What the bars of a case are.
const KINDS: [(Pairing, &str); 3] = [
    (Pairing::Trained, "trained encoder"),
    (Pairing::Untrained, "same encoder, untrained"),
    (Pairing::Shuffled, "image shuffled (floor: the estimator's bias)"),
];

/// Mean MI of each case beside what it is to be judged against.
pub(super) fn figure(session: &Session, findings: &Findings) -> GroupedBars {
    let bar = |values: &[f64]| {
        let value = mean(values);
        let half = 1.96 * standard_deviation(values) / (values.len() as f64).sqrt();
        GroupedBar {
            value,
            interval: (values.len() > 1).then_some((value - half, value + half)),
            value_label: Some(format!("{value:.3}")),
        }
    };
    let groups = findings.of(Pairing::Trained).iter().map(|trained| {
        let of = |pairing| findings.of_case(pairing, trained.case);
        let ceiling = of(Pairing::Itself).map(|itself| mean(itself.means()));
        BarGroup {
            label: label(trained.case),
            category: category(trained.case),
            bars: KINDS
                .iter()
                .filter_map(|&(pairing, _)| Some(bar(of(pairing)?.means())))
                .collect(),
            ceiling: ceiling.map(|value| Ceiling { value, value_label: format!("{value:.3}") }),
        }
    });
    GroupedBars {
        title: "Is it learnt, and how much of the image is it?".to_owned(),
        subtitle: format!("{} · whisker: 95\u{a0}% over images", subtitle(session)),
        y_label: "mean MI over the maps (nats)".to_owned(),
        kinds: KINDS.map(|(_, kind)| kind.to_owned()).to_vec(),
        ceiling_label: "image with itself (its entropy)".to_owned(),
        groups: groups.collect(),
    }
}
