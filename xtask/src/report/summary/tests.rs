use super::*;

/// A table of two maps an image whose mean MI are the given values; the maxima are `above` them.
fn table(case: Case, means: &[f32], above: f32) -> CaseMi {
    let mut table = CaseMi::new(case, 2);
    table.add(&means.iter().flat_map(|v| [v - above, v + above]).collect::<Vec<_>>());
    table
}

fn summary(mi: &[CaseMi]) -> Summary {
    Summary {
        data: "test images".to_owned(),
        images: mi[0].images(),
        preset: "smoke".to_owned(),
        epochs: 1,
        train_images: 2,
        seed: 0,
        bins: 20,
        unlike_the_study: Vec::new(),
        cases: mi.iter().map(|table| row(table, 20)).collect(),
        rankings: rankings(mi, 20),
        controls: None,
        sensitivity: Sensitivity::new(&[], &[], &[]),
        bounds: ObjectiveBounds::new(&[], mi),
        probe: Probe::new(&[]),
        images_share_photographs: false,
    }
}

#[test]
fn a_case_that_leads_on_every_image_is_ahead_and_one_seed_decides_nothing() {
    let tables = [table(Case::A, &[0.5, 0.7], 0.1), table(Case::C, &[1.0, 1.4], 0.2)];
    let summary = summary(&tables);
    // Differences 0.5 and 0.7: mean 0.6, sd 0.1414, half width 12.706 x 0.1414 / sqrt 2 = 1.2706.
    assert_eq!(
        summary.verdict(),
        "**Over 2 images, by mean MI, case C is not distinguishable from A (0.6000 ± 1.2706 \
         nats); by largest MI, case C is not distinguishable from A (0.7000 ± 1.2706 nats). One \
         seed neither confirms nor contradicts the study, which found C first.**"
    );
    let text = summary.markdown();
    assert!(text.contains("By mean MI over the maps: C (1.2000) > A (0.6000)."), "{text}");
    assert!(text.contains("- C less A: 0.6000 ± 1.2706 nats per image"), "{text}");
    assert!(text.contains("above 0 for 100.0 % of the images"), "{text}");
    assert!(text.contains("| A: smaller latent | 2 of 88×88 | 0.6000 | 0.1414 |"), "{text}");

    let images = [0.5, 0.6, 0.7, 0.8];
    let more = [table(Case::A, &images, 0.1), table(Case::C, &images.map(|v| v + 0.3), 0.1)];
    let verdict = super::tests::summary(&more).verdict();
    assert!(
        verdict.contains("by mean MI, case C is ahead of A (0.3000 ± 0.0000 nats)"),
        "{verdict}"
    );
}

#[test]
fn the_two_measures_may_disagree_and_both_are_told() {
    let c = table(Case::C, &[1.0, 1.2, 1.1], 0.0);
    let d = table(Case::D, &[0.8, 1.0, 0.9], 0.9);
    let verdict = summary(&[c, d]).verdict();
    assert!(verdict.contains("by mean MI, case C is ahead of D (0.2000"), "{verdict}");
    assert!(verdict.contains("by largest MI, case C is behind D (-0.7000"), "{verdict}");
}

#[test]
fn a_difference_within_its_interval_or_of_one_image_is_not_clear() {
    let tables = [table(Case::B, &[1.0, 2.0, 0.9], 0.0), table(Case::C, &[1.5, 1.4, 0.8], 0.0)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.contains("case C is not distinguishable from B"), "{verdict}");

    let tables = [table(Case::B, &[1.0], 0.0), table(Case::C, &[0.5], 0.0)];
    let one = summary(&tables);
    assert!(one.verdict().contains("not distinguishable from B (-0.5000 nats)"));
    assert!(one.json().unwrap().contains("\"interval_95\": null"));
    assert!(one.verdict().contains("neither confirms nor contradicts the study"));
}

#[test]
fn a_difference_that_the_bias_may_explain_is_not_clear() {
    // The plug-in estimate favours A's smaller maps by 0.0037 nats over C's; both lead on every
    // image.
    let verdict = |ahead: f32| {
        let a = table(Case::A, &[0.5 + ahead, 0.7 + ahead, 0.6 + ahead], 0.0);
        summary(&[a, table(Case::C, &[0.5, 0.7, 0.6], 0.0)]).verdict()
    };
    assert!(verdict(0.003).contains("not distinguishable from A"), "{}", verdict(0.003));
    assert!(verdict(0.005).contains("case C is behind A"), "{}", verdict(0.005));
}

#[test]
fn without_a_second_case_or_the_studys_there_is_no_agreement() {
    let alone = summary(&[table(Case::C, &[1.0, 2.0], 0.0)]);
    assert!(alone.verdict().contains("there is one case only, and nothing to compare"));

    let tables = [table(Case::A, &[1.0, 2.0, 1.5], 0.0), table(Case::B, &[0.5, 0.7, 0.6], 0.0)];
    let verdict = summary(&tables).verdict();
    assert!(verdict.ends_with("this run cannot compare it with another.**"), "{verdict}");
}

#[test]
fn a_row_has_the_statistics_of_its_case() {
    let summary = summary(&[table(Case::A, &[0.5, 0.7], 0.1)]);
    let [row] = summary.rows() else { panic!("{} rows", summary.rows().len()) };
    assert_eq!((row.case, row.latent_side, row.images, row.maps), (Case::A, 88, 2, 2));
    assert_eq!(format!("{:.6}", row.mean_mi_nats), "0.600000");
    // (20 - 1)^2 / (2 x 88^2)
    assert_eq!(format!("{:.6}", row.plug_in_bias_nats), "0.023308");
}

#[test]
fn how_the_run_differs_from_the_study_is_said_with_the_verdict() {
    let tables = [table(Case::A, &[0.5, 0.7], 0.1), table(Case::C, &[1.0, 1.4], 0.2)];
    let unlike_the_study = vec!["other images".to_owned(), "4 training steps".to_owned()];
    let verdict = Summary { unlike_the_study, ..summary(&tables) }.verdict();
    assert!(
        verdict
            .ends_with("This shows the software, not the study: other images; 4 training steps.**"),
        "{verdict}"
    );
}
