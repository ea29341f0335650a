use dim_models::Alignment;

use super::*;

fn ranking(values: &[(Case, &[f64])]) -> Ranking {
    with_bias(values, |_| 0.0)
}

fn with_bias(values: &[(Case, &[f64])], bias: impl Fn(Case) -> f64) -> Ranking {
    let values: Vec<(Case, Vec<f64>)> = values.iter().map(|(c, v)| (*c, v.to_vec())).collect();
    Ranking::new("Mean MI", Better::Higher, &values, bias)
}

const A: (Case, &[f64]) = (Case::A, &[0.50, 0.51, 0.52]);
const B: (Case, &[f64]) = (Case::B, &[0.40, 0.41, 0.42]);
const D: (Case, &[f64]) = (Case::D, &[0.60, 0.61, 0.62]);

#[test]
fn c_is_first_only_if_clearly_ahead_of_all_three_others() {
    let c = (Case::C, &[0.70, 0.72, 0.73][..]);
    let all = ranking(&[A, B, c, D]);
    assert_eq!(all.standing(), Standing::First);
    assert_eq!(all.leaders(), [Case::C]);
    let text = all.markdown();
    assert!(text.contains("| A | 0.2067 ± 0.0143 | 3 of 3 |"), "{text}");
    assert!(text.contains("Not distinguishable from the best: C.\n"), "{text}");
    // Without B the claim about all cases is open.
    assert_eq!(ranking(&[A, c, D]).standing(), Standing::Unclear);
}

#[test]
fn the_cases_that_cannot_be_told_from_the_best_are_a_set() {
    // D is ahead for one seed of three.
    let unclear = ranking(&[A, B, (Case::C, &[0.70, 0.55, 0.73]), D]);
    assert_eq!(unclear.standing(), Standing::Unclear);
    // C scatters so much that A cannot be told from it either.
    assert_eq!(unclear.leaders(), [Case::C, Case::D, Case::A]);
    let steady = ranking(&[A, B, (Case::C, &[0.61, 0.60, 0.63]), D]);
    assert_eq!(steady.leaders(), [Case::C, Case::D]);
    assert!(steady.markdown().contains("| D | 0.0033 ± "), "{}", steady.markdown());
    assert!(steady.markdown().contains(" | 2 of 3 |"), "{}", steady.markdown());
}

#[test]
fn another_case_counts_as_ahead_of_c_only_after_the_correction() {
    let c = (Case::C, &[0.60, 0.61, 0.62][..]);
    // Mean 0.0817, sd 0.0275: p = 0.036 alone, times 3 over the level.
    let d = (Case::D, &[0.65, 0.71, 0.715][..]);
    let two = ranking(&[c, d]);
    assert_eq!(two.standing(), Standing::NotFirst);
    assert_eq!(two.leaders(), [Case::D]);
    let four = ranking(&[A, (Case::B, &[0.60, 0.58, 0.64]), c, d]);
    let p = four.differences[2].p_value.unwrap();
    assert!(p < LEVEL && 2.0 * p > LEVEL, "{p}");
    assert_eq!(four.standing(), Standing::Unclear);
    assert!(four.leaders().starts_with(&[Case::D, Case::C]), "{:?}", four.leaders());
}

#[test]
fn a_lower_loss_is_better() {
    let values = [A, B, (Case::C, &[0.10, 0.11, 0.12]), D].map(|(c, v)| (c, v.to_vec()));
    let loss = Ranking::new("Loss", Better::Lower, &values, |_| 0.0);
    assert_eq!(loss.standing(), Standing::First);
    assert_eq!(loss.best().unwrap().case, Case::C);
    assert_eq!(loss.first_of_seed(1), [Case::C]);
    assert_eq!(loss.sorted().last().unwrap().case, Case::D);
}

#[test]
fn what_the_bias_may_explain_is_not_clear() {
    // The plug-in estimate favours A's smaller maps by 0.0037 nats over C's.
    let measure = super::super::Measure { bins: 20, align: Alignment::Resize };
    let bias = |case| measure.plug_in_bias(case);
    let ahead = |a: f64| with_bias(&[(Case::A, &[a; 3]), (Case::C, &[0.5; 3])], bias);
    assert_eq!(ahead(0.5033).standing(), Standing::Unclear);
    assert_eq!(ahead(0.5043).standing(), Standing::NotFirst);
}

#[test]
fn one_seed_one_case_or_none_decide_nothing() {
    let one = ranking(&[(Case::A, &[0.1]), (Case::C, &[0.9])]);
    assert_eq!(one.standing(), Standing::Unclear);
    assert_eq!(one.leaders(), [Case::C, Case::A]);
    assert!(!one.markdown().contains("distinguishable"), "{}", one.markdown());
    assert_eq!(ranking(&[(Case::C, &[0.1])]).standing(), Standing::NotCompared);
    assert_eq!(ranking(&[A, B]).standing(), Standing::NotCompared);
    assert_eq!(ranking(&[A, B]).differences[0].of, Case::A);
    let none = ranking(&[]);
    assert_eq!((none.standing(), none.leaders()), (Standing::NotCompared, Vec::new()));
    assert_eq!(none.seeds(), 0);
}

#[test]
fn equal_values_everywhere_are_level() {
    let level = ranking(&Case::ALL.map(|case| (case, &[0.0, 0.0][..])));
    assert_eq!(level.standing(), Standing::Unclear);
    assert_eq!(level.leaders(), Case::ALL);
    assert_eq!(level.first_of_seed(0), Case::ALL);
    assert_eq!(level.differences[0].p_value_holm, Some(1.0));
}

#[test]
fn effect_sizes_are_shown_from_six_seeds_on() {
    let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    let of = |n: usize| ranking(&[(Case::A, &[0.0; 6][..n]), (Case::C, &values[..n])]);
    assert!(!of(5).markdown().contains("Cohen"));
    assert_eq!(of(5).differences[0].paired.cohens_d, None);
    assert!(of(6).markdown().contains("| 1.87 | 6 of 6 |"));
}
