//! The objective's bounds by the trained networks, beside the histogram's MI.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use crate::maths::statistics::{mean, spearman};
use crate::tables::bounds::{BoundsRow, Network};
use crate::tables::mi::CaseMi;

/// The bounds of every case at the end of training, and how they rank the cases.
#[derive(Debug, Serialize)]
pub(super) struct ObjectiveBounds {
    cases: Vec<CaseBounds>,
    /// Rank correlation of each bound with mean MI, over the cases.
    correlations: Vec<Correlation>,
}

#[derive(Debug, Serialize)]
struct CaseBounds {
    #[serde(flatten)]
    bounds: BoundsRow,
    /// `None` if the case was not measured.
    mean_mi_nats: Option<f64>,
}

/// Spearman's rank correlation of a bound with mean MI.
#[derive(Debug, Serialize)]
pub struct Correlation {
    pub network: Network,
    pub bound: &'static str,
    /// `None` if it is undefined, and for fewer than four cases.
    pub spearman: Option<f64>,
}

/// One of the bounds of a row.
type Value = fn(&BoundsRow) -> f64;

/// The bounds by name.
const BOUNDS: [(&str, Value); 3] =
    [("JSD", |b| b.jsd), ("DV", |b| b.dv_nats), ("InfoNCE", |b| b.infonce_nats)];

/// A rank correlation of two cases is always 1 or -1, and of three says little.
const FEWEST_CASES: usize = 4;

/// Correlations of every bound with mean MI over the cases: means over the seeds, since values of
/// different seeds have different levels. A seed is a list of bounds with the mean MI of their
/// case.
pub fn correlations(seeds: &[Vec<(BoundsRow, f64)>]) -> Vec<Correlation> {
    let of = |network: Network, bound: Value| {
        let of_seed = |rows: &Vec<(BoundsRow, f64)>| {
            let of_network = rows.iter().filter(|(row, _)| row.network == network);
            let pairs: Vec<(f64, f64)> = of_network.map(|(row, mi)| (bound(row), *mi)).collect();
            if pairs.len() < FEWEST_CASES { None } else { spearman(&pairs) }
        };
        let of_seeds: Option<Vec<f64>> = seeds.iter().map(of_seed).collect();
        of_seeds.filter(|values| !values.is_empty()).map(|values| mean(&values))
    };
    let all = Network::ALL.into_iter().flat_map(|n| BOUNDS.map(|(name, bound)| (n, name, bound)));
    all.map(|(network, name, bound)| Correlation {
        network,
        bound: name,
        spearman: of(network, bound),
    })
    .collect()
}

/// `local JSD +0.80, local DV +0.80, ...`.
pub fn correlations_in_words(correlations: &[Correlation]) -> String {
    let one = |c: &Correlation| {
        let value = c.spearman.map_or("undefined".to_owned(), |value| format!("{value:+.2}"));
        format!("{} {} {value}", c.network.name(), c.bound)
    };
    correlations.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl ObjectiveBounds {
    pub(super) fn new(bounds: &[BoundsRow], mi: &[CaseMi]) -> Self {
        let mean_mi = |case: Case| {
            mi.iter().find(|table| table.case == case).map(|table| mean(table.means()))
        };
        let pairs = bounds.iter().filter_map(|row| Some((row.clone(), mean_mi(row.case)?)));
        Self {
            correlations: correlations(&[pairs.collect()]),
            cases: bounds
                .iter()
                .map(|row| CaseBounds { bounds: row.clone(), mean_mi_nats: mean_mi(row.case) })
                .collect(),
        }
    }

    pub(super) fn markdown(&self) -> String {
        if self.cases.is_empty() {
            return String::new();
        }
        let mut text = "\n## The objective's bounds\n\n\
            | case | network | JSD | DV (nats) | InfoNCE (nats) | InfoNCE, 63 negatives (nats) | \
            mean MI (nats) |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
        for CaseBounds { bounds: b, mean_mi_nats } in &self.cases {
            let mi = mean_mi_nats.map_or("-".to_owned(), |mi| format!("{mi:.4}"));
            let _ = writeln!(
                text,
                "| {} | {} | {:.4} | {:.4} | {:.4} | {:.4} | {mi} |",
                b.case,
                b.network.name(),
                b.jsd,
                b.dv_nats,
                b.infonce_nats,
                b.infonce_all_nats
            );
        }
        let _ = writeln!(
            text,
            "\nBounds by the scores of the trained networks, in evaluation mode, means over \
             batches of images that training may have seen: what the objective reached, not what \
             holds of new images. JSD is not in nats. InfoNCE cannot exceed ln(1 + K), K the \
             number of negatives. The column with 63 negatives is over one batch of up to 64 \
             images, where the limit is the logarithm of their number. DV is \
             biased upwards by its mean over one batch: above the logarithm of the batch size it \
             certifies nothing. Rank correlation with mean MI over the {} cases (Spearman): {}.",
            self.cases.len() / 2,
            correlations_in_words(&self.correlations)
        );
        text
    }
}
