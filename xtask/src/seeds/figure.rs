//! `fig-seeds`.

use mi_plots::{IntervalPanel, IntervalPanels, IntervalRow};

use super::summary::{Measure, SeedsSummary, count_of};
use crate::figures::{category, label};
use crate::statistics::MeanInterval;
use crate::summary::STUDY_WINNER;

/// The cases over the seeds, and the study's first case less each other, by mean and by largest MI.
pub(super) fn figure(summary: &SeedsSummary) -> IntervalPanels {
    let seeds: Vec<String> = summary.seeds.iter().map(u64::to_string).collect();
    IntervalPanels {
        title: format!("Over {}", count_of(summary.seeds.len())),
        subtitle: format!(
            "{}, preset {}, {} bins · seeds {} · dot: one seed; mark and whisker: mean and its 95 % interval over seeds",
            summary.data,
            summary.preset,
            summary.bins,
            seeds.join(", ")
        ),
        panels: summary.measures.iter().flat_map(panels).collect(),
    }
}

fn panels(measure: &Measure) -> Vec<IntervalPanel> {
    let of_cases = IntervalPanel {
        title: measure.name.to_owned(),
        x_label: "mutual information (nats)".to_owned(),
        reference: None,
        rows: measure
            .cases
            .iter()
            .map(|case| row(label(case.case), category(case.case), &case.values, case.over_seeds))
            .collect(),
    };
    let differences = measure.differences.iter().map(|d| {
        let name = format!("{STUDY_WINNER} − {}", d.over);
        row(name, category(d.over), &d.values, d.paired.difference)
    });
    let of_differences = IntervalPanel {
        title: format!("{STUDY_WINNER} less each other case"),
        x_label: "difference (nats)".to_owned(),
        reference: Some(0.0),
        rows: differences.collect(),
    };
    let is_there = |panel: &IntervalPanel| !panel.rows.is_empty();
    [of_cases, of_differences].into_iter().filter(is_there).collect()
}

fn row(label: String, category: usize, values: &[f64], over_seeds: MeanInterval) -> IntervalRow {
    let MeanInterval { mean, interval_95 } = over_seeds;
    let half = interval_95.map_or(String::new(), |half| format!(" ± {half:.3}"));
    IntervalRow {
        label,
        category,
        dots: values.to_vec(),
        mean,
        interval: interval_95.map(|half| (mean - half, mean + half)),
        value_label: Some(format!("{mean:.3}{half}")),
    }
}
