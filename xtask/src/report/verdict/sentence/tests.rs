use super::*;
use crate::report::verdict::ranking::Better;

fn scope() -> Scope {
    Scope { unlike_the_study: Vec::new(), at_chance: None }
}

fn of(values: &[(Case, &[f64])]) -> String {
    let values: Vec<(Case, Vec<f64>)> = values.iter().map(|(c, v)| (*c, v.to_vec())).collect();
    checked(&scope(), &Ranking::new("Mean MI", Better::Higher, &values, |_| 0.0))
}

/// The sentence, which holds at most 40 words and no number that is not one.
fn checked(scope: &Scope, by_mean: &Ranking) -> String {
    let text = sentence(scope, by_mean);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.len() <= MOST_WORDS, "{} words: {text}", words.len());
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    text
}

const A: (Case, &[f64]) = (Case::A, &[0.50, 0.51, 0.52]);
const B: (Case, &[f64]) = (Case::B, &[0.40, 0.41, 0.42]);
const D: (Case, &[f64]) = (Case::D, &[0.60, 0.61, 0.62]);

#[test]
fn over_seeds_it_names_the_cases_that_can_be_told_apart() {
    assert_eq!(
        of(&[A, B, (Case::C, &[0.70, 0.72, 0.73]), D]),
        "Over 3 seeds, C is ahead of D, A and B by mean MI, as the study found."
    );
    assert_eq!(
        of(&[A, B, (Case::C, &[0.61, 0.60, 0.63]), D]),
        "Over 3 seeds, C and D are ahead of A and B by mean MI; which of C and D is first cannot be \
         told."
    );
    assert_eq!(
        of(&[A, B, (Case::C, &[0.30, 0.31, 0.32]), D]),
        "Over 3 seeds, A, B and D are ahead of C by mean MI; the study found C first."
    );
    assert_eq!(
        of(&[A, (Case::C, &[0.70, 0.72, 0.73])]),
        "Over 3 seeds, C is ahead of A by mean MI; not all of the study's cases were measured."
    );
    assert_eq!(
        of(&Case::ALL.map(|case| (case, &[0.0, 0.0][..]))),
        "Over 2 seeds, A, B, C and D cannot be told apart by mean MI."
    );
    // D scatters too much to be told from B, though C is clearly ahead of B.
    let c = (Case::C, &[0.60, 0.61, 0.62][..]);
    assert_eq!(
        of(&[A, (Case::B, &[0.50, 0.51, 0.51]), c, (Case::D, &[0.50, 0.60, 0.70])]),
        "Over 3 seeds, A and B are behind C, the best by mean MI; which of C and D is first cannot \
         be told."
    );
}

#[test]
fn one_seed_neither_confirms_nor_contradicts() {
    let one: [(Case, &[f64]); 4] =
        [(Case::A, &[0.5749]), (Case::B, &[0.4493]), (Case::C, &[0.8744]), (Case::D, &[0.8414])];
    assert_eq!(
        of(&one),
        "In one training, C is first by mean MI (0.8744 nats), then D (0.8414), A (0.5749) and B \
         (0.4493); one seed neither confirms nor contradicts the study, which found C first."
    );
    assert_eq!(
        of(&Case::ALL.map(|case| (case, &[0.0][..]))),
        "In one training, A, B, C and D are level by mean MI (0.0000 nats); one seed neither \
         confirms nor contradicts the study, which found C first."
    );
}

#[test]
fn without_c_or_another_case_there_is_nothing_to_say() {
    let expected = "The study found case C first; this run cannot compare it with another.";
    assert_eq!(of(&[A, B]), expected);
    assert_eq!(of(&[(Case::C, &[0.5, 0.6])]), expected);
    assert_eq!(of(&[]), expected);
}

#[test]
fn another_study_or_a_training_at_chance_says_nothing_of_the_study() {
    let values = Case::ALL.map(|case| (case, vec![0.5, 0.6]));
    let by_mean = Ranking::new("Mean MI", Better::Higher, &values, |_| 0.0);
    let at_chance = Some(LocalJsd { case: Case::B, jsd: -1.3774 });
    let unlike = |differences: &[&str], at_chance| {
        let unlike_the_study = differences.iter().map(|&d| d.to_owned()).collect();
        checked(&Scope { unlike_the_study, at_chance }, &by_mean)
    };
    assert_eq!(
        unlike(&["other images"], None),
        "This shows the software, not the study: other images."
    );
    assert_eq!(
        unlike(&["other images", "4 training steps, where preset paper has 3900"], at_chance),
        "This shows the software, not the study: other images; 4 training steps, where preset paper \
         has 3900. The local JSD of case B, -1.3774, is near chance (-1.3863)."
    );
    assert_eq!(
        unlike(&[], at_chance),
        "Trained too little to say: the local JSD of case B, -1.3774, is near chance (-1.3863)."
    );
    let many = ["channels [2, 2, 2, 3], where preset paper has [4, 8, 16, 32]"; 9];
    let text = unlike(&many, at_chance);
    assert!(text.contains("; 8 more differences. The local JSD"), "{text}");
    let long = "word ".repeat(50);
    assert!(unlike(&[&long, "other images"], at_chance).contains("2 settings differ."));
}
