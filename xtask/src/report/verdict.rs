//! The verdict: the cases compared by one measure, over images or over seeds, and what follows for
//! the study's claim that case C, which keeps the size, is first.

use dim_models::Case;
use serde::Serialize;
use stl_data::SIDE;

use crate::maths::statistics::{MeanInterval, PairedDifference};
use crate::run::images::Images;
use crate::run::step::Step;
use crate::settings::config::Config;

/// The case that the study found first.
pub const STUDY_WINNER: Case = Case::C;

/// Training steps of a case with this project's `paper` preset: 50 epochs of 5,000 images in
/// batches of 64. The study states 50 epochs, and neither batch nor step size.
const PAPER_STEPS: usize = 50 * (5000 / 64);

/// Settings of a training that do not make it another experiment, or that are compared by the number of
/// steps.
const NOT_COMPARED: [&str; 4] = ["seed", "epochs", "train-images", "batch-size"];

/// Effect sizes of fewer seeds scatter too much to mean anything.
const FEWEST_FOR_EFFECT: usize = 6;

/// What the values of a case are values of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Images,
    Seeds,
}

/// The cases by one measure.
#[derive(Debug, Serialize)]
pub struct Ranking {
    pub measure: &'static str,
    pub unit: Unit,
    /// In the order A to D.
    pub cases: Vec<CaseValues>,
    /// The study's first case, or if it was not measured the one with the largest mean, less each
    /// other case, paired by image or seed.
    pub differences: Vec<Difference>,
}

/// The values of one case.
#[derive(Debug, Serialize)]
pub struct CaseValues {
    pub case: Case,
    #[serde(flatten)]
    pub mean: MeanInterval,
    /// By seed; not kept for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_seed: Vec<f64>,
}

/// One case less another.
#[derive(Debug, Serialize)]
pub struct Difference {
    pub of: Case,
    pub less: Case,
    #[serde(flatten)]
    pub paired: PairedDifference,
    /// Share of the images or seeds for which the difference is above 0.
    pub share_ahead: f64,
    /// The part that the estimator alone may make: the difference of the two plug-in biases.
    pub bias: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_seed: Vec<f64>,
}

/// What a ranking says about the study's claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// Case C is clearly ahead of every other case.
    Agrees,
    /// Another case is clearly ahead of C.
    DoesNotAgree,
    /// Neither, or a case was not measured.
    Unclear,
}

impl Ranking {
    /// `values` are those of each case, paired by position; `bias` is what the plug-in estimate
    /// gives independent arrays of a case's size.
    pub fn new(
        measure: &'static str,
        unit: Unit,
        values: &[(Case, &[f64])],
        bias: impl Fn(Case) -> f64,
    ) -> Self {
        let kept = |values: &[f64]| if unit == Unit::Seeds { values.to_vec() } else { Vec::new() };
        let cases: Vec<CaseValues> = values
            .iter()
            .map(|&(case, values)| CaseValues {
                case,
                mean: MeanInterval::of(values),
                by_seed: kept(values),
            })
            .collect();
        let largest = cases.iter().max_by(|a, b| a.mean.mean.total_cmp(&b.mean.mean));
        let reference = match cases.iter().find(|case| case.case == STUDY_WINNER).or(largest) {
            Some(reference) => reference.case,
            None => return Self { measure, unit, cases, differences: Vec::new() },
        };
        let of =
            |case: Case| values.iter().find(|(other, _)| *other == case).map_or(&[][..], |v| v.1);
        let difference = |other: Case| {
            let pairs: Vec<(f64, f64)> =
                of(reference).iter().copied().zip(of(other).iter().copied()).collect();
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            let ahead = differences.iter().filter(|&&d| d > 0.0).count();
            Difference {
                of: reference,
                less: other,
                paired: PairedDifference::of(&pairs),
                share_ahead: ahead as f64 / differences.len().max(1) as f64,
                bias: bias(reference) - bias(other),
                by_seed: kept(&differences),
            }
        };
        let others = cases.iter().map(|case| case.case).filter(|&case| case != reference);
        let differences = others.map(difference).collect();
        Self { measure, unit, cases, differences }
    }

    /// What it says about the study's claim; `None` if case C or every other case was not measured.
    pub fn agreement(&self) -> Option<Agreement> {
        if self.differences.first()?.of != STUDY_WINNER {
            return None;
        }
        let signs: Vec<Option<f64>> = self.differences.iter().map(Difference::clear_sign).collect();
        Some(if signs.contains(&Some(-1.0)) {
            Agreement::DoesNotAgree
        } else if signs.iter().all(|&sign| sign == Some(1.0)) && self.cases.len() == Case::ALL.len()
        {
            Agreement::Agrees
        } else {
            Agreement::Unclear
        })
    }

    /// The cases with their means, the largest first: `C (1.2000) > A (0.6000)`.
    pub fn order(&self) -> String {
        order(self.cases.iter().map(|case| (case.case, case.mean.mean)).collect())
    }

    /// `case C is ahead of A (0.3 ± 0.1 nats), and not distinguishable from D (...)`.
    pub fn words(&self) -> String {
        let Some(first) = self.differences.first() else {
            return "there is one case only, and nothing to compare".to_owned();
        };
        let of_sign = |sign: Option<f64>, relation: &str| {
            let listed: Vec<String> = self
                .differences
                .iter()
                .filter(|difference| difference.clear_sign() == sign)
                .map(|d| format!("{} ({} nats)", d.less, d.paired.difference))
                .collect();
            (!listed.is_empty()).then(|| format!("{relation} {}", listed.join(", ")))
        };
        let parts = [
            of_sign(Some(1.0), "ahead of"),
            of_sign(Some(-1.0), "behind"),
            of_sign(None, "not distinguishable from"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("case {} is {}", first.of, parts.join(" and "))
    }

    /// A table of the cases over seeds, and one of the differences.
    pub fn markdown_over_seeds(&self) -> String {
        let mut text = format!(
            "\n## {}\n\n| case | mean over seeds (nats) | 95 % interval | by seed |\n|---|---|---|---|\n",
            self.measure
        );
        for case in &self.cases {
            let values: Vec<String> = case.by_seed.iter().map(|v| format!("{v:.4}")).collect();
            let MeanInterval { mean, interval_95 } = case.mean;
            let half = interval_95.map_or("one seed".to_owned(), |half| format!("± {half:.4}"));
            text += &format!("| {} | {mean:.4} | {half} | {} |\n", case.case, values.join(", "));
        }
        let Some(Difference { of, .. }) = self.differences.first() else { return text };
        let seeds = self.differences[0].by_seed.len();
        let with_effect = seeds >= FEWEST_FOR_EFFECT;
        let (name, line) = if with_effect { (" Cohen's d |", "---|") } else { ("", "") };
        text += &format!(
            "\n| {of} less | difference (nats) |{name} seeds with {of} ahead |\n|---|---|{line}---|\n"
        );
        for d in &self.differences {
            let effect = d.paired.cohens_d.map_or("-".to_owned(), |d| format!("{d:.2}"));
            let effect = if with_effect { format!(" {effect} |") } else { String::new() };
            let ahead = d.by_seed.iter().filter(|&&d| d > 0.0).count();
            text +=
                &format!("| {} | {} |{effect} {ahead} of {seeds} |\n", d.less, d.paired.difference);
        }
        text
    }
}

impl Difference {
    /// 1 or -1 if neither the choice of images or seeds nor the estimator's bias explains the
    /// difference.
    pub fn clear_sign(&self) -> Option<f64> {
        let MeanInterval { mean, interval_95 } = self.paired.difference;
        (mean.abs() > interval_95? + self.bias.abs()).then(|| mean.signum())
    }
}

impl Agreement {
    fn words(self) -> &'static str {
        match self {
            Self::Agrees => "agrees with",
            Self::DoesNotAgree => "does not agree with",
            Self::Unclear => "neither confirms nor contradicts",
        }
    }
}

/// What follows for the study from rankings by mean and by largest MI, in one sentence.
///
/// Seeds are the unit of inference: one seed never agrees or disagrees, nor does a run with other
/// images or a shorter training.
pub fn conclusion(rankings: [&Ranking; 2], seeds: usize, unlike_the_study: &[String]) -> String {
    if !unlike_the_study.is_empty() {
        let differences = unlike_the_study.join("; ");
        return format!("This shows the software, not the study: {differences}.");
    }
    let [Some(by_mean), Some(by_largest)] = rankings.map(Ranking::agreement) else {
        return format!(
            "The study found case {STUDY_WINNER} first; this run cannot compare it with another."
        );
    };
    if seeds < 2 {
        return format!(
            "One seed neither confirms nor contradicts the study, which found {STUDY_WINNER} first."
        );
    }
    if by_mean == by_largest {
        return format!("This {} the study, which found {STUDY_WINNER} first.", by_mean.words());
    }
    format!(
        "By mean MI this {} the study, which found {STUDY_WINNER} first; by largest MI it {} it.",
        by_mean.words(),
        by_largest.words()
    )
}

/// How a run differs from this project's reproduction of the study; empty if it does not.
pub fn unlike_the_study(config: &Config, images: &Images) -> Vec<String> {
    let mut differences = Vec::new();
    if !images.is_stl10() {
        differences.push("other images".to_owned());
    }
    let train_images = config.train_images.of(images.dataset.len());
    let steps = config.epochs * (train_images / config.batch_size);
    if steps < PAPER_STEPS {
        differences.push(format!("{steps} training steps, where preset paper has {PAPER_STEPS}"));
    }
    let paper = Config::paper();
    let of_training = Step::Train(STUDY_WINNER).settings().iter().copied();
    let compared = of_training.filter(|key| !NOT_COMPARED.contains(key));
    for key in compared.chain(["bins", "measure-images"]) {
        let value = |config: &Config| config.settings(&[key]).ok()?.remove(key);
        if let (Some(own), Some(papers)) = (value(config), value(&paper))
            && own != papers
        {
            differences.push(format!("{key} {own}, where preset paper has {papers}"));
        }
    }
    differences
}

/// The side of a case's maps.
pub fn latent_side(case: Case) -> usize {
    case.sizes(SIDE).map_or(SIDE, |sizes| sizes[4])
}

/// The plug-in estimate of an image and an independent map, to first order, in nats:
/// (bins - 1)^2 / 2N.
pub fn plug_in_bias(case: Case, bins: usize) -> f64 {
    let pixels = latent_side(case).pow(2);
    (bins - 1).pow(2) as f64 / (2 * pixels) as f64
}

/// Cases with a value, the largest first: `C (1.2000) > A (0.6000)`.
pub fn order(mut cases: Vec<(Case, f64)>) -> String {
    cases.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named: Vec<String> =
        cases.iter().map(|(case, value)| format!("{case} ({value:.4})")).collect();
    named.join(" > ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(unit: Unit, values: &[(Case, &[f64])]) -> Ranking {
        Ranking::new("Mean MI", unit, values, |case| plug_in_bias(case, 20))
    }

    fn over_seeds(values: &[(Case, &[f64])]) -> Ranking {
        ranking(Unit::Seeds, values)
    }

    #[test]
    fn the_study_is_confirmed_only_if_c_is_clearly_ahead_of_every_other_case() {
        let ahead = over_seeds(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::B, &[0.40, 0.41, 0.42]),
            (Case::C, &[0.70, 0.72, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(ahead.agreement(), Some(Agreement::Agrees));
        let words = ahead.words();
        assert!(words.starts_with("case C is ahead of A (0.2067 ± 0.0143 nats), B"), "{words}");

        let without_b = over_seeds(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::C, &[0.70, 0.72, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(without_b.agreement(), Some(Agreement::Unclear));

        // D is ahead for one seed of three.
        let unclear = over_seeds(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::C, &[0.70, 0.55, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(unclear.agreement(), Some(Agreement::Unclear));
        assert!(unclear.words().contains("not distinguishable from"), "{}", unclear.words());
        assert!((unclear.differences[1].share_ahead - 2.0 / 3.0).abs() < 1e-12);
        assert!(unclear.markdown_over_seeds().contains("2 of 3 |"));
    }

    #[test]
    fn a_case_that_is_clearly_ahead_of_c_contradicts_the_study() {
        let behind = over_seeds(&[(Case::C, &[0.60, 0.61, 0.62]), (Case::D, &[0.70, 0.72, 0.73])]);
        assert_eq!(behind.agreement(), Some(Agreement::DoesNotAgree));
        let words = behind.words();
        assert!(words.starts_with("case C is behind D (-0.1067"), "{words}");
    }

    #[test]
    fn what_the_bias_may_explain_and_a_single_seed_are_not_clear() {
        // The plug-in estimate favours A's smaller maps by 0.0037 nats over C's.
        let biased = over_seeds(&[(Case::A, &[0.5033; 3]), (Case::C, &[0.5; 3])]);
        assert_eq!(biased.agreement(), Some(Agreement::Unclear));
        let more = over_seeds(&[(Case::A, &[0.5043; 3]), (Case::C, &[0.5; 3])]);
        assert_eq!(more.agreement(), Some(Agreement::DoesNotAgree));
        let one = over_seeds(&[(Case::A, &[0.1]), (Case::C, &[0.9])]);
        assert_eq!(one.agreement(), Some(Agreement::Unclear));
        assert_eq!(over_seeds(&[(Case::A, &[0.1])]).agreement(), None);
        assert_eq!(over_seeds(&[(Case::A, &[0.1]), (Case::B, &[0.2])]).agreement(), None);
        assert_eq!(over_seeds(&[]).words(), "there is one case only, and nothing to compare");
    }

    #[test]
    fn effect_sizes_are_shown_from_six_seeds_on() {
        let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let of = |n: usize| over_seeds(&[(Case::A, &[0.0; 6][..n]), (Case::C, &values[..n])]);
        assert!(!of(5).markdown_over_seeds().contains("Cohen"));
        assert!(of(6).markdown_over_seeds().contains("| 1.87 | 6 of 6 |"));
    }

    #[test]
    fn one_seed_or_another_training_concludes_nothing_about_the_study() {
        let values = |ahead: f64| -> Vec<(Case, Vec<f64>)> {
            let of = |case: Case| {
                if case == Case::C { vec![ahead, ahead + 0.01] } else { vec![0.0, 0.01] }
            };
            Case::ALL.map(|case| (case, of(case))).to_vec()
        };
        let ranking = |ahead: f64| {
            let values = values(ahead);
            let slices: Vec<(Case, &[f64])> = values.iter().map(|(c, v)| (*c, &v[..])).collect();
            over_seeds(&slices)
        };
        let (first, last) = (ranking(1.0), ranking(-1.0));
        let says =
            |rankings: [&Ranking; 2], seeds, unlike: &[String]| conclusion(rankings, seeds, unlike);
        assert!(says([&first, &first], 2, &[]).starts_with("This agrees with the study"));
        assert!(says([&last, &last], 2, &[]).starts_with("This does not agree with the study"));
        let both = says([&first, &last], 2, &[]);
        assert!(
            both.starts_with("By mean MI this agrees") && both.contains("does not agree"),
            "{both}"
        );
        assert!(says([&first, &first], 1, &[]).starts_with("One seed neither confirms nor"));
        let unlike = says([&first, &first], 2, &["other images".to_owned()]);
        assert_eq!(unlike, "This shows the software, not the study: other images.");
    }
}
