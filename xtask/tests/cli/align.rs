//! `--align crop`: cases A and B compared with the pixels under their maps, in training and in
//! measurement.

use std::fs;

use crate::common::Scratch;

const CROP: [&str; 4] = ["--cases", "a,b", "--align", "crop"];

fn rows(scratch: &Scratch, table: &str) -> Vec<String> {
    let text = fs::read_to_string(scratch.path("results/tiny").join(table)).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_cropped_run_trains_and_measures_what_lies_under_the_maps() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &CROP).done();
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    // The centre of B's maps is compared, as large as the image.
    assert!(summary.contains("| A: smaller latent | 3 of 88×88 |"), "{summary}");
    assert!(summary.contains("| B: larger latent | 3 of 96×96 |"), "{summary}");
    assert!(summary.contains("compared with the pixels under it"), "{summary}");
    assert!(summary.contains("align \"crop\", where preset paper has \"resize\""), "{summary}");
    // A copy in place of a map is then the image itself, for both.
    let information = |case: &str| -> f64 {
        let copies = rows(&scratch, "copies.csv");
        let row = copies.iter().find(|row| row.starts_with(&format!("{case},whole,1,"))).unwrap();
        row.split(',').nth(4).unwrap().parse().unwrap()
    };
    for case in ["a", "b"] {
        assert!(information(case) > 2.0, "case {case}: {} nats", information(case));
    }
    assert!(!rows(&scratch, "copies.csv").iter().any(|row| row.contains("without-border")));
    let again = scratch.tiny("reproduce", &CROP).done();
    assert_eq!(again.matches("up to date").count(), 12, "{again}");
}

#[test]
fn a_training_of_the_other_alignment_is_not_replaced_or_resumed() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--cases", "a"]).done();
    let before = scratch.tiny_files();
    scratch.tiny("reproduce", &["--cases", "a", "--align", "crop"]).refused(&[
        "`train-a`",
        "align was \"resize\", is now \"crop\"",
        "--fresh",
    ]);
    assert!(scratch.tiny_files() == before);
    scratch.tiny("train", &["--align", "squeeze"]).refused(&["--align", "resize, crop"]);
}
