//! The verdict on the study, of one run and of several seeds: its claims as a table, then one
//! sentence.
//!
//! Seeds are the unit of inference. A claim that case C is first holds ("yes") only if C is clearly
//! ahead of every other case, paired by seed; it fails ("no") only if another case is clearly ahead
//! of C after Holm's correction for the comparisons; else it is unclear. A run of other images, of
//! other settings or of a training that is still at chance answers nothing, nor does one seed.

mod claim;
mod ranking;
mod scope;
mod sentence;

use std::fmt::Write;

use dim_models::{Alignment, Case};
use serde::Serialize;
use stl_data::SIDE;

use crate::settings::config::Config;
use crate::tables::claims::ClaimRow;
pub use claim::ClaimVerdict;
pub use ranking::{Better, Ranking};
pub use scope::{LocalJsd, Scope, unlike_the_study};

/// The case that the study found first.
pub const STUDY_WINNER: Case = Case::C;

/// What a run or several seeds say about the study.
#[derive(Debug, Serialize)]
pub struct Verdict {
    pub scope: Scope,
    pub claims: Vec<ClaimVerdict>,
    /// At most 40 words.
    pub sentence: String,
}

impl Verdict {
    /// `rows` are the claims of all seeds, `by_mean` the cases by mean MI over the same seeds;
    /// `measure` is how MI was measured.
    pub fn new(scope: Scope, rows: &[ClaimRow], by_mean: &Ranking, measure: Measure) -> Self {
        let bias = |case| measure.plug_in_bias(case);
        let claims = claim::of_rows(rows, &bias, scope.withheld());
        let sentence = sentence::sentence(&scope, by_mean);
        Self { scope, claims, sentence }
    }

    /// The table of the claims, and the sentence in bold.
    pub fn markdown(&self) -> String {
        let mut text =
            "| the study's claim | answer | first, by seed | numbers |\n|---|---|---|---|\n"
                .to_owned();
        for (i, claim) in self.claims.iter().enumerate() {
            let first: Vec<String> = claim.first_by_seed.iter().map(|cases| level(cases)).collect();
            let _ = writeln!(
                text,
                "| {}. {} | {} | {} | {} |",
                i + 1,
                claim.text,
                claim.answer.words(),
                first.join(", "),
                claim.numbers
            );
        }
        let _ = write!(text, "\n**{}**\n", self.sentence);
        let differences = self.scope.unlike_the_study.join("; ");
        if !self.sentence.contains(&differences) {
            let _ = write!(text, "\nUnlike the study: {differences}.\n");
        }
        text
    }

    /// How the table is to be read, for the end of a summary.
    pub fn rules() -> String {
        format!(
            "Answers are over seeds. Yes: {STUDY_WINNER} is clearly ahead of every other case, \
             paired by seed. No: another case is clearly ahead of {STUDY_WINNER}, after Holm's \
             correction for the comparisons. Clear: the difference exceeds its 95 % interval over \
             seeds (Student's t) and, for MI, the difference of the two cases' plug-in bias \
             together. The largest MI of an image is compared with nine thresholds, the deciles of \
             all cases together: first is the case with the largest share of images above every \
             one of them, and a dash says that there is none."
        )
    }
}

/// `C`; `C = D`; a dash for none.
fn level(cases: &[Case]) -> String {
    match cases {
        [] => "–".to_owned(),
        cases => cases.iter().map(Case::to_string).collect::<Vec<_>>().join(" = "),
    }
}

/// How images and maps are compared.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    pub bins: usize,
    pub align: Alignment,
}

impl Measure {
    /// The side of the maps of a case as they are compared.
    pub fn side(self, case: Case) -> usize {
        self.align.latent_size(case, SIDE).unwrap_or(SIDE)
    }

    /// The plug-in estimate of an image and an independent map, to first order, in nats:
    /// (bins - 1)^2 / 2N.
    pub fn plug_in_bias(self, case: Case) -> f64 {
        let pixels = self.side(case).pow(2);
        (self.bins - 1).pow(2) as f64 / (2 * pixels) as f64
    }
}

impl From<&Config> for Measure {
    fn from(config: &Config) -> Self {
        Self { bins: config.bins, align: config.align }
    }
}

/// Cases with a value, the largest first: `C (1.2000) > A (0.6000)`.
pub fn order(mut cases: Vec<(Case, f64)>) -> String {
    cases.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named: Vec<String> =
        cases.iter().map(|(case, value)| format!("{case} ({value:.4})")).collect();
    named.join(" > ")
}

#[cfg(test)]
mod tests;
