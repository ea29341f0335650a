//! The verdict in one sentence, from the data, of at most [`MOST_WORDS`] words.

use dim_models::Case;

use super::STUDY_WINNER;
use super::ranking::{Ranking, Standing};
use super::scope::{CHANCE_JSD, LocalJsd, Scope};

/// Words of the longest sentence.
pub const MOST_WORDS: usize = 40;

/// What the run or the seeds say about the study. `by_mean` ranks the cases by mean MI over all
/// images and maps.
pub fn sentence(scope: &Scope, by_mean: &Ranking) -> String {
    if !scope.unlike_the_study.is_empty() {
        return not_the_study(&scope.unlike_the_study, scope.at_chance);
    }
    if let Some(LocalJsd { case, jsd }) = scope.at_chance {
        return format!(
            "Trained too little to say: the local JSD of case {case}, {jsd:.4}, is near chance \
             ({CHANCE_JSD:.4})."
        );
    }
    let standing = by_mean.standing();
    match by_mean.seeds() {
        _ if standing == Standing::NotCompared => format!(
            "The study found case {STUDY_WINNER} first; this run cannot compare it with another."
        ),
        0 | 1 => format!(
            "In one training, {}; one seed neither confirms nor contradicts the study, which found \
             {STUDY_WINNER} first.",
            order(by_mean)
        ),
        seeds => format!("Over {seeds} seeds, {}.", over_seeds(by_mean, standing)),
    }
}

fn over_seeds(by_mean: &Ranking, standing: Standing) -> String {
    let leaders = by_mean.leaders();
    let others: Vec<Case> = by_mean
        .sorted()
        .into_iter()
        .map(|case| case.case)
        .filter(|case| !leaders.contains(case))
        .collect();
    match (standing, &leaders[..]) {
        (Standing::First, _) => {
            format!("{STUDY_WINNER} is ahead of {} by mean MI, as the study found", and(&others))
        }
        (Standing::NotFirst, _) => format!(
            "{} ahead of {STUDY_WINNER} by mean MI; the study found {STUDY_WINNER} first",
            are(&by_mean.ahead_of_winner())
        ),
        (_, [first]) => format!(
            "{first} is ahead of {} by mean MI; not all of the study's cases were measured",
            and(&others)
        ),
        _ if others.is_empty() => {
            format!("{} cannot be told apart by mean MI", and(&leaders))
        }
        (_, leaders) => {
            let is_clear = leaders
                .iter()
                .all(|&case| others.iter().all(|&other| by_mean.is_clearly_ahead(case, other)));
            let apart = if is_clear {
                format!("{} ahead of {} by mean MI", are(leaders), and(&others))
            } else {
                format!("{} behind {}, the best by mean MI", are(&others), leaders[0])
            };
            format!("{apart}; which of {} is first cannot be told", and(leaders))
        }
    }
}

/// `C is first by mean MI (0.8744 nats), then D (0.8414), A (0.5749) and B (0.4493)`.
fn order(by_mean: &Ranking) -> String {
    let sorted = by_mean.sorted();
    let Some((first, others)) = sorted.split_first() else { return "no case was measured".into() };
    if others.iter().any(|other| other.mean.mean == first.mean.mean) {
        let level: Vec<Case> = sorted
            .iter()
            .filter(|case| case.mean.mean == first.mean.mean)
            .map(|case| case.case)
            .collect();
        return format!("{} level by mean MI ({:.4} nats)", are(&level), first.mean.mean);
    }
    let others: Vec<String> =
        others.iter().map(|case| format!("{} ({:.4})", case.case, case.mean.mean)).collect();
    format!(
        "{} is first by mean MI ({:.4} nats), then {}",
        first.case,
        first.mean.mean,
        list(&others)
    )
}

/// As many differences as fit.
fn not_the_study(differences: &[String], at_chance: Option<LocalJsd>) -> String {
    let chance = at_chance.map_or(String::new(), |LocalJsd { case, jsd }| {
        format!(" The local JSD of case {case}, {jsd:.4}, is near chance ({CHANCE_JSD:.4}).")
    });
    let sentence = |shown: usize| {
        let mut parts = differences[..shown].to_vec();
        match differences.len() - shown {
            0 => {}
            hidden if shown == 0 => parts.push(format!("{hidden} settings differ")),
            hidden => parts.push(format!("{hidden} more differences")),
        }
        format!("This shows the software, not the study: {}.{chance}", parts.join("; "))
    };
    let fits = |text: &String| text.split_whitespace().count() <= MOST_WORDS;
    (0..=differences.len()).rev().map(sentence).find(fits).unwrap_or_else(|| sentence(0))
}

fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

fn and(cases: &[Case]) -> String {
    list(&cases.iter().map(Case::to_string).collect::<Vec<_>>())
}

/// `C and D are`, `C is`.
fn are(cases: &[Case]) -> String {
    format!("{} {}", and(cases), if cases.len() == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests;
