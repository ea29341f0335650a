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
        title: ranking.measure.clone(),
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
        title: format!("{of} minus each other case"),
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

#[cfg(test)]
mod tests {
    use dim_models::Case;

    use super::*;
    use crate::report::verdict::Better;

    fn svg(seeds: usize, scale: f64) -> String {
        let values = Case::ALL.map(|case| {
            let value =
                |seed: usize| scale * (0.1 * (case as u8 as f64) + 0.01 * (seed % 3) as f64);
            (case, (0..seeds).map(value).collect())
        });
        let ranking = Ranking::new("Mean MI", Better::Higher, &values, |_| 0.0);
        let figure = IntervalPanels {
            title: format!("Over {seeds} seeds"),
            subtitle: String::new(),
            panels: panels(&ranking),
        };
        mi_plots::to_svg(&figure).unwrap()
    }

    #[test]
    fn every_case_and_difference_is_labelled_for_any_number_of_seeds() {
        for seeds in [1, 2, 3, 5] {
            let svg = svg(seeds, 1.0);
            for text in ["C − A", "C − B", "C − D"] {
                assert!(svg.contains(&format!(">{text}</text>")), "{seeds} seeds: no {text}");
            }
            // A mark for each of four cases and three differences, and a dot for each seed of them.
            assert!(svg.matches("<circle").count() >= 7 * seeds, "{seeds} seeds: {svg}");
            assert_eq!(svg.contains('±'), seeds > 1);
        }
    }

    #[test]
    fn seeds_that_are_all_zero_are_drawn() {
        let svg = svg(3, 0.0);
        assert!(svg.contains("0.000 ± 0.000") && !svg.contains("NaN"), "{svg}");
    }
}
