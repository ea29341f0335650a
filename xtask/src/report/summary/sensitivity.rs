//! Whether the order of the cases depends on the number of bins or on the estimator, and what all
//! maps of a case say together.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;
use stl_data::PIXELS;

use crate::maths::statistics::MeanInterval;
use crate::tables::joint::JointRow;
use crate::tables::sensitivity::{EQUAL_MASS, EstimateRow, KSG, LARGEST_SAMPLED, LeadRow};

/// The order of the cases by every estimator and number of bins.
#[derive(Debug, Serialize)]
pub(super) struct Sensitivity {
    orders: Vec<Order>,
    leads: Vec<Lead>,
    joint: Vec<JointRow>,
}

/// One case less another, by an estimator that differs in kind from the study's.
#[derive(Debug, Serialize)]
struct Lead {
    estimator: String,
    bins: Option<usize>,
    of: Case,
    less: Case,
    /// Over images.
    #[serde(flatten)]
    difference: MeanInterval,
    share_ahead: f64,
}

/// The number of bins at which equal-mass bins are compared, the study's.
const LEAD_BINS: usize = 20;

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
    pub(super) fn new(estimates: &[EstimateRow], leads: &[LeadRow], joint: &[JointRow]) -> Self {
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
        let is_shown = |row: &&LeadRow| {
            row.estimator == KSG || (row.estimator == EQUAL_MASS && row.bins == Some(LEAD_BINS))
        };
        let lead = |row: &LeadRow| Lead {
            estimator: row.estimator.clone(),
            bins: row.bins,
            of: row.of,
            less: row.less,
            difference: MeanInterval::from_sd(row.difference_nats, row.difference_sd, row.images),
            share_ahead: row.share_ahead,
        };
        let leads = leads.iter().filter(is_shown).map(lead).collect();
        Self { orders, leads, joint: joint.to_vec() }
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
        let _ = writeln!(
            text,
            "\nWith {LARGEST_SAMPLED} bins a cell of the joint histogram has {PIXELS_PER_CELL} pixels on \
             average in cases C and D (A 7.6, B 10.6); with more bins the estimates are undersampled."
        );
        text + &self.leads_markdown() + &self.joint_markdown()
    }

    /// The differences between cases by estimators of another kind.
    fn leads_markdown(&self) -> String {
        if self.leads.is_empty() {
            return String::new();
        }
        let mut text = "\n| difference | estimator | nats, 95 % over images | first ahead on |\n\
                        |---|---|---|---|\n"
            .to_owned();
        for lead in &self.leads {
            let bins = lead.bins.map_or(String::new(), |bins| format!(", {bins} bins"));
            let _ = writeln!(
                text,
                "| {} - {} | {}{bins} | {} | {:.1} % |",
                lead.of,
                lead.less,
                lead.estimator,
                lead.difference,
                100.0 * lead.share_ahead
            );
        }
        text
    }

    /// What all maps of a case say together.
    fn joint_markdown(&self) -> String {
        let mut text = "\n## All maps together\n\n\
            | case | R² | sd | -½ ln(1 - R²), median (nats) |\n|---|---|---|---|\n"
            .to_owned();
        let cell = |value: Option<f64>| match value {
            Some(value) if value.is_finite() => format!("{value:.4}"),
            Some(_) => "infinite".to_owned(),
            None => "the images are constant".to_owned(),
        };
        for row in &self.joint {
            let cells = [row.r_squared, row.r_squared_sd, row.gaussian_mi_nats].map(cell);
            let _ = writeln!(text, "| {} | {} |", row.case, cells.join(" | "));
        }
        let images = self.joint.iter().map(|row| row.images).max().unwrap_or(0);
        let _ = writeln!(
            text,
            "\nShare of the pixels' variance that a linear function of all maps at the same place \
             explains, for each of {images} images, over the centre 88 × 88 pixels; mean and sd over \
             images. The last column is what that share would be worth for normal variables."
        );
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
            "Case {first} is first in {} combinations of estimator and number of bins up to \
             {LARGEST_SAMPLED}",
            count(&sampled)
        );
        if !undersampled.is_empty() {
            let _ = write!(
                text,
                ", and in {} with more bins, which are undersampled",
                count(&undersampled)
            );
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
                let _ = write!(text, "; {case} is first by nearest neighbours, on {images} images");
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
        let sensitivity = Sensitivity::new(&estimates, &[], &[]);
        let text = sensitivity.markdown();
        assert!(text.contains("| plug-in | 5 | CD at 8 to 16; DC at 32 |"), "{text}");
        let note = sensitivity.note(Case::C);
        assert!(note.contains("first in 2 of 3"), "{note}");
        assert!(note.contains("plug-in at 32 bins: D"), "{note}");
    }

    #[test]
    fn the_largest_sampled_number_of_bins_has_nine_pixels_a_cell() {
        assert!(is_sampled(LARGEST_SAMPLED) && !is_sampled(LARGEST_SAMPLED + 1));
    }

    #[test]
    fn a_constant_image_and_an_exact_function_are_words() {
        let row = |r_squared: Option<f64>, gaussian_mi_nats| JointRow {
            case: Case::C,
            images: 1,
            r_squared,
            r_squared_sd: r_squared,
            gaussian_mi_nats,
        };
        let of = |row| Sensitivity::new(&[], &[], &[row]).markdown();
        assert!(of(row(None, None)).contains("| C | the images are constant |"));
        assert!(
            of(row(Some(1.0), Some(f64::INFINITY))).contains("| C | 1.0000 | 1.0000 | infinite |")
        );
    }

    #[test]
    fn leads_by_neighbours_and_equal_mass_bins_are_shown_with_intervals() {
        let row = |estimator: &str, bins| LeadRow {
            estimator: estimator.to_owned(),
            bins,
            of: Case::C,
            less: Case::D,
            images: 64,
            difference_nats: 0.25,
            difference_sd: 0.1,
            share_ahead: 0.875,
        };
        let leads = [row(KSG, None), row(EQUAL_MASS, Some(20)), row(EQUAL_MASS, Some(8))];
        let text = Sensitivity::new(&[], &leads, &[]).markdown();
        // 1.9983 x 0.1 / sqrt 64
        assert!(text.contains("| C - D | ksg | 0.2500 ± 0.0250 | 87.5 % |"), "{text}");
        assert!(text.contains("| C - D | equal-mass, 20 bins |"), "{text}");
        assert!(!text.contains("equal-mass, 8 bins"), "{text}");
    }

    #[test]
    fn undersampled_bins_are_counted_apart() {
        let estimates = estimates(&[(8, [0.5, 0.4]), (32, [0.6, 0.5]), (64, [0.6, 0.7])]);
        assert_eq!(
            Sensitivity::new(&estimates, &[], &[]).note(Case::C),
            "Case C is first in 2 of 2 combinations of estimator and number of bins up to 32, and in \
             0 of 1 with more bins, which are undersampled (plug-in at 64 bins: D)."
        );
    }
}
