//! How well linear classifiers do on the maps.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use crate::maths::statistics::{mean, standard_deviation};
use crate::tables::probe::{ProbeRow, Representation};

/// Accuracy of a linear classifier on each representation.
#[derive(Debug, Serialize)]
pub(super) struct Probe {
    classes: usize,
    folds: usize,
    rows: Vec<Accuracy>,
}

#[derive(Debug, Serialize)]
struct Accuracy {
    representation: Representation,
    case: Option<Case>,
    pooling: String,
    /// Over folds.
    mean: f64,
    sd: f64,
}

impl Probe {
    pub(super) fn new(scores: &[ProbeRow]) -> Self {
        let key = |row: &ProbeRow| (row.representation, row.case, row.pooling.clone());
        let of_key = |first: &ProbeRow| {
            let of_folds = scores.iter().filter(|row| key(row) == key(first));
            let accuracies: Vec<f64> = of_folds.map(|row| row.accuracy).collect();
            Accuracy {
                representation: first.representation,
                case: first.case,
                pooling: first.pooling.clone(),
                mean: mean(&accuracies),
                sd: standard_deviation(&accuracies),
            }
        };
        Self {
            classes: scores.first().map_or(0, |row| row.classes),
            folds: scores.iter().map(|row| row.fold + 1).max().unwrap_or(0),
            rows: scores.iter().filter(|row| row.fold == 0).map(of_key).collect(),
        }
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Linear probe\n\n".to_owned();
        if self.rows.is_empty() {
            return text
                + "Skipped: too few of the images have a class, or they share photographs.\n";
        }
        text += "| features | pooling | accuracy | sd |\n|---|---|---|---|\n";
        for row in &self.rows {
            let case = row.case.map_or(String::new(), |case| format!(" {case}"));
            let _ = writeln!(
                text,
                "| {}{case} | {} | {:.1} % | {:.1} % |",
                row.representation.name(),
                row.pooling,
                100.0 * row.mean,
                100.0 * row.sd
            );
        }
        let _ = writeln!(
            text,
            "\nAccuracy on test images of {} classes of a ridge classifier, its penalty chosen by \
             leave-one-out on the training images; mean and sd over {} folds. Pooling: the mean \
             of each map, means over 8 × 8 cells of it, or none. Compare rows of the same pooling.",
            self.classes, self.folds
        );
        text
    }
}
