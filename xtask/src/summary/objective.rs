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
    /// `None` where it is undefined: of one case.
    pub spearman: Option<f64>,
}

/// One of the bounds of a row.
type Value = fn(&CaseBounds) -> f64;

/// The bounds by name.
const BOUNDS: [(&str, Value); 3] =
    [("JSD", |b| b.jsd), ("DV", |b| b.dv), ("InfoNCE", |b| b.infonce)];

/// Of every bound with the mean MI that `mean_mi` gives for a case; rows may come from several seeds.
pub fn correlations<'a>(
    rows: impl Iterator<Item = (&'a CaseBounds, f64)> + Clone,
) -> Vec<Correlation> {
    let networks = ["local", "global"];
    let of = |network: &str, bound: Value| {
        let of_network = rows.clone().filter(|(row, _)| row.network == network);
        let pairs: Vec<(f64, f64)> = of_network.map(|(row, mi)| (bound(row), mi)).collect();
        spearman(&pairs)
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
            correlations: correlations(bounds.iter().map(|row| (row, mean_mi(row.case)))),
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
            "\nBounds on information by the scores of the trained networks, in evaluation mode; JSD is no number of nats. \
             Rank correlation with mean MI over the cases (Spearman): {}.",
            in_words(&self.correlations)
        );
        text
    }
}
