//! Does the order of the cases depend on the number of bins, or on the estimator?

use std::fmt::Write;

use mi_metrics::Estimator;
use serde::Serialize;

use super::{letter, order_of};
use crate::sensitivity::Estimate;

/// The order of the cases, measured in many ways.
#[derive(Debug, Serialize)]
pub(super) struct Sensitivity {
    ways: Vec<Way>,
}

/// One estimator with one number of bins.
#[derive(Debug, Serialize)]
struct Way {
    estimator: String,
    bins: Option<usize>,
    images: usize,
    first: char,
    /// Letters, the first case first.
    order: String,
}

impl Sensitivity {
    pub(super) fn new(estimates: &[Estimate]) -> Self {
        let mut ways: Vec<Way> = Vec::new();
        for estimate in estimates {
            let is_same = |other: &&Estimate| {
                other.estimator == estimate.estimator && other.bins == estimate.bins
            };
            let is_known =
                |way: &Way| way.estimator == estimate.estimator && way.bins == estimate.bins;
            if ways.iter().any(is_known) {
                continue;
            }
            let of_way = estimates.iter().filter(is_same);
            let order = order_of(of_way.map(|e| (letter(e.case), e.mean)).collect());
            ways.push(Way {
                estimator: estimate.estimator.clone(),
                bins: estimate.bins,
                images: estimate.images,
                first: order.first().map_or('?', |&(case, _)| case),
                order: order.iter().map(|&(case, _)| case).collect(),
            });
        }
        Self { ways }
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Bins and estimators\n\n\
            | estimator | images | order of the cases by number of bins |\n|---|---|---|\n"
            .to_owned();
        let mut estimators: Vec<&str> =
            self.ways.iter().map(|way| way.estimator.as_str()).collect();
        estimators.dedup();
        for estimator in estimators {
            let ways: Vec<&Way> = self.ways.iter().filter(|w| w.estimator == estimator).collect();
            let _ = writeln!(text, "| {estimator} | {} | {} |", ways[0].images, by_order(&ways));
        }
        text
    }

    /// For the verdict. The analytic correction is left out: it holds for nearly independent arrays alone, and with
    /// many bins falls far below zero.
    pub(super) fn words(&self, first: char) -> String {
        let is_meant =
            |way: &&Way| way.bins.is_some() && way.estimator != Estimator::Analytic.name();
        let with_bins = self.ways.iter().filter(is_meant);
        let others: Vec<String> = with_bins
            .clone()
            .filter(|way| way.first != first)
            .map(|way| {
                format!("{} at {} bins: {}", way.estimator, way.bins.unwrap_or(0), way.first)
            })
            .collect();
        let total = with_bins.count();
        let by_bins = if others.is_empty() {
            format!(
                "Case {first} is first in all {total} combinations of estimator and number of bins"
            )
        } else {
            let listed = if others.len() > 6 { "see below".to_owned() } else { others.join(", ") };
            format!(
                "Case {first} is first in {} of {total} combinations of estimator and number of bins ({listed})",
                total - others.len()
            )
        };
        let without: Vec<String> = self
            .ways
            .iter()
            .filter(|way| way.bins.is_none())
            .map(|way| {
                format!("; {} is by nearest neighbours, on {} images", way.first, way.images)
            })
            .collect();
        format!("{by_bins}{}.", without.concat())
    }
}

/// `CDAB at 8 to 64; DCAB at 128, 256`.
fn by_order(ways: &[&Way]) -> String {
    let mut runs: Vec<(&str, Vec<usize>)> = Vec::new();
    for way in ways {
        match runs.last_mut() {
            Some((order, bins)) if *order == way.order => bins.extend(way.bins),
            _ => runs.push((&way.order, way.bins.into_iter().collect())),
        }
    }
    let in_words = |(order, bins): &(&str, Vec<usize>)| match bins[..] {
        [] => (*order).to_owned(),
        [only] => format!("{order} at {only}"),
        [low, .., high] => format!("{order} at {low} to {high}"),
    };
    runs.iter().map(in_words).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dim_models::Case;

    fn estimates(values: &[(usize, [f64; 2])]) -> Vec<Estimate> {
        let of_case = |case, i: usize| {
            values.iter().map(move |&(bins, mean)| Estimate {
                case,
                estimator: "plug-in".to_owned(),
                bins: Some(bins),
                images: 5,
                mean: mean[i],
                sd: 0.1,
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
        let words = sensitivity.words('C');
        assert!(words.contains("first in 2 of 3"), "{words}");
        assert!(words.contains("plug-in at 32 bins: D"), "{words}");
    }

    #[test]
    fn an_order_that_never_changes_is_said_to() {
        let words = Sensitivity::new(&estimates(&[(8, [0.5, 0.4]), (16, [0.6, 0.5])])).words('C');
        assert_eq!(words, "Case C is first in all 2 combinations of estimator and number of bins.");
    }
}
