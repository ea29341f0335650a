use dim_models::Alignment;

use super::*;

const MEASURE: Measure = Measure { bins: 20, align: Alignment::Resize };

/// A table of two maps an image whose mean MI are the given values; the maxima are `above` them.
fn table(case: Case, means: &[f32], above: f32) -> CaseMi {
    let mut table = CaseMi::new(case, 2);
    table.add(&means.iter().flat_map(|v| [v - above, v + above]).collect::<Vec<_>>());
    table
}

fn summary(mi: &[CaseMi]) -> Summary {
    let scope = Scope::new(vec!["other images".to_owned()], std::iter::empty());
    Summary {
        data: "test images".to_owned(),
        images: mi[0].images(),
        preset: "smoke".to_owned(),
        epochs: 1,
        train_images: 2,
        seed: 0,
        bins: 20,
        align: Alignment::Resize,
        verdict: Verdict::new(scope, &[], &by_mean(mi, MEASURE), MEASURE),
        cases: mi.iter().map(|table| row(table, MEASURE)).collect(),
        over_images: OverImages::new(mi, &vec![None; mi[0].images()], None, false),
        geometry: Geometry::new(&[], &[]),
        blur: Blur::new(&[]),
        controls: None,
        unseen: Unseen::new(&[]),
        sensitivity: Sensitivity::new(&[], &[], &[]),
        bounds: ObjectiveBounds::new(&[], mi),
        probe: Probe::new(&[]),
    }
}

#[test]
fn it_starts_with_the_claims_then_the_sentence_then_the_results() {
    let tables = [table(Case::A, &[0.5, 0.7], 0.1), table(Case::C, &[1.0, 1.4], 0.2)];
    let text = summary(&tables).markdown();
    let parts = [
        "# test images, preset smoke, seed 0\n\n| the study's claim | answer |",
        "\n\n**This shows the software, not the study: other images.**\n",
        "| A: smaller latent | 2 of 88×88 | 0.6000 | 0.1414 |",
        "## Over the images of this training",
    ];
    let positions: Vec<usize> = parts
        .iter()
        .map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}")))
        .collect();
    assert!(positions.is_sorted(), "{positions:?}: {text}");
    // Differences 0.5 and 0.7: mean 0.6, sd 0.1414, half width 12.706 x 0.1414 / sqrt 2 = 1.2706.
    assert!(text.contains("| A | 0.6000 | 0.6000 ± 1.2706 | 100.0 % |"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("**")).count(), 1);
}

#[test]
fn the_first_case_is_named_in_the_notes_unless_cases_are_level() {
    let a = |value| table(Case::A, &[value; 2], 0.0);
    let c = table(Case::C, &[0.5; 2], 0.0);
    assert!(summary(&[a(0.25), c.clone()]).notes().contains("Case C is first"));
    assert_eq!(summary(&[a(0.5), c.clone()]).notes(), "");
    assert_eq!(summary(&[c]).notes(), "");
}

#[test]
fn one_image_one_case_and_equal_values_give_words() {
    let one_image = summary(&[table(Case::A, &[0.5], 0.0), table(Case::C, &[0.5], 0.0)]);
    let one_case = summary(&[table(Case::C, &[0.0, 0.0], 0.0)]);
    let level = summary(&Case::ALL.map(|case| table(case, &[0.0, 0.0, 0.0], 0.0)));
    assert!(one_case.markdown().contains("There is one case only, and nothing to compare."));
    for summary in [one_image, one_case, level] {
        let text = summary.markdown() + &summary.json().unwrap();
        let has_infinity = text.split_whitespace().any(|word| word.trim_matches('-') == "inf");
        assert!(!text.contains("NaN") && !has_infinity, "{text}");
    }
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
