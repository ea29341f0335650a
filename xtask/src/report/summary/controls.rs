//! The controls: what training adds, what the estimator gives by itself, and what the resized image
//! costs.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use crate::maths::statistics::{MeanInterval, mean};
use crate::report::measurements::Measurements;
use crate::report::verdict::order;
use crate::tables::comparison::Comparison;
use crate::tables::mi::CaseMi;

/// The controls of every case.
#[derive(Debug, Serialize)]
pub(super) struct Controls {
    cases: Vec<CaseControls>,
}

/// Mean MI over images and maps, in nats.
#[derive(Debug, Serialize)]
struct CaseControls {
    case: Case,
    trained: f64,
    untrained: f64,
    /// Trained less untrained, over images.
    gain: MeanInterval,
    /// With the pixels in random order: what the estimator alone gives.
    shuffled_pixels: f64,
    /// The image with itself: its entropy.
    self_information: f64,
    /// Over the field that is common to all cases, with nothing resized.
    common_field: f64,
}

impl Controls {
    /// `None` if a control is missing, or there is nothing to compare.
    pub(super) fn new(measurements: &Measurements) -> Option<Self> {
        let trained = measurements.mi(Comparison::Trained).iter();
        let cases: Vec<CaseControls> = trained
            .map(|trained| CaseControls::new(trained, measurements))
            .collect::<Option<_>>()?;
        (!cases.is_empty()).then_some(Self { cases })
    }

    fn order(&self, value: fn(&CaseControls) -> f64) -> String {
        order(self.cases.iter().map(|case| (case.case, value(case))).collect())
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Controls\n\n\
            | case | trained | untrained | trained less untrained | shuffled pixels | image with itself | \
            common field |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
        for c in &self.cases {
            let _ = writeln!(
                text,
                "| {} | {:.4} | {:.4} | {} | {:.4} | {:.4} | {:.4} |",
                c.case,
                c.trained,
                c.untrained,
                c.gain,
                c.shuffled_pixels,
                c.self_information,
                c.common_field
            );
        }
        let _ = writeln!(
            text,
            "\nMean MI in nats over images and maps. Untrained: the encoder with its initial \
             weights and the batch-norm statistics that training starts from (mean 0, variance \
             1), for this seed. Shuffled pixels: the image with its pixels in random order, so \
             what the estimator alone gives. Image with itself: its entropy; not a limit that A \
             and B could reach, since they are compared with a resized image. Common field: image \
             and maps of every case cut to the centre 88 × 88 pixels, with nothing resized.\n\n\
             Order of the untrained encoders: {}. Order over the common field: {}.",
            self.order(|c| c.untrained),
            self.order(|c| c.common_field),
        );
        text
    }

    /// About the case that is first by mean MI.
    pub(super) fn notes(&self, first: Case) -> Vec<String> {
        let Some(case) = self.cases.iter().find(|case| case.case == first) else {
            return Vec::new();
        };
        vec![
            format!(
                "Case {first} is first by mean MI; untrained, with this seed's weights, it has \
                 {:.4} nats and the order is {}.",
                case.untrained,
                self.order(|c| c.untrained)
            ),
            format!(
                "Over the field common to all cases, with nothing resized, the order is {}. \
                 Training saw the resized image all the same.",
                self.order(|c| c.common_field)
            ),
        ]
    }
}

impl CaseControls {
    fn new(trained: &CaseMi, measurements: &Measurements) -> Option<Self> {
        let means = |comparison| Some(measurements.case_mi(comparison, trained.case)?.means());
        let untrained = means(Comparison::Untrained)?;
        let gains: Vec<f64> = trained.means().iter().zip(untrained).map(|(t, u)| t - u).collect();
        Some(Self {
            case: trained.case,
            trained: mean(trained.means()),
            untrained: mean(untrained),
            gain: MeanInterval::of(&gains),
            shuffled_pixels: mean(means(Comparison::ShuffledPixels)?),
            self_information: mean(means(Comparison::SelfInformation)?),
            common_field: mean(means(Comparison::CommonField)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One map an image.
    fn table(case: Case, values: &[f32]) -> CaseMi {
        let mut table = CaseMi::new(case, 1);
        table.add(values);
        table
    }

    fn measurements() -> Measurements {
        let two = |a: [f32; 2], c: [f32; 2]| vec![table(Case::A, &a), table(Case::C, &c)];
        Measurements::of_comparisons(vec![
            two([0.6, 0.6], [0.5, 0.5]),
            two([0.5, 0.7], [0.8, 1.0]),
            two([0.1, 0.1], [0.1, 0.1]),
            two([2.1, 2.1], [2.1, 2.1]),
            two([0.9, 1.1], [0.7, 0.9]),
        ])
    }

    #[test]
    fn gain_and_orders_are_those_of_the_tables() {
        let controls = Controls::new(&measurements()).unwrap();
        let text = controls.markdown();
        // C: trained 0.9, untrained 0.5. The gains are 0.3 and 0.5: 12.706 x 0.1414 / sqrt 2.
        assert!(
            text.contains("| C | 0.9000 | 0.5000 | 0.4000 ± 1.2706 | 0.1000 | 2.1000 | 0.8000 |"),
            "{text}"
        );
        assert!(
            text.contains("Order of the untrained encoders: A (0.6000) > C (0.5000)."),
            "{text}"
        );
        assert!(text.contains("Order over the common field: A (1.0000) > C (0.8000)."), "{text}");
        let notes = controls.notes(Case::C).concat();
        assert!(notes.contains("it has 0.5000 nats and the order is A (0.6000) > C"), "{notes}");
        assert!(notes.contains("nothing resized, the order is A (1.0000) > C (0.8000)"), "{notes}");
    }

    #[test]
    fn without_a_control_there_is_no_table() {
        let tables = vec![Vec::new(), vec![table(Case::A, &[0.5])]];
        assert!(Controls::new(&Measurements::of_comparisons(tables)).is_none());
    }
}
