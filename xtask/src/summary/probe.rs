//! Are the maps useful to a linear classifier?

use std::fmt::Write;

use serde::Serialize;

use super::letter;
use crate::probe::{Representation, Score};
use crate::statistics::{mean, standard_deviation};

/// Accuracy of a linear classifier on each representation.
#[derive(Debug, Serialize)]
pub(super) struct Probe {
    classes: usize,
    folds: usize,
    rows: Vec<Accuracy>,
}

#[derive(Debug, Serialize)]
struct Accuracy {
    representation: String,
    pooling: String,
    /// Over folds.
    mean: f64,
    sd: f64,
}

impl Probe {
    pub(super) fn new(scores: &[Score]) -> Self {
        let mut rows: Vec<Accuracy> = Vec::new();
        for score in scores.iter().filter(|score| score.fold == 0) {
            let is_same = |other: &&Score| {
                other.representation == score.representation && other.pooling == score.pooling
            };
            let of_folds: Vec<f64> = scores.iter().filter(is_same).map(|s| s.accuracy).collect();
            rows.push(Accuracy {
                representation: name(score.representation),
                pooling: score.pooling.clone(),
                mean: mean(&of_folds),
                sd: standard_deviation(&of_folds),
            });
        }
        Self {
            classes: scores.first().map_or(0, |score| score.classes),
            folds: scores.iter().map(|score| score.fold + 1).max().unwrap_or(0),
            rows,
        }
    }

    pub(super) fn markdown(&self) -> String {
        if self.rows.is_empty() {
            return "\n## Linear probe\n\nLeft out: too few of the images have a class.\n"
                .to_owned();
        }
        let mut text =
            "\n## Linear probe\n\n| features | pooling | accuracy | sd |\n|---|---|---|---|\n"
                .to_owned();
        for row in &self.rows {
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} % | {:.1} % |",
                row.representation,
                row.pooling,
                100.0 * row.mean,
                100.0 * row.sd
            );
        }
        let _ = writeln!(
            text,
            "\nShare of test images whose class, of {}, a ridge classifier finds, the penalty chosen by leave-one-out on the \
             training images; mean and sd over {} folds. Pooling: the mean of each map, means over 8 × 8 cells of it, or \
             none.",
            self.classes, self.folds
        );
        text
    }

    /// For the verdict; nothing where there was no probe.
    pub(super) fn words(&self) -> Option<String> {
        let best = |of: &str| {
            let rows = self.rows.iter().filter(|row| row.representation.starts_with(of));
            rows.max_by(|a, b| a.mean.total_cmp(&b.mean))
        };
        let mut best = [best("trained")?, best("untrained")?, best("pixels")?];
        best.sort_by(|a, b| b.mean.total_cmp(&a.mean));
        let in_words = |row: &&Accuracy| {
            let pooling = if row.pooling == "none" { "not pooled" } else { &row.pooling };
            let (mean, sd) = (100.0 * row.mean, 100.0 * row.sd);
            format!("{} ({pooling}) {mean:.1} % (sd {sd:.1})", row.representation)
        };
        let listed: Vec<String> = best.iter().map(in_words).collect();
        Some(format!(
            "A linear probe finds the class of {} of the test images: the best of trained maps, of untrained maps and of \
             pixels, in their order.",
            listed.join(", ")
        ))
    }
}

fn name(representation: Representation) -> String {
    match representation {
        Representation::Pixels => "pixels".to_owned(),
        Representation::Untrained(case) => format!("untrained {}", letter(case)),
        Representation::Trained(case) => format!("trained {}", letter(case)),
    }
}
