//! The same seed gives the same numbers, and only what is missing is made again.

use std::fs;

use crate::common::{Scratch, changed, losses};

#[test]
fn threads_change_no_number() {
    let scratch = Scratch::new();
    // All cases at their full width: work is shared between threads in many ways.
    let settings = ["--cases", "a,b,c,d", "--channels", "4,8,16,32", "--width", "32"];
    let batch = ["--train-images", "4", "--batch-size", "4"];
    let mut numbers = Vec::new();
    for threads in ["1", "2", "3"] {
        let options = [&settings[..], &batch, &["--fresh", "--threads", threads]].concat();
        let said = scratch.tiny("reproduce", &options).done();
        assert!(said.contains(&format!("with {threads} threads")), "{said}");
        assert!(!said.contains("up to date"), "--fresh skipped a step: {said}");
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
fn another_seed_gives_other_numbers() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let first = scratch.tiny_files();
    scratch.tiny("train", &["--seed", "1", "--fresh"]).done();
    let second = scratch.tiny_files();
    assert_ne!(losses(&first["metrics.csv"]), losses(&second["metrics.csv"]));
    let name = "checkpoints/case-c.safetensors";
    assert_ne!(first[name], second[name]);
}

#[test]
fn a_lost_figure_is_drawn_again_and_nothing_else_is_done() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/figures/fig-loss-curves.svg")).unwrap();
    let said = scratch.tiny("reproduce", &[]).done();
    assert!(said.contains("train C: up to date") && said.contains("measure: up to date"), "{said}");
    assert!(said.contains("9 drawn"), "{said}");
    assert_eq!(changed(&before, &scratch.tiny_files()), ["run.toml"]);
}

#[test]
fn a_lost_checkpoint_is_trained_again_alone_and_comes_out_the_same() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/checkpoints/case-a.safetensors")).unwrap();
    let said = scratch.tiny("reproduce", &["--cases", "c,a"]).done();
    assert!(said.contains("train C: up to date") && said.contains("for case A\n"), "{said}");
    assert!(said.contains("measure: up to date"), "{said}");
    let after = scratch.tiny_files();
    assert_eq!(losses(&before["metrics.csv"]), losses(&after["metrics.csv"]));
    // The clock columns may differ, and with them the figures' record.
    let changed = changed(&before, &after);
    assert!(
        changed.iter().all(|name| ["metrics.csv", "run.toml"].contains(&&**name)),
        "{changed:?}"
    );
}

#[test]
fn lost_metrics_are_trained_again() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/metrics.csv")).unwrap();
    let said = scratch.tiny("reproduce", &[]).done();
    assert!(said.contains("for case C") && said.contains("measure: up to date"), "{said}");
    assert_eq!(losses(&before["metrics.csv"]), losses(&scratch.tiny_files()["metrics.csv"]));
}

#[test]
fn fresh_leaves_nothing_of_the_run_before() {
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
fn figures_of_other_classes_replace_those_before() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let said = scratch.tiny("reproduce", &["--figure-classes", "deer,bird"]).done();
    assert!(said.contains("figure-classes: [\"airplane\", \"horse\"] then"), "{said}");
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
