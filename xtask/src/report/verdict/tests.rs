use super::*;
use crate::report::verdict::claim::Answer;
use crate::tables::claims::Claim;

/// The rows of one seed for values of A to D.
fn rows(seed: u64, claim: Claim, subject: &str, values: [f64; 4]) -> Vec<ClaimRow> {
    let row = |(case, value)| ClaimRow {
        seed,
        claim,
        subject: subject.to_owned(),
        case,
        threshold_nats: (claim == Claim::LargestMi).then_some(0.5),
        value,
        share_of_epochs_lowest: (claim == Claim::Loss).then_some(0.25),
    };
    Case::ALL.into_iter().zip(values).map(row).collect()
}

/// All claims of a seed. `horse` and `top` are D's MI of the horse and D's share above the highest
/// threshold; C has 0.9 and 0.8.
fn seed(seed: u64, horse: f64, top: f64) -> Vec<ClaimRow> {
    // The seeds scatter by that.
    let e = 0.001 * seed as f64;
    let mut all = rows(seed, Claim::Loss, "epoch 50", [1.0, 1.1 + e, 0.7, 0.8]);
    all.extend(rows(seed, Claim::Image, "airplane (image 7)", [0.5, 0.4 + e, 0.9, 0.7]));
    all.extend(rows(seed, Claim::Image, "horse (image 3)", [0.5, 0.4 + e, 0.9, horse]));
    for decile in 1..=9 {
        let d = if decile == 9 { top } else { 0.6 + e };
        all.extend(rows(seed, Claim::LargestMi, &format!("decile {decile}"), [0.3, 0.2, 0.8, d]));
    }
    all
}

fn verdict(scope: Scope, seeds: &[Vec<ClaimRow>]) -> Verdict {
    let values = Case::ALL.map(|case| (case, vec![0.5; seeds.len()]));
    let by_mean = Ranking::new("Mean MI", Better::Higher, &values, |_| 0.0);
    Verdict::new(scope, &seeds.concat(), &by_mean, Measure { bins: 20, align: Alignment::Resize })
}

fn full_scope() -> Scope {
    Scope::new(Vec::new(), [LocalJsd { case: Case::A, jsd: -0.9 }].into_iter())
}

fn answers(verdict: &Verdict) -> Vec<Answer> {
    verdict.claims.iter().map(|claim| claim.answer).collect()
}

#[test]
fn every_claim_has_an_answer_of_its_own() {
    use Answer::{No, Unclear, Yes};
    let verdict =
        verdict(full_scope(), &[seed(0, 0.95, 0.9), seed(1, 0.951, 0.9), seed(2, 0.949, 0.9)]);
    // The horse: D is ahead of C. Over all images D has more above the highest threshold alone.
    assert_eq!(answers(&verdict), [Yes, Yes, No, Unclear]);
    let text = verdict.markdown();
    for row in [
        "| 1. The loss after epoch 50 is lowest in C | yes | C, C, C | C 0.7000, D 0.8000, A \
         1.0000, B 1.1010; C − D: -0.1000 ± 0.0000; C is lowest at 25 % of the epochs |",
        "| 3. The mean MI of the maps of horse (image 3) is highest in C | no | D, D, D | D 0.9500",
        "| 4. Over all images, the largest MI is most often high in C | unclear | –, –, – | above \
         0.5000 nats: C 80 %, D 60 %, A 30 %, B 20 %; above",
    ] {
        assert!(text.contains(row), "no `{row}` in {text}");
    }
    assert!(text.starts_with("| the study's claim | answer | first, by seed | numbers |\n"));
}

#[test]
fn the_largest_mi_is_most_often_high_if_it_is_so_at_every_threshold() {
    let seeds = [seed(0, 0.8, 0.7), seed(1, 0.8, 0.7)];
    let verdict = verdict(full_scope(), &seeds);
    assert_eq!(answers(&verdict), [Answer::Yes; 4]);
    assert_eq!(verdict.claims[3].first_by_seed, [[Case::C], [Case::C]]);
}

#[test]
fn one_seed_another_study_and_a_training_at_chance_answer_nothing() {
    let one = verdict(full_scope(), &[seed(0, 0.95, 0.7)]);
    assert_eq!(answers(&one), [Answer::OneSeed; 4]);
    let first: Vec<&Vec<Vec<Case>>> = one.claims.iter().map(|claim| &claim.first_by_seed).collect();
    assert_eq!(first, [&[[Case::C]], &[[Case::C]], &[[Case::D]], &[[Case::C]]]);

    let seeds = [seed(0, 0.8, 0.7), seed(1, 0.8, 0.7)];
    let other_images = Scope::new(vec!["other images".to_owned()], std::iter::empty());
    let other = verdict(other_images, &seeds);
    assert_eq!(answers(&other), [Answer::NotTheStudy; 4]);
    assert!(!other.markdown().contains("Unlike the study"));
    let settings = ["channels [2, 2, 2, 3], where preset paper has [4, 8, 16, 32]"; 9];
    let many = Scope::new(settings.map(str::to_owned).to_vec(), std::iter::empty());
    let text = verdict(many, &seeds).markdown();
    // Those that do not fit the sentence are listed below it.
    assert!(text.contains(&format!("\nUnlike the study: {}.\n", settings.join("; "))), "{text}");

    let local = |jsd| [(Case::A, -0.9), (Case::B, jsd)].map(|(case, jsd)| LocalJsd { case, jsd });
    let at_chance = Scope::new(Vec::new(), local(-1.337).into_iter());
    assert_eq!(answers(&verdict(at_chance, &seeds)), [Answer::TrainedTooLittle; 4]);
    let trained = Scope::new(Vec::new(), local(-1.335).into_iter());
    assert_eq!(answers(&verdict(trained, &seeds)), [Answer::Yes; 4]);
}

#[test]
fn equal_values_one_case_or_no_c_give_words() {
    let constant = |claim, subject: &str| {
        [0, 1].into_iter().flat_map(|s| rows(s, claim, subject, [0.0; 4])).collect::<Vec<_>>()
    };
    let mut all = constant(Claim::Loss, "epoch 1");
    all.extend(constant(Claim::Image, "image 0"));
    (1..=9).for_each(|i| all.extend(constant(Claim::LargestMi, &format!("decile {i}"))));
    all.sort_by_key(|row| row.seed);
    let verdict_of = |cases: &[Case]| {
        let rows: Vec<ClaimRow> =
            all.iter().filter(|row| cases.contains(&row.case)).cloned().collect();
        let text = {
            let verdict = verdict(full_scope(), &[rows]);
            verdict.markdown() + &serde_json::to_string(&verdict).unwrap()
        };
        assert!(!text.contains("NaN") && !text.contains(" inf"), "{text}");
        text
    };
    let level = verdict_of(&Case::ALL);
    assert!(level.contains("| unclear | A = B = C = D, A = B = C = D |"), "{level}");
    assert!(verdict_of(&[Case::C]).contains("| not compared | C, C | C 0.0000 nats |"));
    assert!(verdict_of(&[Case::A, Case::B]).contains("| not compared | A = B, A = B |"));
    assert!(verdict(full_scope(), &[]).claims.is_empty());
}
