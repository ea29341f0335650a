use super::*;

/// A table of two maps an image whose mean MI are the given values; the maxima lie `above` them.
fn table(case: Case, means: &[f32], above: f32) -> CaseMi {
    let mut table = CaseMi::new(case, 2);
    table.add(&means.iter().flat_map(|v| [v - above, v + above]).collect::<Vec<_>>());
    table
}

fn summary(mi: &[CaseMi]) -> Summary {
    Summary {
        command: "cargo xtask reproduce".to_owned(),
        data: "test images".to_owned(),
        images: mi[0].images(),
        preset: "smoke".to_owned(),
        iterations: 1,
        train_images: 2,
        seed: 0,
        bins: 20,
        unlike_the_study: Vec::new(),
        cases: mi.iter().map(|table| CaseSummary::new(table, 20)).collect(),
        rankings: [
            Ranking::new("mean MI over the maps", mi, 20, CaseMi::means),
            Ranking::new("largest MI over the maps", mi, 20, CaseMi::maxima),
        ],
        controls: None,
        sensitivity: Sensitivity::new(&[]),
        bounds: ObjectiveBounds::new(&[], mi),
        probe: Probe::new(&[]),
    }
}

#[test]
fn a_case_that_leads_on_every_image_wins_and_agrees_where_it_is_the_studys() {
    let tables = [table(Case::A, &[0.5, 0.7], 0.1), table(Case::C, &[1.0, 1.4], 0.2)];
    let summary = summary(&tables);
    // Differences 0.5 and 0.7: mean 0.6, sd 0.1414, half width 1.96 x 0.1414 / sqrt 2 = 0.196.
    assert_eq!(
        summary.verdict(),
        "**Case C came first by mean MI, 0.6000 ± 0.1960 nats ahead of A; case C came first by largest MI, \
         0.7000 ± 0.1960 nats ahead of A (2 images, one seed). This agrees with the study, which found C first.**"
    );
    let text = summary.markdown();
    assert!(text.contains("By mean MI over the maps: C (1.2000) > A (0.6000)."), "{text}");
    assert!(text.contains("- ahead of A by 0.6000 ± 0.1960 nats per image"), "{text}");
    assert!(text.contains("ahead on 100.0 % of the images"), "{text}");
    assert!(text.contains("| A: smaller latent | 2 of 88×88 | 0.6000 | 0.1414 |"), "{text}");
}

#[test]
fn the_two_measures_may_disagree_and_both_are_told() {
    let tables = [table(Case::C, &[1.0, 1.2], 0.0), table(Case::D, &[0.8, 1.0], 0.9)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.starts_with("**Case C came first by mean MI, 0.2000"), "{verdict}");
    assert!(verdict.contains("case D came first by largest MI, 0.7000"), "{verdict}");
    assert!(verdict.contains("By mean MI this agrees with the study"), "{verdict}");

    let tables = [table(Case::C, &[1.0, 1.2], 0.0), table(Case::D, &[2.0, 2.1], 0.0)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.contains("This does not agree with the study"), "{verdict}");
}

#[test]
fn a_lead_within_its_interval_or_of_one_image_is_not_clear() {
    let tables = [table(Case::B, &[1.0, 2.0, 0.9], 0.0), table(Case::C, &[1.5, 1.4, 0.8], 0.0)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.contains("nats ahead of C (no clear lead)"), "{verdict}");

    let tables = [table(Case::B, &[1.0], 0.0), table(Case::C, &[0.5], 0.0)];
    let one = summary(&tables);
    assert!(one.verdict().contains("0.5000 nats ahead of C (no clear lead)"));
    assert!(one.json().unwrap().contains("\"interval_95\": null"));
    assert!(one.verdict().contains("neither confirms nor contradicts the study"));
}

#[test]
fn a_lead_that_the_bias_may_have_made_decides_nothing() {
    // The plug-in estimate favours A's smaller maps by 0.0037 nats over C's; both lead on every image.
    let verdict = |ahead: f32| {
        let tables =
            [table(Case::A, &[0.5 + ahead, 0.7 + ahead], 0.0), table(Case::C, &[0.5, 0.7], 0.0)];
        summary(&tables).verdict()
    };
    assert!(verdict(0.003).contains("ahead of C (no clear lead)"), "{}", verdict(0.003));
    assert!(verdict(0.003).contains("This neither confirms nor contradicts the study"));
    assert!(verdict(0.005).contains("This does not agree with the study"), "{}", verdict(0.005));
}

#[test]
fn without_a_second_case_or_the_studys_there_is_no_agreement() {
    let alone = summary(&[table(Case::C, &[1.0, 2.0], 0.0)]);
    assert_eq!(alone.verdict(), "**One case only: nothing to compare.**");
    assert!(alone.json().unwrap().contains("\"agrees_with_study\": null"));

    let tables = [table(Case::A, &[1.0, 2.0], 0.0), table(Case::B, &[0.5, 0.7], 0.0)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.ends_with("C, which the study found first, was not measured.**"), "{verdict}");
}

#[test]
fn every_row_of_the_csv_has_a_field_for_each_name() {
    let csv = summary(&[table(Case::A, &[0.5, 0.7], 0.1)]).csv();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    assert_eq!(names.len(), values.len());
    assert_eq!(values[..5], ["a", "88", "2", "2", "0.600000"]);
    // (20 - 1)^2 / (2 x 88^2)
    assert_eq!(values.last(), Some(&"0.023308"));
}

#[test]
fn what_is_unlike_the_study_is_said_with_the_verdict() {
    let tables = [table(Case::A, &[0.5, 0.7], 0.1), table(Case::C, &[1.0, 1.4], 0.2)];
    let unlike_the_study = vec!["other images".to_owned(), "4 training steps, not 3900".to_owned()];
    let verdict = Summary { unlike_the_study, ..summary(&tables) }.verdict();
    assert!(
        verdict.ends_with("Unlike the study: other images; 4 training steps, not 3900.**"),
        "{verdict}"
    );
}
