//! Whether the order of the cases depends on the number of bins or on the estimator.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;
use stl_data::PIXELS;

use crate::tables::sensitivity::EstimateRow;

/// The order of the cases by every estimator and number of bins.
#[derive(Debug, Serialize)]
pub(super) struct Sensitivity {
    orders: Vec<Order>,
}

/// The order of the cases by one estimator with one number of bins.
#[derive(Debug, Serialize)]
struct Order {
    estimator: String,
    bins: Option<usize>,
    images: usize,
    /// The largest mean MI first.
    cases: Vec<Case>,
}

/// Pixels in a cell of the joint histogram, below which its estimates say little.
const PIXELS_PER_CELL: usize = 9;

/// Whether an image has enough pixels for so many bins along each axis.
const fn is_sampled(bins: usize) -> bool {
    bins * bins * PIXELS_PER_CELL <= PIXELS
}

impl Sensitivity {
    pub(super) fn new(estimates: &[EstimateRow]) -> Self {
        let mut orders: Vec<Order> = Vec::new();
        for row in estimates {
            let is_same = |estimator: &str, bins| estimator == row.estimator && bins == row.bins;
            if orders.iter().any(|order| is_same(&order.estimator, order.bins)) {
                continue;
            }
            let rows = estimates.iter().filter(|other| is_same(&other.estimator, other.bins));
            let mut rows: Vec<&EstimateRow> = rows.collect();
            rows.sort_by(|a, b| b.mean_mi_nats.total_cmp(&a.mean_mi_nats));
            orders.push(Order {
                estimator: row.estimator.clone(),
                bins: row.bins,
                images: row.images,
                cases: rows.iter().map(|row| row.case).collect(),
            });
        }
        Self { orders }
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Bins and estimators\n\n\
            | estimator | images | order of the cases by number of bins |\n|---|---|---|\n"
            .to_owned();
        let mut estimators: Vec<&str> = self.orders.iter().map(|o| o.estimator.as_str()).collect();
        estimators.dedup();
        for estimator in estimators {
            let orders: Vec<&Order> =
                self.orders.iter().filter(|order| order.estimator == estimator).collect();
            let _ =
                writeln!(text, "| {estimator} | {} | {} |", orders[0].images, in_words(&orders));
        }
        text
    }

    /// About the case that is first by mean MI.
    pub(super) fn note(&self, first: Case) -> String {
        let with_bins = self.orders.iter().filter_map(|order| Some((order, order.bins?)));
        let (sampled, undersampled): (Vec<_>, Vec<_>) =
            with_bins.partition(|&(_, bins)| is_sampled(bins));
        let is_first = |order: &Order| order.cases.first() == Some(&first);
        let count = |orders: &[(&Order, usize)]| {
            let ahead = orders.iter().filter(|(order, _)| is_first(order)).count();
            format!("{ahead} of {}", orders.len())
        };
        let mut text = format!(
            "Case {first} is first in {} combinations of estimator and number of bins with \
             {PIXELS_PER_CELL} pixels or more for each cell",
            count(&sampled)
        );
        if !undersampled.is_empty() {
            let _ = write!(text, ", and in {} with fewer", count(&undersampled));
        }
        let others: Vec<String> = sampled
            .iter()
            .chain(&undersampled)
            .filter(|(order, _)| !is_first(order))
            .filter_map(|(order, bins)| {
                Some(format!("{} at {bins} bins: {}", order.estimator, order.cases.first()?))
            })
            .collect();
        match others.len() {
            0 => {}
            1..=6 => _ = write!(text, " ({})", others.join(", ")),
            _ => text += " (see below)",
        }
        for order in self.orders.iter().filter(|order| order.bins.is_none()) {
            if let Some(case) = order.cases.first() {
                let images = order.images;
                let _ = write!(text, "; {case} by nearest neighbours, on {images} images only");
            }
        }
        text + "."
    }
}

/// `CDAB at 8 to 64; DCAB at 128 to 256`.
fn in_words(orders: &[&Order]) -> String {
    let mut groups: Vec<(&[Case], Vec<usize>)> = Vec::new();
    for order in orders {
        match groups.last_mut() {
            Some((cases, bins)) if *cases == order.cases => bins.extend(order.bins),
            _ => groups.push((&order.cases, order.bins.into_iter().collect())),
        }
    }
    let in_words = |(cases, bins): &(&[Case], Vec<usize>)| {
        let cases: String = cases.iter().map(Case::to_string).collect();
        match bins[..] {
            [] => cases,
            [only] => format!("{cases} at {only}"),
            [low, .., high] => format!("{cases} at {low} to {high}"),
        }
    };
    groups.iter().map(in_words).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimates(values: &[(usize, [f64; 2])]) -> Vec<EstimateRow> {
        let of_case = |case, i: usize| {
            values.iter().map(move |&(bins, mean)| EstimateRow {
                case,
                estimator: "plug-in".to_owned(),
                bins: Some(bins),
                images: 5,
                mean_mi_nats: mean[i],
                mean_mi_sd: 0.1,
            })
        };
        of_case(Case::C, 0).chain(of_case(Case::D, 1)).collect()
    }

    #[test]
    fn an_order_that_changes_with_the_bins_is_told_where() {
        let estimates = estimates(&[(8, [0.5, 0.4]), (16, [0.6, 0.5]), (32, [0.7, 0.8])]);
        let sensitivity = Sensitivity::new(&estimates);
        let text = sensitivity.markdown();
        assert!(text.contains("| plug-in | 5 | CD at 8 to 16; DC at 32 |"), "{text}");
        let note = sensitivity.note(Case::C);
        assert!(note.contains("first in 2 of 3"), "{note}");
        assert!(note.contains("plug-in at 32 bins: D"), "{note}");
    }

    #[test]
    fn undersampled_bins_are_counted_apart() {
        let estimates = estimates(&[(8, [0.5, 0.4]), (32, [0.6, 0.5]), (64, [0.6, 0.7])]);
        assert_eq!(
            Sensitivity::new(&estimates).note(Case::C),
            "Case C is first in 2 of 2 combinations of estimator and number of bins with 9 pixels \
             or more for each cell, and in 0 of 1 with fewer (plug-in at 64 bins: D)."
        );
    }
}
