//! The rows of `claims.csv`, from the tables of a run.

use std::collections::BTreeMap;

use dim_models::Case;
use stl_data::Label;

use super::measurements::Measurements;
use super::subjects::{SubjectImage, choose};
use crate::maths::statistics::{mean, quantile};
use crate::tables::claims::{Claim, ClaimRow};
use crate::tables::comparison::Comparison;
use crate::tables::losses::EpochLosses;
use crate::tables::mi::CaseMi;

/// Thresholds of the largest MI: the deciles of all images and cases together, without the ends.
pub const DECILES: usize = 9;

/// The classes that the study shows.
const OF_THE_STUDY: [Label; 2] = [Label::Airplane, Label::Horse];

/// The values behind every claim, by claim and case. `labels` are those of the measured images; the
/// first image of each class of the study stands for it.
pub fn claims(seed: u64, measurements: &Measurements, labels: &[Option<Label>]) -> Vec<ClaimRow> {
    let mi = measurements.mi(Comparison::Trained);
    let row = |claim, subject: &str, case, value| ClaimRow {
        seed,
        claim,
        subject: subject.to_owned(),
        case,
        threshold_nats: None,
        value,
        share_of_epochs_lowest: None,
    };
    let mut rows = Vec::new();
    for Loss { case, epoch, total, share_lowest } in last_losses(&measurements.losses) {
        rows.push(ClaimRow {
            share_of_epochs_lowest: share_lowest,
            ..row(Claim::Loss, &format!("epoch {epoch}"), case, total)
        });
    }
    for subject in choose(&OF_THE_STUDY, labels) {
        let name = name(&subject);
        let of_image =
            mi.iter().filter_map(|table| Some((table.case, table.means().get(subject.index)?)));
        rows.extend(of_image.map(|(case, &value)| row(Claim::Image, &name, case, value)));
    }
    let pooled: Vec<f64> = mi.iter().flat_map(CaseMi::maxima).copied().collect();
    if pooled.is_empty() {
        return rows;
    }
    for decile in 1..=DECILES {
        let threshold = quantile(&pooled, decile as f64 / (DECILES + 1) as f64);
        rows.extend(mi.iter().filter(|table| table.images() > 0).map(|table| {
            let above = table.maxima().iter().filter(|&&value| value > threshold).count();
            let share = above as f64 / table.images() as f64;
            ClaimRow {
                threshold_nats: Some(threshold),
                ..row(Claim::LargestMi, &format!("decile {decile}"), table.case, share)
            }
        }));
    }
    rows
}

/// `airplane (image 7)`; says so if another image is in its place.
fn name(subject: &SubjectImage) -> String {
    match subject.missing_class {
        Some(class) => format!("{} (no image of class {class})", subject.name),
        None => subject.name.clone(),
    }
}

/// The loss of a case at the end of training.
struct Loss {
    case: Case,
    epoch: usize,
    total: f64,
    /// The share of epochs at which it alone is lowest; `None` of one case.
    share_lowest: Option<f64>,
}

fn last_losses(losses: &[EpochLosses]) -> Vec<Loss> {
    let mut of_epochs: BTreeMap<usize, Vec<&EpochLosses>> = BTreeMap::new();
    for row in losses {
        of_epochs.entry(row.epoch).or_default().push(row);
    }
    let is_lowest = |row: &&EpochLosses| {
        let others = of_epochs[&row.epoch].iter().filter(|other| other.case != row.case);
        others.map(|other| other.total).all(|other| row.total < other)
    };
    let is_alone = losses.iter().all(|row| row.case == losses[0].case);
    let of_case = |case: Case| {
        let rows: Vec<&EpochLosses> = losses.iter().filter(|row| row.case == case).collect();
        let last = rows.iter().max_by_key(|row| row.epoch)?;
        let lowest: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(is_lowest(row)))).collect();
        Some(Loss {
            case,
            epoch: last.epoch,
            total: last.total,
            share_lowest: (!is_alone).then(|| mean(&lowest)),
        })
    };
    Case::ALL.into_iter().filter_map(of_case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements() -> Measurements {
        let (a, c) = ([0.5, 0.25, 0.5, 0.25], [0.75, 1.0, 0.75, 1.0]);
        let trained = vec![CaseMi::of_one_map(Case::A, &a), CaseMi::of_one_map(Case::C, &c)];
        let mut all = Measurements::of_comparisons(vec![trained]);
        let losses = [(1, Case::A, 3.0), (2, Case::A, 1.5), (1, Case::C, 2.0), (2, Case::C, 1.75)];
        all.losses = losses
            .map(|(epoch, case, total)| EpochLosses {
                epoch,
                case,
                total,
                local: 0.0,
                global: 0.0,
                prior: 0.0,
                gradient_norm_mean: None,
                gradient_norm_max: None,
                seconds: 1.0,
                images_per_s: 1.0,
            })
            .to_vec();
        all
    }

    const LABELS: [Option<Label>; 4] = [Some(Label::Horse), None, Some(Label::Cat), None];

    fn rows() -> Vec<ClaimRow> {
        claims(3, &measurements(), &LABELS)
    }

    fn values(rows: &[ClaimRow], claim: Claim, subject: &str) -> Vec<(Case, f64)> {
        let of = rows.iter().filter(|row| row.claim == claim && row.subject == subject);
        of.map(|row| (row.case, row.value)).collect()
    }

    #[test]
    fn the_loss_is_that_of_the_last_epoch() {
        let rows = rows();
        assert_eq!(values(&rows, Claim::Loss, "epoch 2"), [(Case::A, 1.5), (Case::C, 1.75)]);
        assert_eq!(rows[0].share_of_epochs_lowest, Some(0.5));
        assert!(rows.iter().all(|row| row.seed == 3));
    }

    #[test]
    fn an_image_is_named_for_its_class_and_one_in_its_place_says_so() {
        let rows = rows();
        let expected = [(Case::A, 0.5), (Case::C, 0.75)];
        assert_eq!(values(&rows, Claim::Image, "horse (image 0)"), expected);
        let other = "image 0 (no image of class airplane)";
        assert_eq!(values(&rows, Claim::Image, other), expected);
    }

    #[test]
    fn shares_are_above_the_deciles_of_all_cases_together() {
        let rows = rows();
        // Pooled: .25 .25 .5 .5 .75 .75 1 1; the fifth decile is their median, 0.625.
        let fifth = rows.iter().find(|row| row.subject == "decile 5").unwrap();
        assert_eq!(fifth.threshold_nats, Some(0.625));
        assert_eq!(values(&rows, Claim::LargestMi, "decile 5"), [(Case::A, 0.0), (Case::C, 1.0)]);
        assert_eq!(values(&rows, Claim::LargestMi, "decile 1"), [(Case::A, 0.5), (Case::C, 1.0)]);
        assert_eq!(rows.iter().filter(|row| row.claim == Claim::LargestMi).count(), 2 * DECILES);
    }

    #[test]
    fn without_measurements_there_is_no_claim() {
        assert_eq!(claims(0, &Measurements::default(), &[]), []);
    }
}
