//! `fig-seeds`.

use mi_plots::{IntervalPanel, IntervalPanels, IntervalRow};

use super::summary::SeedsSummary;
use crate::maths::statistics::MeanInterval;
use crate::report::figures::{category, label};
use crate::report::verdict::Ranking;

/// The cases over the seeds, and the study's first case less each other, by each measure.
pub fn figure(summary: &SeedsSummary) -> IntervalPanels {
    let seeds: Vec<String> = summary.seeds.iter().map(u64::to_string).collect();
    IntervalPanels {
        title: format!("Over {}", summary.count_of_seeds()),
        subtitle: format!(
            "{}, preset {}, {} bins · seeds {} · dot: one seed; mark and whisker: mean and its 95 \
             % interval over seeds",
            summary.data,
            summary.preset,
            summary.bins,
            seeds.join(", ")
        ),
        panels: summary.rankings.iter().flat_map(panels).collect(),
    }
}

fn panels(ranking: &Ranking) -> Vec<IntervalPanel> {
    let cases = ranking.cases.iter();
    let of_cases = IntervalPanel {
        title: ranking.measure.to_owned(),
        x_label: "mutual information (nats)".to_owned(),
        reference: None,
        rows: cases
            .map(|case| row(label(case.case), category(case.case), &case.by_seed, case.mean))
            .collect(),
    };
    let differences = ranking.differences.iter().map(|d| {
        row(format!("{} − {}", d.of, d.less), category(d.less), &d.by_seed, d.paired.difference)
    });
    let of = ranking.differences.first().map_or(String::new(), |d| d.of.to_string());
    let of_differences = IntervalPanel {
        title: format!("{of} less each other case"),
        x_label: "difference (nats)".to_owned(),
        reference: Some(0.0),
        rows: differences.collect(),
    };
    let has_rows = |panel: &IntervalPanel| !panel.rows.is_empty();
    [of_cases, of_differences].into_iter().filter(has_rows).collect()
}

fn row(label: String, category: usize, values: &[f64], mean: MeanInterval) -> IntervalRow {
    let half = mean.interval_95.map_or(String::new(), |half| format!(" ± {half:.3}"));
    IntervalRow {
        label,
        category,
        dots: values.to_vec(),
        mean: mean.mean,
        interval: mean.ends(),
        value_label: Some(format!("{:.3}{half}", mean.mean)),
    }
}
