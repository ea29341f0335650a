//! What the objective networks say about information, beside the histogram's.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use super::letter;
use crate::bounds::CaseBounds;
use crate::mi_table::CaseMi;
use crate::statistics::{mean, spearman};

/// The bounds of every case at the end of training, and how they order the cases.
#[derive(Debug, Serialize)]
pub(super) struct ObjectiveBounds {
    cases: Vec<Bound>,
    /// Rank correlation of each bound with mean MI, over the cases.
    correlations: Vec<Correlation>,
}

#[derive(Debug, Serialize)]
struct Bound {
    case: char,
    network: String,
    jsd: f64,
    dv_nats: f64,
    infonce_nats: f64,
    mean_mi_nats: f64,
}

/// Spearman's rank correlation of a bound with mean MI.
#[derive(Debug, Serialize)]
pub struct Correlation {
    pub network: String,
    pub bound: &'static str,
    /// `None` where it is undefined, and of fewer than four cases.
    pub spearman: Option<f64>,
}

/// One of the bounds of a row.
type Value = fn(&CaseBounds) -> f64;

/// The bounds by name.
const BOUNDS: [(&str, Value); 3] =
    [("JSD", |b| b.jsd), ("DV", |b| b.dv), ("InfoNCE", |b| b.infonce)];

/// Fewer cases than these have a rank correlation that says nothing: of two it is always 1 or -1.
const FEWEST_CASES: usize = 4;

/// Of every bound with mean MI over the cases, of rows with a bound and the mean MI of its case: the mean over
/// the seeds, since values of different seeds have other levels.
pub fn correlations(seeds: &[Vec<(CaseBounds, f64)>]) -> Vec<Correlation> {
    let networks = ["local", "global"];
    let of = |network: &str, bound: Value| {
        let of_seed = |rows: &Vec<(CaseBounds, f64)>| {
            let of_network = rows.iter().filter(|(row, _)| row.network == network);
            let pairs: Vec<(f64, f64)> = of_network.map(|(row, mi)| (bound(row), *mi)).collect();
            if pairs.len() < FEWEST_CASES { None } else { spearman(&pairs) }
        };
        let of_seeds: Option<Vec<f64>> = seeds.iter().map(of_seed).collect();
        of_seeds.filter(|values| !values.is_empty()).map(|values| mean(&values))
    };
    let all =
        networks.iter().flat_map(|network| BOUNDS.map(|(name, bound)| (*network, name, bound)));
    all.map(|(network, name, bound)| Correlation {
        network: network.to_owned(),
        bound: name,
        spearman: of(network, bound),
    })
    .collect()
}

/// `local JSD 0.80, local DV 0.80, ...`.
pub fn in_words(correlations: &[Correlation]) -> String {
    let one = |c: &Correlation| {
        let value = c.spearman.map_or("undefined".to_owned(), |value| format!("{value:+.2}"));
        format!("{} {} {value}", c.network, c.bound)
    };
    correlations.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl ObjectiveBounds {
    pub(super) fn new(bounds: &[CaseBounds], mi: &[CaseMi]) -> Self {
        let mean_mi = |case: Case| {
            mi.iter().find(|table| table.case == case).map_or(f64::NAN, |table| mean(table.means()))
        };
        let bound = |row: &CaseBounds| Bound {
            case: letter(row.case),
            network: row.network.clone(),
            jsd: row.jsd,
            dv_nats: row.dv,
            infonce_nats: row.infonce,
            mean_mi_nats: mean_mi(row.case),
        };
        Self {
            cases: bounds.iter().map(bound).collect(),
            correlations: correlations(&[bounds
                .iter()
                .map(|row| (row.clone(), mean_mi(row.case)))
                .collect()]),
        }
    }

    pub(super) fn markdown(&self) -> String {
        if self.cases.is_empty() {
            return String::new();
        }
        let mut text = "\n## What the objective says\n\n\
            | case | network | JSD | DV (nats) | InfoNCE (nats) | mean MI (nats) |\n|---|---|---|---|---|---|\n"
            .to_owned();
        for b in &self.cases {
            let _ = writeln!(
                text,
                "| {} | {} | {:.4} | {:.4} | {:.4} | {:.4} |",
                b.case, b.network, b.jsd, b.dv_nats, b.infonce_nats, b.mean_mi_nats
            );
        }
        let _ = writeln!(
            text,
            "\nBounds on information by the scores of the trained networks, in evaluation mode, means over batches of images \
             that training may have seen: what the objective reached, not what holds of new images. JSD is no number of \
             nats; DV is biased upwards by its mean over one batch; InfoNCE cannot exceed ln(1 + K). Rank correlation with \
             mean MI over the {} cases (Spearman): {}.",
            self.cases.len() / 2,
            in_words(&self.correlations)
        );
        text
    }
}
