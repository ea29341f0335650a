//! The order of the cases by one measure, how clear it is, and whether it is the study's.

use dim_models::Case;
use serde::Serialize;

use super::{letter, plug_in_bias};
use crate::mi_table::CaseMi;
use crate::statistics::{mean, standard_deviation};

/// The case that the study found to keep the most information.
pub const STUDY_WINNER: Case = Case::C;

/// The cases in order of one measure.
#[derive(Debug, Serialize)]
pub(super) struct Ranking {
    pub(super) measure: &'static str,
    pub(super) first: char,
    pub(super) order: String,
    /// Whether the study's first case came first; `None` where it or any other was not measured.
    pub(super) agrees_with_study: Option<Agreement>,
    /// The first case against each other in their order, paired by image.
    pub(super) lead: Vec<Lead>,
}

/// What a ranking says about the study's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Agreement {
    /// The study's first case leads clearly.
    Yes,
    /// Another leads clearly ahead of it.
    No,
    /// The lead that would decide is not clear.
    Unclear,
}

/// How far the first case is ahead of another.
#[derive(Debug, Serialize)]
pub(super) struct Lead {
    pub(super) over: char,
    mean: f64,
    /// The part of `mean` that the estimator alone may make: the difference of the two plug-in biases.
    bias: f64,
    /// Half width of the 95 % interval of that mean over images (normal approximation); `None` of one
    /// image.
    interval_95: Option<f64>,
    /// Share of images on which the first case is ahead.
    pub(super) share_of_images: f64,
}

impl Ranking {
    pub(super) fn new(
        measure: &'static str,
        mi: &[CaseMi],
        bins: usize,
        values: fn(&CaseMi) -> &[f64],
    ) -> Self {
        let mut cases: Vec<(Case, &[f64])> = mi.iter().map(|t| (t.case, values(t))).collect();
        cases.sort_by(|a, b| mean(b.1).total_cmp(&mean(a.1)));
        let order: Vec<String> =
            cases.iter().map(|(case, values)| format!("{case} ({:.4})", mean(values))).collect();
        let lead: Vec<Lead> = match cases.split_first() {
            Some((first, others)) => {
                others.iter().map(|other| Lead::new(first, other, bins)).collect()
            }
            None => Vec::new(),
        };
        let first = cases.first().map_or('?', |(case, _)| letter(*case));
        let agrees_with_study = Agreement::of(first, &lead);
        Self { measure, first, order: order.join(" > "), agrees_with_study, lead }
    }
}

impl Agreement {
    /// By the lead of the study's first case over the next, or of the first over the study's.
    fn of(first: char, lead: &[Lead]) -> Option<Self> {
        let winner = letter(STUDY_WINNER);
        let (decides, agreement) = if first == winner {
            (lead.first()?, Self::Yes)
        } else {
            (lead.iter().find(|lead| lead.over == winner)?, Self::No)
        };
        Some(if decides.is_clear() { agreement } else { Self::Unclear })
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Yes => "agrees with",
            Self::No => "does not agree with",
            Self::Unclear => "neither confirms nor contradicts",
        }
    }
}

impl Lead {
    fn new(first: &(Case, &[f64]), other: &(Case, &[f64]), bins: usize) -> Self {
        let differences: Vec<f64> = first.1.iter().zip(other.1).map(|(a, b)| a - b).collect();
        let n = differences.len() as f64;
        Self {
            over: letter(other.0),
            mean: mean(&differences),
            bias: plug_in_bias(first.0, bins) - plug_in_bias(other.0, bins),
            interval_95: (differences.len() > 1)
                .then(|| 1.96 * standard_deviation(&differences) / n.sqrt()),
            share_of_images: differences.iter().filter(|&&d| d > 0.0).count() as f64 / n,
        }
    }

    /// `0.1200 ± 0.0300 nats`.
    pub(super) fn size(&self) -> String {
        let interval = self.interval_95.map_or(String::new(), |half| format!(" ± {half:.4}"));
        format!("{:.4}{interval} nats", self.mean)
    }

    /// Whether neither the choice of images nor the estimator's bias can have made the lead.
    fn is_clear(&self) -> bool {
        self.interval_95.is_some_and(|half| self.mean > half + self.bias.abs())
    }

    pub(super) fn verdict(&self) -> String {
        let unclear = if self.is_clear() { "" } else { " (no clear lead)" };
        format!("{} ahead of {}{unclear}", self.size(), self.over)
    }
}
