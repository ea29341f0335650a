//! What several seeds say together: means with their intervals over seeds, paired differences, and the
//! verdict.

use std::fmt::Write;

use anyhow::{Context, Result};
use dim_models::Case;
use serde::Serialize;

use super::table::SeedCase;
use crate::bounds::CaseBounds;
use crate::record::command;
use crate::session::Prepared;
use crate::statistics::{MeanInterval, PairedDifference};
use crate::summary::{
    Correlation, STUDY_WINNER, correlations, in_words, letter, plug_in_bias, unlike_the_study,
};

/// Over the same field every case has as many pixels, and the same bias.
const SAME_FIELD: &str = "Mean MI over the same field, nothing resized";

/// What the seeds say together.
#[derive(Debug, Serialize)]
pub struct SeedsSummary {
    command: String,
    pub data: String,
    pub preset: String,
    pub bins: usize,
    pub seeds: Vec<u64>,
    unlike_the_study: Vec<String>,
    /// By mean MI, by largest MI, and by mean MI over the same field.
    pub measures: [Measure; 3],
    untrained: Vec<OfCase>,
    /// Of each bound with mean MI over the cases, the mean over the seeds.
    correlations: Vec<Correlation>,
    probe_8x8: Vec<OfCase>,
}

/// One measure over the seeds.
#[derive(Debug, Serialize)]
pub struct Measure {
    pub name: &'static str,
    pub cases: Vec<OfCase>,
    /// The study's first case against each other; empty where it was not measured.
    pub differences: Vec<Difference>,
    agreement: Agreement,
}

/// One case over the seeds.
#[derive(Debug, Serialize)]
pub struct OfCase {
    #[serde(serialize_with = "as_letter")]
    pub case: Case,
    pub values: Vec<f64>,
    pub over_seeds: MeanInterval,
}

/// The study's first case less another, paired by seed.
#[derive(Debug, Serialize)]
pub struct Difference {
    #[serde(serialize_with = "as_letter")]
    pub over: Case,
    pub values: Vec<f64>,
    pub paired: PairedDifference,
    /// Seeds for which the study's first case is ahead.
    seeds_ahead: usize,
    /// The part that the plug-in estimate alone may make.
    bias: f64,
}

/// What the seeds say about the study's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Agreement {
    /// The study's first case is ahead of every other by more than interval over seeds and bias together.
    Agrees,
    /// Another is ahead of it by more than that.
    DoesNotAgree,
    /// Neither, or a case is missing.
    Unclear,
    /// The study's first case, or any other, is missing.
    NotMeasured,
}

impl Difference {
    fn new(winner: &OfCase, other: &OfCase, bias: fn(Case, usize) -> f64, bins: usize) -> Self {
        let pairs: Vec<(f64, f64)> =
            winner.values.iter().copied().zip(other.values.iter().copied()).collect();
        let values: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
        Self {
            over: other.case,
            seeds_ahead: values.iter().filter(|&&d| d > 0.0).count(),
            bias: bias(winner.case, bins) - bias(other.case, bins),
            values,
            paired: PairedDifference::of(&pairs),
        }
    }

    /// 1 or -1 where neither the choice of seeds nor the estimator's bias can have made the difference.
    fn clear_sign(&self) -> Option<f64> {
        let MeanInterval { mean, interval_95 } = self.paired.difference;
        (mean.abs() > interval_95? + self.bias.abs()).then(|| mean.signum())
    }
}

impl Measure {
    /// `bias` is what the plug-in estimate gives independent arrays of a case's size.
    fn new(
        name: &'static str,
        bias: fn(Case, usize) -> f64,
        bins: usize,
        cases: Vec<OfCase>,
    ) -> Self {
        let winner = cases.iter().find(|case| case.case == STUDY_WINNER);
        let others = cases.iter().filter(|case| case.case != STUDY_WINNER);
        let differences: Vec<Difference> = winner.map_or(Vec::new(), |winner| {
            others.map(|other| Difference::new(winner, other, bias, bins)).collect()
        });
        let signs: Vec<Option<f64>> = differences.iter().map(Difference::clear_sign).collect();
        let agreement = if signs.is_empty() {
            Agreement::NotMeasured
        } else if signs.iter().any(|&sign| sign == Some(-1.0)) {
            Agreement::DoesNotAgree
        } else if signs.iter().all(|&sign| sign == Some(1.0)) && cases.len() == Case::ALL.len() {
            Agreement::Agrees
        } else {
            Agreement::Unclear
        };
        Self { name, cases, differences, agreement }
    }

    fn words(&self) -> String {
        let winner = letter(STUDY_WINNER);
        let listed = |differences: Vec<&Difference>| {
            let one =
                |d: &&Difference| format!("{} ({})", letter(d.over), size(&d.paired.difference));
            differences.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let with_sign = |sign| {
            let is = |d: &&Difference| d.clear_sign() == sign;
            listed(self.differences.iter().filter(is).collect())
        };
        match self.agreement {
            Agreement::Agrees => format!(
                "case {winner} is ahead of {}: this agrees with the study, which found {winner} first",
                with_sign(Some(1.0))
            ),
            Agreement::DoesNotAgree => format!(
                "case {winner} is behind {}: this does not agree with the study, which found {winner} first",
                with_sign(Some(-1.0))
            ),
            Agreement::Unclear => {
                let ahead = match with_sign(Some(1.0)) {
                    ahead if ahead.is_empty() => None,
                    ahead => Some(format!("is clearly ahead of {ahead}")),
                };
                let equal = match with_sign(None) {
                    equal if equal.is_empty() => None,
                    equal => Some(format!("is not told apart from {equal}")),
                };
                let missing = (self.cases.len() < Case::ALL.len())
                    .then(|| "was not compared with every case".to_owned());
                let parts: Vec<String> = [ahead, equal, missing].into_iter().flatten().collect();
                format!(
                    "case {winner} {}: this neither confirms nor contradicts the study, which found {winner} first",
                    parts.join(" and ")
                )
            }
            Agreement::NotMeasured => {
                format!(
                    "there is no other case to compare case {winner} with, or {winner}, which the study found first, was not measured"
                )
            }
        }
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "\n## {}\n\n| case | mean over seeds (nats) | 95 % interval | by seed |\n|---|---|---|---|\n",
            self.name
        );
        for case in &self.cases {
            let values: Vec<String> = case.values.iter().map(|v| format!("{v:.4}")).collect();
            let MeanInterval { mean, interval_95 } = case.over_seeds;
            let half = interval_95.map_or("one seed".to_owned(), |half| format!("± {half:.4}"));
            let (case, values) = (letter(case.case), values.join(", "));
            let _ = writeln!(text, "| {case} | {mean:.4} | {half} | {values} |");
        }
        if !self.differences.is_empty() {
            let winner = letter(STUDY_WINNER);
            let _ = write!(
                text,
                "\n| {winner} less | difference (nats) | Cohen's d | seeds with {winner} ahead |\n|---|---|---|---|\n"
            );
            for d in &self.differences {
                let effect = d.paired.cohens_d.map_or("-".to_owned(), |d| format!("{d:.2}"));
                let _ = writeln!(
                    text,
                    "| {} | {} | {effect} | {} of {} |",
                    letter(d.over),
                    size(&d.paired.difference),
                    d.seeds_ahead,
                    d.values.len()
                );
            }
        }
        text
    }
}

impl SeedsSummary {
    pub fn new(prepared: &Prepared, rows: &[SeedCase]) -> Self {
        let bins = prepared.config.bins;
        let measure = |name, bias, value: fn(&SeedCase) -> Option<f64>| {
            Measure::new(name, bias, bins, by_case(rows, value))
        };
        let mut seeds: Vec<u64> = rows.iter().map(|row| row.seed).collect();
        seeds.dedup();
        let of_seed = |seed: &u64| -> Vec<(CaseBounds, f64)> {
            let rows = rows.iter().filter(|row| row.seed == *seed);
            rows.flat_map(|row| row.bounds.iter().map(|b| (b.clone(), row.mean_mi))).collect()
        };
        let bounds: Vec<Vec<(CaseBounds, f64)>> = seeds.iter().map(of_seed).collect();
        Self {
            command: command(),
            data: prepared.source.description.clone(),
            preset: prepared.config.preset.0.to_string(),
            bins,
            seeds,
            unlike_the_study: unlike_the_study(&prepared.config, &prepared.source),
            measures: [
                measure("Mean MI over the maps", plug_in_bias, |row| Some(row.mean_mi)),
                measure("Largest MI over the maps", plug_in_bias, |row| Some(row.max_mi)),
                measure(SAME_FIELD, |_, _| 0.0, |row| Some(row.same_field)),
            ],
            untrained: by_case(rows, |row| Some(row.untrained)),
            correlations: correlations(&bounds),
            probe_8x8: by_case(rows, |row| row.probe),
        }
    }

    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self).context("cannot express the summary as JSON")? + "\n")
    }

    pub fn markdown(&self) -> String {
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let mut text = format!(
            "<!-- Generated by `{}` -->\n# {}, preset {}, seeds {}\n\n{}\n",
            self.command,
            self.data,
            self.preset,
            seeds.join(", "),
            self.verdict()
        );
        for measure in &self.measures {
            text += &measure.markdown();
        }
        text += "\n## Beside it, means over seeds\n\n\
                 | case | trained (nats) | untrained (nats) | linear probe, 8 × 8 |\n|---|---|---|---|\n";
        for trained in &self.measures[0].cases {
            let of = |list: &[OfCase]| {
                let of_case = list.iter().find(|other| other.case == trained.case);
                of_case.map(|case| case.over_seeds)
            };
            let probe =
                of(&self.probe_8x8).map_or("-".to_owned(), |p| format!("{:.1} %", 100.0 * p.mean));
            let nats = |m: Option<MeanInterval>| {
                m.map_or("-".to_owned(), |m| size(&m).replace(" nats", ""))
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {probe} |",
                letter(trained.case),
                nats(Some(trained.over_seeds)),
                nats(of(&self.untrained)),
            );
        }
        let _ = writeln!(
            text,
            "\nIntervals are 95 %, over seeds (Student's t), of the mean; differences are paired by seed, and Cohen's d is their \
             mean by their standard deviation. A difference is clear where it exceeds its interval and the difference of the \
             two cases' plug-in bias together. Untrained: the encoder with its initial weights. Same \
             field: image and maps cut to the middle 88 × 88 pixels, which the maps of all cases cover, with nothing resized. \
             Rank correlation of the objective's bounds with mean MI over the cases, mean over seeds (Spearman): {}. Each seed's own tables and summary are in its folder.",
            in_words(&self.correlations)
        );
        text
    }

    fn verdict(&self) -> String {
        let [by_mean, by_max, same_field] = &self.measures;
        let unlike = match self.unlike_the_study.as_slice() {
            [] => String::new(),
            differences => format!(" Unlike the study: {}.", differences.join("; ")),
        };
        format!(
            "**Over {}, by mean MI, {}; by largest MI, {}. By mean MI over the same field instead of with a resized \
             image, {}.{unlike}**",
            count_of(self.seeds.len()),
            by_mean.words(),
            by_max.words(),
            same_field.words()
        )
    }
}

/// `1 seed`, `3 seeds`.
pub fn count_of(seeds: usize) -> String {
    format!("{seeds} seed{}", if seeds == 1 { "" } else { "s" })
}

/// `0.1200 ± 0.0300 nats`.
fn size(interval: &MeanInterval) -> String {
    let half = interval.interval_95.map_or(String::new(), |half| format!(" ± {half:.4}"));
    format!("{:.4}{half} nats", interval.mean)
}

/// The values of each case in the order of the seeds; none of a case that lacks one.
fn by_case(rows: &[SeedCase], value: fn(&SeedCase) -> Option<f64>) -> Vec<OfCase> {
    let of_case = |case: Case| {
        let of_case = rows.iter().filter(|row| row.case == case);
        let values: Vec<f64> = of_case.map(value).collect::<Option<_>>()?;
        let over_seeds = MeanInterval::of(&values);
        (!values.is_empty()).then_some(OfCase { case, values, over_seeds })
    };
    Case::ALL.into_iter().filter_map(of_case).collect()
}

fn as_letter<S: serde::Serializer>(case: &Case, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_char(letter(*case))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(values: &[(Case, &[f64])]) -> Measure {
        let cases = values.iter().map(|&(case, values)| OfCase {
            case,
            values: values.to_vec(),
            over_seeds: MeanInterval::of(values),
        });
        Measure::new("Mean MI", plug_in_bias, 20, cases.collect())
    }

    #[test]
    fn the_study_is_confirmed_only_where_c_is_clearly_ahead_of_every_other() {
        let ahead = measure(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::B, &[0.40, 0.41, 0.42]),
            (Case::C, &[0.70, 0.72, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(ahead.agreement, Agreement::Agrees);
        let words = ahead.words();
        assert!(words.starts_with("case C is ahead of A (0.2067 ± 0.0143 nats), B"), "{words}");

        let without_b = measure(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::C, &[0.70, 0.72, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(without_b.agreement, Agreement::Unclear);
        let words = without_b.words();
        assert!(
            words.contains("ahead of A") && words.contains("not compared with every"),
            "{words}"
        );

        // D is ahead for one seed of three.
        let unclear = measure(&[
            (Case::A, &[0.50, 0.51, 0.52]),
            (Case::C, &[0.70, 0.55, 0.73]),
            (Case::D, &[0.60, 0.61, 0.62]),
        ]);
        assert_eq!(unclear.agreement, Agreement::Unclear);
        assert!(unclear.words().contains("neither confirms nor contradicts"));
        assert_eq!(unclear.differences[1].seeds_ahead, 2);
    }

    #[test]
    fn a_case_that_is_clearly_ahead_of_c_contradicts_the_study() {
        let behind = measure(&[(Case::C, &[0.60, 0.61, 0.62]), (Case::D, &[0.70, 0.72, 0.73])]);
        assert_eq!(behind.agreement, Agreement::DoesNotAgree);
        let words = behind.words();
        assert!(words.contains("behind D (-0.1067") && words.contains("does not agree"), "{words}");
    }

    #[test]
    fn what_the_bias_may_have_made_and_a_single_seed_are_not_clear() {
        // A's smaller maps are favoured by 0.0037 nats over C's.
        let biased = measure(&[(Case::A, &[0.5033; 3]), (Case::C, &[0.5; 3])]);
        assert_eq!(biased.agreement, Agreement::Unclear);
        let more = measure(&[(Case::A, &[0.5043; 3]), (Case::C, &[0.5; 3])]);
        assert_eq!(more.agreement, Agreement::DoesNotAgree);
        assert_eq!(measure(&[(Case::A, &[0.1]), (Case::C, &[0.9])]).agreement, Agreement::Unclear);
        assert_eq!(measure(&[(Case::A, &[0.1])]).agreement, Agreement::NotMeasured);
    }
}
