//! The controls: what training adds, what unrelated images and the estimator give, and what remains
//! of the order where nothing is resized.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use crate::maths::sampling::evenly_spaced;
use crate::maths::statistics::mean;
use crate::report::measurements::Measurements;
use crate::report::verdict::order;
use crate::tables::comparison::Comparison;
use crate::tables::mi::CaseMi;
use crate::tables::untrained::UntrainedRow;

/// The controls of every case.
#[derive(Debug, Serialize)]
pub(super) struct Controls {
    cases: Vec<CaseControls>,
    /// Seeds of initial weights for which a case is first among the untrained encoders.
    first_untrained: Vec<FirstUntrained>,
}

/// Mean MI over images and maps, in nats.
#[derive(Debug, Serialize)]
struct CaseControls {
    case: Case,
    trained: f64,
    /// What training adds to the weights that it started from, over the images of `untrained`.
    training_adds: f64,
    untrained: Untrained,
    /// With another image of the data set.
    other_image: f64,
    /// With the pixels in random order: what the estimator alone gives.
    shuffled_pixels: f64,
    /// The image with itself: its entropy.
    self_information: f64,
    /// Over the field that is common to all cases, with nothing resized.
    common_field: f64,
}

/// Encoders with initial weights and batch-norm statistics from the training images.
#[derive(Debug, Serialize)]
struct Untrained {
    /// With the weights that this run's training started from.
    own_seed: f64,
    /// Over all seeds of initial weights.
    mean: f64,
    smallest: f64,
    largest: f64,
    seeds: usize,
    images: usize,
}

#[derive(Debug, Serialize)]
struct FirstUntrained {
    case: Case,
    seeds: usize,
}

impl Controls {
    /// `None` if a control is missing, or there is nothing to compare.
    pub(super) fn new(measurements: &Measurements) -> Option<Self> {
        let trained = measurements.mi(Comparison::Trained).iter();
        let cases: Vec<CaseControls> = trained
            .map(|trained| CaseControls::new(trained, measurements))
            .collect::<Option<_>>()?;
        let first_untrained = first_untrained(&measurements.untrained);
        (!cases.is_empty()).then_some(Self { cases, first_untrained })
    }

    fn order(&self, value: fn(&CaseControls) -> f64) -> String {
        order(self.cases.iter().map(|case| (case.case, value(case))).collect())
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Controls\n\n\
            | case | trained | untrained, same weights | untrained, lowest to highest of the seeds | \
            another image | shuffled pixels | image with itself | common field |\n\
            |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for c in &self.cases {
            let _ = writeln!(
                text,
                "| {} | {:.4} | {:.4} | {:.4} to {:.4} | {:.4} | {:.4} | {:.4} | {:.4} |",
                c.case,
                c.trained,
                c.untrained.own_seed,
                c.untrained.smallest,
                c.untrained.largest,
                c.other_image,
                c.shuffled_pixels,
                c.self_information,
                c.common_field
            );
        }
        let seeds = self.cases.iter().map(|case| case.untrained.seeds).max().unwrap_or(0);
        let images = self.cases.iter().map(|case| case.untrained.images).max().unwrap_or(0);
        let _ = writeln!(
            text,
            "\nMean MI in nats over images and maps. Untrained: initial weights, with batch-norm \
             statistics from one pass over the training images; with the weights that this training \
             started from, and for {seeds} seeds of weights, over {images} of the images. Another image: the maps of an image with \
             the next image in a random order. Shuffled pixels: the image with its pixels in random \
             order, so what the estimator alone gives. Image with itself: its entropy. Common field: \
             image and maps of every case cut to the centre 88 × 88 pixels, nothing resized."
        );
        text
    }

    /// What the controls say, a line each.
    pub(super) fn notes(&self) -> Vec<String> {
        let added = |case: &CaseControls| format!("{} {:+.4}", case.case, case.training_adds);
        let added: Vec<String> = self.cases.iter().map(added).collect();
        let first = |first: &FirstUntrained| format!("{} for {}", first.case, first.seeds);
        let first: Vec<String> = self.first_untrained.iter().map(first).collect();
        let seeds: usize = self.first_untrained.iter().map(|first| first.seeds).sum();
        let mut lines = vec![format!(
            "On the {} images of the untrained control, training adds to the initial weights of this \
             seed: {} nats.",
            self.cases.iter().map(|case| case.untrained.images).max().unwrap_or(0),
            added.join(", ")
        )];
        if self.cases.len() > 1 {
            lines.push(format!(
                "Untrained, the first case depends on the weights: of {seeds} seeds, {}.",
                first.join(", ")
            ));
            lines.push(format!(
                "Over the common field, with nothing resized, the order is {}.",
                self.order(|c| c.common_field)
            ));
        }
        lines
    }
}

/// For how many seeds each case has the largest mean MI; cases without one are left out.
fn first_untrained(rows: &[UntrainedRow]) -> Vec<FirstUntrained> {
    let mut seeds: Vec<u64> = rows.iter().map(|row| row.weights_seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let first = |&seed: &u64| {
        let of_seed = || rows.iter().filter(|row| row.weights_seed == seed);
        let first = of_seed().max_by(|a, b| a.mean_mi_nats.total_cmp(&b.mean_mi_nats))?;
        let is_level = |row: &&UntrainedRow| row.mean_mi_nats >= first.mean_mi_nats;
        (of_seed().filter(is_level).count() == 1).then_some(first.case)
    };
    let firsts: Vec<Case> = seeds.iter().filter_map(first).collect();
    let count = |case: Case| firsts.iter().filter(|&&first| first == case).count();
    let counted = |case| FirstUntrained { case, seeds: count(case) };
    Case::ALL.into_iter().map(counted).filter(|first| first.seeds > 0).collect()
}

impl CaseControls {
    fn new(trained: &CaseMi, measurements: &Measurements) -> Option<Self> {
        let case = trained.case;
        let untrained = Untrained::new(case, &measurements.untrained)?;
        let images = evenly_spaced(trained.images(), untrained.images);
        let same: Vec<f64> = images.into_iter().map(|image| trained.means()[image]).collect();
        let mean_of = |comparison| Some(mean(measurements.case_mi(comparison, case)?.means()));
        Some(Self {
            case,
            trained: mean(trained.means()),
            training_adds: mean(&same) - untrained.own_seed,
            untrained,
            other_image: mean_of(Comparison::OtherImage)?,
            shuffled_pixels: mean_of(Comparison::ShuffledPixels)?,
            self_information: mean_of(Comparison::SelfInformation)?,
            common_field: mean_of(Comparison::CommonField)?,
        })
    }
}

impl Untrained {
    fn new(case: Case, rows: &[UntrainedRow]) -> Option<Self> {
        let of_case = || rows.iter().filter(|row| row.case == case);
        let values: Vec<f64> = of_case().map(|row| row.mean_mi_nats).collect();
        Some(Self {
            // The run's own seed comes first.
            own_seed: *values.first()?,
            mean: mean(&values),
            smallest: values.iter().copied().fold(f64::MAX, f64::min),
            largest: values.iter().copied().fold(f64::MIN, f64::max),
            seeds: values.len(),
            images: of_case().next()?.images,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements() -> Measurements {
        let two = |a: [f32; 2], c: [f32; 2]| {
            vec![CaseMi::of_one_map(Case::A, &a), CaseMi::of_one_map(Case::C, &c)]
        };
        let untrained = |case, weights_seed, mean_mi_nats| UntrainedRow {
            case,
            weights_seed,
            images: 2,
            mean_mi_nats,
            max_mi_nats: mean_mi_nats,
            common_field_nats: mean_mi_nats,
        };
        Measurements {
            untrained: vec![
                untrained(Case::A, 4, 0.4),
                untrained(Case::A, 5, 0.3),
                untrained(Case::C, 4, 0.5),
                untrained(Case::C, 5, 0.2),
            ],
            ..Measurements::of_comparisons(vec![
                two([0.5, 0.7], [0.8, 1.0]),
                two([0.3, 0.1], [0.1, 0.1]),
                two([0.1, 0.1], [0.1, 0.1]),
                two([2.1, 2.1], [2.1, 2.1]),
                two([0.9, 1.1], [0.7, 0.9]),
            ])
        }
    }

    #[test]
    fn rows_and_notes_are_those_of_the_tables() {
        let controls = Controls::new(&measurements()).unwrap();
        let text = controls.markdown();
        assert!(
            text.contains(
                "| A | 0.6000 | 0.4000 | 0.3000 to 0.4000 | 0.2000 | 0.1000 | 2.1000 | 1.0000 |"
            ),
            "{text}"
        );
        let notes = controls.notes().join("\n");
        assert!(notes.contains("seed: A +0.2000, C +0.4000 nats."), "{notes}");
        assert!(notes.contains("of 2 seeds, A for 1, C for 1."), "{notes}");
        assert!(notes.contains("nothing resized, the order is A (1.0000) > C (0.8000)"), "{notes}");
    }

    #[test]
    fn without_a_control_there_is_no_table() {
        let untrained = Measurements { untrained: Vec::new(), ..measurements() };
        assert!(Controls::new(&untrained).is_none());
        let tables = vec![vec![CaseMi::of_one_map(Case::A, &[0.5])], Vec::new()];
        assert!(Controls::new(&Measurements::of_comparisons(tables)).is_none());
    }
}
