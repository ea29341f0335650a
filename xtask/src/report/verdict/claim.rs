//! What one claim of the study comes to: over seeds, by seed, and in numbers.

use dim_models::Case;
use serde::{Serialize, Serializer};

use super::STUDY_WINNER;
use super::ranking::{Better, Ranking, Standing};
use crate::maths::statistics::mean;
use crate::report::claims::DECILES;
use crate::tables::claims::{Claim, ClaimRow};

/// The deciles whose shares are written out.
const SHOWN_DECILES: [usize; 4] = [3, 5, 7, 9];

/// One claim and what the seeds say about it.
#[derive(Debug, Serialize)]
pub struct ClaimVerdict {
    pub claim: Claim,
    pub subject: String,
    /// The claim in words.
    pub text: String,
    pub answer: Answer,
    /// For each seed the cases that are first: several if they are level, none if no case leads at
    /// every threshold.
    pub first_by_seed: Vec<Vec<Case>>,
    pub numbers: String,
    /// By the loss, the mean MI, or the mean share over the thresholds.
    pub ranking: Ranking,
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    Unclear,
    /// Case C or every other case was not measured.
    NotCompared,
    OneSeed,
    /// The run differs from the study's.
    NotTheStudy,
    TrainedTooLittle,
}

impl Answer {
    /// In tables.
    pub const fn words(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::Unclear => "unclear",
            Answer::NotCompared => "not compared",
            Answer::OneSeed => "one seed",
            Answer::NotTheStudy => "not the study",
            Answer::TrainedTooLittle => "trained too little",
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.words())
    }
}

/// The verdict of every claim that the rows hold, in the order of the study. `rows` are those of
/// all seeds; `withheld` is the answer where the seeds are not asked.
pub fn of_rows(
    rows: &[ClaimRow],
    bias: &dyn Fn(Case) -> f64,
    withheld: Option<Answer>,
) -> Vec<ClaimVerdict> {
    let mut seeds: Vec<u64> = rows.iter().map(|row| row.seed).collect();
    seeds.dedup();
    let of = |claim| rows.iter().filter(move |row| row.claim == claim);
    let mut subjects: Vec<&str> = Vec::new();
    for row in of(Claim::Image) {
        if !subjects.contains(&row.subject.as_str()) {
            subjects.push(&row.subject);
        }
    }
    let mut verdicts = Vec::new();
    verdicts.extend(loss(&seeds, of(Claim::Loss).collect()));
    for subject in subjects {
        let of_image = of(Claim::Image).filter(|row| row.subject == subject).collect();
        verdicts.extend(image(subject, &seeds, of_image, bias));
    }
    verdicts.extend(largest_mi(&seeds, of(Claim::LargestMi).collect()));
    for verdict in &mut verdicts {
        verdict.answer = withheld.unwrap_or(verdict.answer);
    }
    verdicts
}

/// Claim 1.
fn loss(seeds: &[u64], rows: Vec<&ClaimRow>) -> Option<ClaimVerdict> {
    let subject = rows.first()?.subject.clone();
    let ranking = Ranking::new("Loss", Better::Lower, &by_case(seeds, &rows)?, |_| 0.0);
    let share = |case: Case| -> Option<f64> {
        let of_case = rows.iter().filter(|row| row.case == case);
        let shares: Vec<f64> =
            of_case.map(|row| row.share_of_epochs_lowest).collect::<Option<_>>()?;
        (!shares.is_empty()).then(|| mean(&shares))
    };
    let lowest = share(STUDY_WINNER).map_or(String::new(), |share| {
        format!("; {STUDY_WINNER} is lowest at {:.0} % of the epochs", 100.0 * share)
    });
    Some(ClaimVerdict {
        text: format!("The loss after {subject} is lowest in {STUDY_WINNER}"),
        numbers: means_and_lead(&ranking, "") + &lowest,
        ..of_ranking(Claim::Loss, subject, ranking)
    })
}

/// Claims 2 and 3.
fn image(
    subject: &str,
    seeds: &[u64],
    rows: Vec<&ClaimRow>,
    bias: &dyn Fn(Case) -> f64,
) -> Option<ClaimVerdict> {
    let measure = format!("Mean MI of the maps of {subject}");
    let ranking = Ranking::new(measure, Better::Higher, &by_case(seeds, &rows)?, bias);
    Some(ClaimVerdict {
        text: format!("The mean MI of the maps of {subject} is highest in {STUDY_WINNER}"),
        numbers: means_and_lead(&ranking, " nats"),
        ..of_ranking(Claim::Image, subject.to_owned(), ranking)
    })
}

/// Claim 4: over seeds, the mean share over the thresholds has to be clearly higher, and the share
/// at no threshold lower.
fn largest_mi(seeds: &[u64], rows: Vec<&ClaimRow>) -> Option<ClaimVerdict> {
    let of_decile = |decile: usize| {
        let subject = format!("decile {decile}");
        rows.iter().copied().filter(move |row| row.subject == subject).collect::<Vec<_>>()
    };
    let deciles: Vec<Vec<(Case, Vec<f64>)>> =
        (1..=DECILES).map(|decile| by_case(seeds, &of_decile(decile))).collect::<Option<_>>()?;
    let mean_share = |(position, (case, of_seeds)): (usize, &(Case, Vec<f64>))| {
        let share = |seed: usize| {
            let of_seed: Vec<f64> = deciles.iter().map(|decile| decile[position].1[seed]).collect();
            mean(&of_seed)
        };
        (*case, (0..of_seeds.len()).map(share).collect())
    };
    let shares: Vec<(Case, Vec<f64>)> = deciles[0].iter().enumerate().map(mean_share).collect();
    let measure = "Share of images with their largest MI above a threshold, mean over thresholds";
    let ranking = Ranking::new(measure, Better::Higher, &shares, |_| 0.0);
    let over_seeds = |values: &[f64]| mean(values);
    let first = leads_everywhere(&deciles, over_seeds);
    let standing = match ranking.standing() {
        Standing::First if first != [STUDY_WINNER] => Standing::Unclear,
        Standing::NotFirst
            if !ranking
                .ahead_of_winner()
                .iter()
                .any(|&case| is_ahead_everywhere(&deciles, case, STUDY_WINNER, over_seeds)) =>
        {
            Standing::Unclear
        }
        standing => standing,
    };
    let numbers: Vec<String> = SHOWN_DECILES
        .into_iter()
        .filter_map(|decile| {
            let thresholds: Vec<f64> =
                of_decile(decile).iter().filter_map(|row| row.threshold_nats).collect();
            let mut shares: Vec<(Case, f64)> =
                deciles[decile - 1].iter().map(|(case, v)| (*case, mean(v))).collect();
            shares.sort_by(|a, b| b.1.total_cmp(&a.1));
            let shares: Vec<String> = shares
                .iter()
                .map(|(case, share)| format!("{case} {:.0} %", 100.0 * share))
                .collect();
            let threshold = (!thresholds.is_empty()).then(|| mean(&thresholds))?;
            Some(format!("above {threshold:.4} nats: {}", shares.join(", ")))
        })
        .collect();
    Some(ClaimVerdict {
        text: format!("Over all images, the largest MI is most often high in {STUDY_WINNER}"),
        answer: answer(standing, ranking.seeds()),
        first_by_seed: (0..seeds.len())
            .map(|seed| leads_everywhere(&deciles, |values| values[seed]))
            .collect(),
        numbers: numbers.join("; "),
        ..of_ranking(Claim::LargestMi, "all images".to_owned(), ranking)
    })
}

/// The rows of one subject as a verdict without its words.
fn of_ranking(claim: Claim, subject: String, ranking: Ranking) -> ClaimVerdict {
    ClaimVerdict {
        claim,
        subject,
        text: String::new(),
        answer: answer(ranking.standing(), ranking.seeds()),
        first_by_seed: (0..ranking.seeds()).map(|seed| ranking.first_of_seed(seed)).collect(),
        numbers: String::new(),
        ranking,
    }
}

fn answer(standing: Standing, seeds: usize) -> Answer {
    match standing {
        Standing::NotCompared => Answer::NotCompared,
        _ if seeds < 2 => Answer::OneSeed,
        Standing::First => Answer::Yes,
        Standing::NotFirst => Answer::No,
        Standing::Unclear => Answer::Unclear,
    }
}

/// The cases that no other case exceeds at any threshold.
fn leads_everywhere(
    deciles: &[Vec<(Case, Vec<f64>)>],
    share: impl Fn(&[f64]) -> f64 + Copy,
) -> Vec<Case> {
    let leads = |position: usize| {
        deciles.iter().all(|decile| {
            let own = share(&decile[position].1);
            decile.iter().all(|(_, other)| share(other) <= own)
        })
    };
    let cases = deciles.first().map_or(&[][..], Vec::as_slice).iter().enumerate();
    cases.filter(|(position, _)| leads(*position)).map(|(_, (case, _))| *case).collect()
}

/// Whether a case is at no threshold below another.
fn is_ahead_everywhere(
    deciles: &[Vec<(Case, Vec<f64>)>],
    case: Case,
    other: Case,
    share: impl Fn(&[f64]) -> f64 + Copy,
) -> bool {
    deciles.iter().all(|decile| {
        let of = |case: Case| decile.iter().find(|(c, _)| *c == case).map(|(_, v)| share(v));
        of(case) >= of(other)
    })
}

/// `C 0.8744, D 0.8414, A 0.5749 nats`, and over seeds the lead over the best other case.
fn means_and_lead(ranking: &Ranking, unit: &str) -> String {
    let sorted = ranking.sorted();
    let means: Vec<String> =
        sorted.iter().map(|case| format!("{} {:.4}", case.case, case.mean.mean)).collect();
    let text = means.join(", ") + unit;
    let rival = sorted
        .iter()
        .map(|case| case.case)
        .find(|&case| ranking.differences.iter().any(|difference| difference.less == case));
    let lead = ranking.differences.iter().find(|difference| Some(difference.less) == rival);
    match lead {
        Some(lead) if ranking.seeds() > 1 => {
            format!("{text}; {} − {}: {}", lead.of, lead.less, lead.paired.difference)
        }
        _ => text,
    }
}

/// The values of each case in the order of the seeds. A case that lacks a seed is left out; `None`
/// if no case is left.
fn by_case(seeds: &[u64], rows: &[&ClaimRow]) -> Option<Vec<(Case, Vec<f64>)>> {
    let value = |seed: &u64, case: Case| {
        let row = rows.iter().find(|row| row.seed == *seed && row.case == case)?;
        Some(row.value)
    };
    let of_case = |case: Case| {
        let values = seeds.iter().map(|seed| value(seed, case)).collect::<Option<Vec<f64>>>()?;
        (!values.is_empty()).then_some((case, values))
    };
    let cases: Vec<(Case, Vec<f64>)> = Case::ALL.into_iter().filter_map(of_case).collect();
    (!cases.is_empty()).then_some(cases)
}
