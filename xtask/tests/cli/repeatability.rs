//! The same seed gives the same numbers, and only missing outputs are made again.

use std::fs;

use crate::common::{Scratch, changed, losses};

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let scratch = Scratch::new();
    // All cases with the full number of channels, so work is split between threads in many ways.
    let settings = ["--cases", "a,b,c,d", "--channels", "4,8,16,32", "--hidden-channels", "32"];
    let batch = ["--train-images", "4", "--batch-size", "4"];
    let mut numbers = Vec::new();
    for threads in ["1", "2", "3"] {
        let options = [&settings[..], &batch, &["--fresh", "--threads", threads]].concat();
        let output = scratch.tiny("reproduce", &options).done();
        assert!(output.contains(&format!("with {threads} threads")), "{output}");
        assert!(!output.contains("up to date"), "--fresh skipped a step: {output}");
        let mut files = scratch.tiny_files();
        let losses = losses(&files["metrics.csv"]);
        files.retain(|name, _| name.ends_with(".safetensors") || name == "mi.parquet");
        assert_eq!(files.len(), 5);
        numbers.push((files, losses));
    }
    assert!(numbers[0] == numbers[1], "2 threads differ from 1");
    assert!(numbers[0] == numbers[2], "3 threads differ from 1");
}

#[test]
fn another_seed_gives_different_results() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let first = scratch.tiny_files();
    scratch.tiny("train", &["--seed", "1", "--fresh"]).done();
    let second = scratch.tiny_files();
    assert_ne!(losses(&first["losses/case-c.csv"]), losses(&second["losses/case-c.csv"]));
    let name = "checkpoints/case-c.safetensors";
    assert_ne!(first[name], second[name]);
}

#[test]
fn a_missing_figure_is_drawn_again_and_no_other_output_changes() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/figures/fig-loss-curves.svg")).unwrap();
    let output = scratch.tiny("reproduce", &[]).done();
    assert!(
        output.contains("train-c: up to date") && output.contains("measure: up to date"),
        "{output}"
    );
    assert!(output.contains("drew 12"), "{output}");
    assert_eq!(changed(&before, &scratch.tiny_files()), ["run.toml"]);
}

#[test]
fn a_missing_checkpoint_retrains_only_its_case_with_the_same_losses() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/checkpoints/case-a.safetensors")).unwrap();
    let output = scratch.tiny("reproduce", &["--cases", "c,a"]).done();
    assert!(output.contains("train-c: up to date") && output.contains("for case A\n"), "{output}");
    assert!(output.contains("measure: up to date"), "{output}");
    let after = scratch.tiny_files();
    assert_eq!(losses(&before["metrics.csv"]), losses(&after["metrics.csv"]));
    // The time columns may differ, and so may the figures' record.
    let changed = changed(&before, &after);
    assert!(
        changed
            .iter()
            .all(|name| ["losses/case-a.csv", "metrics.csv", "run.toml"].contains(&&**name)),
        "{changed:?}"
    );
}

#[test]
fn missing_losses_retrain_their_case_with_the_same_losses() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/losses/case-c.csv")).unwrap();
    let output = scratch.tiny("reproduce", &[]).done();
    assert!(output.contains("for case C") && output.contains("measure: up to date"), "{output}");
    let after = scratch.tiny_files();
    for name in ["losses/case-c.csv", "metrics.csv"] {
        assert_eq!(losses(&before[name]), losses(&after[name]));
    }
}

#[test]
fn fresh_removes_the_files_of_the_previous_run() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--cases", "a,c", "--figure-classes", "cat"]).done();
    scratch.tiny("reproduce", &["--figure-classes", "bird", "--fresh"]).done();
    let files = scratch.tiny_files();
    let leftovers: Vec<_> =
        files.keys().filter(|name| name.contains("cat") || name.contains("case-a")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    assert!(files.contains_key("figures/fig-features-bird.png"));
    assert_eq!(losses(&files["metrics.csv"]).len(), 2);
}

#[test]
fn figures_of_other_classes_replace_the_previous_ones() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let output = scratch.tiny("reproduce", &["--figure-classes", "deer,bird"]).done();
    assert!(output.contains("figure-classes was [\"airplane\", \"horse\"], is now"), "{output}");
    let files = scratch.tiny_files();
    let features: Vec<_> = files.keys().filter(|name| name.contains("features")).collect();
    assert_eq!(
        features,
        ["bird.png", "bird.svg", "deer.png", "deer.svg"]
            .map(|n| format!("figures/fig-features-{n}"))
            .iter()
            .collect::<Vec<_>>()
    );
}
