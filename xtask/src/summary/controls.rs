//! Is it training that made the information, how much of what there is was kept, and does resizing the image
//! decide the order?

use std::fmt::Write;

use serde::Serialize;

use super::{letter, order_of};
use crate::findings::Findings;
use crate::measure::Pairing;
use crate::mi_table::CaseMi;
use crate::statistics::{mean, standard_deviation};

/// The controls of every case.
#[derive(Debug, Serialize)]
pub(super) struct Controls {
    cases: Vec<CaseControls>,
    /// The cases by the untrained encoder's mean MI.
    order_untrained: String,
    first_untrained: Option<char>,
    /// The cases by mean MI over the field common to all, with nothing resized.
    order_same_field: String,
    /// Whether that is the order of the cases as they were measured.
    same_field_keeps_order: bool,
}

/// Mean MI over images and maps, in nats.
#[derive(Debug, Serialize)]
struct CaseControls {
    case: char,
    trained: f64,
    untrained: f64,
    /// Trained less untrained.
    gain: f64,
    /// Half width of its 95 % interval over images (normal approximation); `None` of one image.
    gain_interval_95: Option<f64>,
    /// With the pixels in random order: what the estimator alone gives.
    floor: f64,
    /// The image with itself: its entropy.
    ceiling: f64,
    /// (trained - floor) / (ceiling - floor).
    share_of_ceiling: f64,
    /// Over the field common to all cases, with nothing resized.
    same_field: f64,
}

impl Controls {
    /// `None` where a control is missing, or there is nothing to compare.
    pub(super) fn new(findings: &Findings) -> Option<Self> {
        let cases: Vec<CaseControls> = findings
            .of(Pairing::Trained)
            .iter()
            .map(|trained| CaseControls::new(trained, findings))
            .collect::<Option<_>>()?;
        if cases.is_empty() {
            return None;
        }
        let order = |value: fn(&CaseControls) -> f64| {
            order_of(cases.iter().map(|case| (case.case, value(case))).collect())
        };
        let (trained, untrained, same_field) =
            (order(|c| c.trained), order(|c| c.untrained), order(|c| c.same_field));
        let letters =
            |order: &[(char, f64)]| order.iter().map(|&(case, _)| case).collect::<Vec<_>>();
        Some(Self {
            order_untrained: in_words(&untrained),
            first_untrained: untrained.first().map(|&(case, _)| case),
            order_same_field: in_words(&same_field),
            same_field_keeps_order: letters(&trained) == letters(&same_field),
            cases,
        })
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Controls\n\n\
            | case | trained | untrained | gain by training | shuffled image (floor) | image with itself (ceiling) | \
            from floor to ceiling | same field |\n|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for c in &self.cases {
            let interval = c.gain_interval_95.map_or(String::new(), |half| format!(" ± {half:.4}"));
            let _ = writeln!(
                text,
                "| {} | {:.4} | {:.4} | {:+.4}{interval} | {:.4} | {:.4} | {:.1} % | {:.4} |",
                c.case,
                c.trained,
                c.untrained,
                c.gain,
                c.floor,
                c.ceiling,
                100.0 * c.share_of_ceiling,
                c.same_field
            );
        }
        let _ = writeln!(
            text,
            "\nMean MI in nats over images and maps. Untrained is the encoder with its initial weights; a shuffled image has \
             its pixels in random order. Same field: image and maps cut to the middle 88 × 88 pixels, which the maps of \
             all cases cover, with nothing resized.\n\nOrder before \
             training: {}. Order over the same field: {}.",
            self.order_untrained, self.order_same_field,
        );
        text
    }

    /// For the verdict.
    pub(super) fn words(&self, first: char) -> String {
        let Some(case) = self.cases.iter().find(|case| case.case == first) else {
            return String::new();
        };
        let before = match self.first_untrained {
            Some(untrained) if untrained == first => "was first before training already".to_owned(),
            Some(untrained) => format!("was not first before training ({untrained} was)"),
            None => "was not measured before training".to_owned(),
        };
        format!(
            "Case {first} {before}; training changed its mean MI by {:+.4} nats, to {:.0} % of the way from the \
             estimator's floor to the images' own entropy.\n- Compared over the same field instead of with a resized image, the order {}: {}.",
            case.gain,
            100.0 * case.share_of_ceiling,
            if self.same_field_keeps_order { "stays" } else { "changes" },
            self.order_same_field,
        )
    }
}

impl CaseControls {
    fn new(trained: &CaseMi, findings: &Findings) -> Option<Self> {
        let of = |pairing| Some(findings.of_case(pairing, trained.case)?.means());
        let untrained = of(Pairing::Untrained)?;
        let gains: Vec<f64> = trained.means().iter().zip(untrained).map(|(t, u)| t - u).collect();
        let (own, floor, ceiling) =
            (mean(trained.means()), mean(of(Pairing::Shuffled)?), mean(of(Pairing::Itself)?));
        Some(Self {
            case: letter(trained.case),
            trained: own,
            untrained: mean(untrained),
            gain: mean(&gains),
            gain_interval_95: (gains.len() > 1)
                .then(|| 1.96 * standard_deviation(&gains) / (gains.len() as f64).sqrt()),
            floor,
            ceiling,
            share_of_ceiling: (own - floor) / (ceiling - floor),
            same_field: mean(of(Pairing::SameField)?),
        })
    }
}

fn in_words(order: &[(char, f64)]) -> String {
    let named: Vec<String> =
        order.iter().map(|(case, value)| format!("{case} ({value:.4})")).collect();
    named.join(" > ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dim_models::Case;

    /// One map an image.
    fn table(case: Case, values: &[f32]) -> CaseMi {
        let mut table = CaseMi::new(case, 1);
        table.add(values);
        table
    }

    fn findings() -> Findings {
        let two = |a: [f32; 2], c: [f32; 2]| vec![table(Case::A, &a), table(Case::C, &c)];
        Findings::of_pairings(vec![
            two([0.6, 0.6], [0.5, 0.5]),
            two([0.5, 0.7], [0.8, 1.0]),
            two([0.1, 0.1], [0.1, 0.1]),
            two([2.1, 2.1], [2.1, 2.1]),
            two([0.9, 1.1], [0.7, 0.9]),
        ])
    }

    #[test]
    fn gain_share_and_orders_are_those_of_the_tables() {
        let controls = Controls::new(&findings()).unwrap();
        let text = controls.markdown();
        // C: trained 0.9, untrained 0.5; (0.9 - 0.1) / (2.1 - 0.1) = 40 %. The gains are 0.3 and 0.5.
        assert!(text.contains("| C | 0.9000 | 0.5000 | +0.4000 ± 0.1960 |"), "{text}");
        assert!(text.contains("| 40.0 % | 0.8000 |"), "{text}");
        assert!(text.contains("Order before training: A (0.6000) > C (0.5000)."), "{text}");
        assert!(text.contains("Order over the same field: A (1.0000) > C (0.8000)."), "{text}");
        let words = controls.words('C');
        assert!(words.contains("was not first before training (A was)"), "{words}");
        assert!(words.contains("by +0.4000 nats, to 40 % of the way"), "{words}");
        assert!(words.contains("the order changes: A (1.0000) > C (0.8000)"), "{words}");
    }

    #[test]
    fn without_a_control_there_is_no_table() {
        let findings = Findings::of_pairings(vec![Vec::new(), vec![table(Case::A, &[0.5])]]);
        assert!(Controls::new(&findings).is_none());
    }
}
