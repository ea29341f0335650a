//! The cases by one measure over seeds, and which of them are clearly apart.

use dim_models::Case;
use serde::Serialize;

use super::STUDY_WINNER;
use crate::maths::statistics::{LEVEL, MeanInterval, PairedDifference, holm, p_value_beyond};

/// Effect sizes of fewer seeds scatter too much to mean anything.
const FEWEST_FOR_EFFECT: usize = 6;

/// Which end of a measure is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    Higher,
    Lower,
}

/// The cases by one measure.
#[derive(Debug, Serialize)]
pub struct Ranking {
    pub measure: String,
    pub better: Better,
    /// In the order A to D.
    pub cases: Vec<CaseValues>,
    /// The study's first case, or if it was not measured the best one, less each other case.
    pub differences: Vec<Difference>,
}

/// The values of one case over the seeds.
#[derive(Debug, Serialize)]
pub struct CaseValues {
    pub case: Case,
    #[serde(flatten)]
    pub mean: MeanInterval,
    pub by_seed: Vec<f64>,
    /// The part that the estimator alone may make: the plug-in estimate of independent arrays.
    pub bias: f64,
}

/// One case less another, paired by seed.
#[derive(Debug, Serialize)]
pub struct Difference {
    pub of: Case,
    pub less: Case,
    #[serde(flatten)]
    pub paired: PairedDifference,
    /// The difference of the two biases.
    pub bias: f64,
    /// That the difference is further from 0 than its bias; `None` of one seed.
    pub p_value: Option<f64>,
    /// The same, corrected for all differences of the ranking.
    pub p_value_holm: Option<f64>,
    pub by_seed: Vec<f64>,
}

/// What the seeds say together about case C being first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Case C is clearly ahead of every other case.
    First,
    /// Another case is clearly ahead of C, corrected for the comparisons.
    NotFirst,
    /// Neither, or a case was not measured.
    Unclear,
    /// Case C or every other case was not measured.
    NotCompared,
}

impl Ranking {
    /// `values` are those of each case by seed, in the same order of seeds.
    pub fn new(
        measure: impl Into<String>,
        better: Better,
        values: &[(Case, Vec<f64>)],
        bias: impl Fn(Case) -> f64,
    ) -> Self {
        let case = |(case, values): &(Case, Vec<f64>)| CaseValues {
            case: *case,
            mean: MeanInterval::of(values),
            by_seed: values.clone(),
            bias: bias(*case),
        };
        let mut ranking = Self {
            measure: measure.into(),
            better,
            cases: values.iter().map(case).collect(),
            differences: Vec::new(),
        };
        let winner = ranking.cases.iter().find(|case| case.case == STUDY_WINNER);
        let Some(reference) = winner.or_else(|| ranking.best()).map(|case| case.case) else {
            return ranking;
        };
        let others = ranking.cases.iter().map(|case| case.case).filter(|&case| case != reference);
        let mut differences: Vec<Difference> =
            others.filter_map(|other| ranking.difference(reference, other)).collect();
        let p_values: Option<Vec<f64>> = differences.iter().map(|d| d.p_value).collect();
        for (difference, p) in differences.iter_mut().zip(holm(&p_values.unwrap_or_default())) {
            difference.p_value_holm = Some(p);
        }
        ranking.differences = differences;
        ranking
    }

    /// How many seeds there are.
    pub fn seeds(&self) -> usize {
        self.cases.first().map_or(0, |case| case.by_seed.len())
    }

    /// The case with the best mean; of equal ones the first.
    pub fn best(&self) -> Option<&CaseValues> {
        self.cases.iter().reduce(|best, case| {
            if self.advantage(case.mean.mean - best.mean.mean) > 0.0 { case } else { best }
        })
    }

    /// Cases, the best mean first.
    pub fn sorted(&self) -> Vec<&CaseValues> {
        let mut cases: Vec<&CaseValues> = self.cases.iter().collect();
        cases.sort_by(|a, b| self.advantage(b.mean.mean).total_cmp(&self.advantage(a.mean.mean)));
        cases
    }

    /// The cases whose value of one seed is the best: several if they are equal.
    pub fn first_of_seed(&self, seed: usize) -> Vec<Case> {
        let values: Vec<(Case, f64)> = self
            .cases
            .iter()
            .filter_map(|case| Some((case.case, self.advantage(*case.by_seed.get(seed)?))))
            .collect();
        let best = values.iter().map(|&(_, value)| value).fold(f64::NEG_INFINITY, f64::max);
        values.into_iter().filter(|&(_, value)| value == best).map(|(case, _)| case).collect()
    }

    /// The cases that cannot be told from the best, the best first. Case C is left out only if
    /// another case is ahead of it after the correction for several comparisons.
    pub fn leaders(&self) -> Vec<Case> {
        let Some(best) = self.best().map(|case| case.case) else { return Vec::new() };
        let is_leader = |case: &Case| {
            if *case == best {
                true
            } else if *case == STUDY_WINNER {
                !self.ahead_of_winner().contains(&best)
            } else {
                !self.is_clearly_ahead(best, *case)
            }
        };
        let cases = self.sorted().into_iter().map(|case| case.case);
        let others = cases.clone().filter(|&case| case != best);
        [best].into_iter().chain(others).filter(is_leader).collect()
    }

    /// Whether neither seeds nor bias explain that one case is ahead of another.
    pub fn is_clearly_ahead(&self, case: Case, other: Case) -> bool {
        self.difference(case, other).is_some_and(|difference| {
            self.advantage(difference.paired.difference.mean) > 0.0
                && difference.p_value.is_some_and(|p| p < LEVEL)
        })
    }

    /// The cases that are clearly ahead of C, corrected for the comparisons with C.
    pub fn ahead_of_winner(&self) -> Vec<Case> {
        let is_behind = |d: &&Difference| {
            d.of == STUDY_WINNER
                && self.advantage(d.paired.difference.mean) < 0.0
                && d.p_value_holm.is_some_and(|p| p < LEVEL)
        };
        self.differences.iter().filter(is_behind).map(|difference| difference.less).collect()
    }

    /// What the seeds say about case C. That C is first needs no correction: each of its leads has
    /// to be clear.
    pub fn standing(&self) -> Standing {
        if self.differences.first().is_none_or(|difference| difference.of != STUDY_WINNER) {
            return Standing::NotCompared;
        }
        let mut others = self.differences.iter().map(|difference| difference.less);
        if !self.ahead_of_winner().is_empty() {
            Standing::NotFirst
        } else if self.cases.len() == Case::ALL.len()
            && others.all(|other| self.is_clearly_ahead(STUDY_WINNER, other))
        {
            Standing::First
        } else {
            Standing::Unclear
        }
    }

    /// One case less another, paired by seed.
    fn difference(&self, of: Case, less: Case) -> Option<Difference> {
        let values = |case| self.cases.iter().find(|values| values.case == case);
        let (first, second) = (values(of)?, values(less)?);
        let pairs: Vec<(f64, f64)> =
            first.by_seed.iter().copied().zip(second.by_seed.iter().copied()).collect();
        let by_seed: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
        let bias = first.bias - second.bias;
        let mut paired = PairedDifference::of(&pairs);
        paired.cohens_d = paired.cohens_d.filter(|_| pairs.len() >= FEWEST_FOR_EFFECT);
        Some(Difference {
            of,
            less,
            paired,
            bias,
            p_value: p_value_beyond(&by_seed, bias),
            p_value_holm: None,
            by_seed,
        })
    }

    /// Positive where a difference is an advantage.
    fn advantage(&self, difference: f64) -> f64 {
        match self.better {
            Better::Higher => difference,
            Better::Lower => -difference,
        }
    }

    /// A table of the cases over seeds, and one of the differences.
    pub fn markdown(&self) -> String {
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
        let seeds = self.seeds();
        let with_effect = seeds >= FEWEST_FOR_EFFECT;
        let (name, line) = if with_effect { (" Cohen's d |", "---|") } else { ("", "") };
        text += &format!(
            "\n| {of} minus | difference (nats) |{name} seeds with {of} ahead |\n|---|---|{line}---|\n"
        );
        for d in &self.differences {
            let effect = d.paired.cohens_d.map_or("-".to_owned(), |d| format!("{d:.2}"));
            let effect = if with_effect { format!(" {effect} |") } else { String::new() };
            let ahead = d.by_seed.iter().filter(|&&d| self.advantage(d) > 0.0).count();
            text +=
                &format!("| {} | {} |{effect} {ahead} of {seeds} |\n", d.less, d.paired.difference);
        }
        if seeds < 2 {
            return text;
        }
        let leaders: Vec<String> = self.leaders().iter().map(Case::to_string).collect();
        text + &format!("\nNot distinguishable from the best: {}.\n", leaders.join(", "))
    }
}

#[cfg(test)]
mod tests;
