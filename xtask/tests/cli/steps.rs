//! `train`, `measure` and `figures` alone, joined by their files.

use std::fs;

use crate::common::{Scratch, changed};

#[test]
fn the_steps_one_by_one_make_what_reproduce_makes() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let trained = scratch.tiny_files();
    assert_eq!(
        trained.keys().collect::<Vec<_>>(),
        ["checkpoints/case-c.safetensors", "config.toml", "metrics.csv", "run.toml"]
    );
    // The run's own configuration is enough from here on.
    scratch.run(&["measure", "--run", "tiny"]).done();
    let measured = scratch.tiny_files();
    assert_eq!(
        changed(&trained, &measured),
        [
            "bounds.csv",
            "controls/itself.parquet",
            "controls/same-field.parquet",
            "controls/shuffled.parquet",
            "controls/untrained.parquet",
            "mi.parquet",
            "probe.csv",
            "run.toml",
            "sensitivity.csv",
            "summary.csv",
            "summary.json",
            "summary.md"
        ]
    );
    scratch.run(&["figures", "--run", "tiny"]).done();
    let drawn = scratch.tiny_files();
    assert_eq!(drawn.keys().filter(|name| name.starts_with("figures/")).count(), 18);

    let said = scratch.tiny("reproduce", &[]).done();
    assert_eq!(said.matches("up to date").count(), 7, "{said}");
    assert!(scratch.tiny_files() == drawn);
}

#[test]
fn a_step_before_its_turn_says_what_comes_first() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    scratch
        .run(&["figures", "--run", "tiny"])
        .refused(&["`measure` is not done", "cargo xtask measure"]);
    fs::remove_file(scratch.path("results/tiny/checkpoints/case-c.safetensors")).unwrap();
    scratch
        .run(&["measure", "--run", "tiny"])
        .refused(&["`train-c` lacks a file", "cargo xtask train"]);
    scratch.run(&["measure", "--run", "tiny", "--cases", "a"]).refused(&["`train-a` is not done"]);
}

#[test]
fn a_run_that_is_not_there_is_refused_with_those_that_are() {
    let scratch = Scratch::new();
    scratch.run(&["measure"]).refused(&["--run", "none yet", "cargo xtask train"]);
    scratch.tiny("train", &[]).done();
    for command in ["measure", "figures"] {
        scratch.run(&[command]).refused(&["which run?", "--run", "tiny"]);
        scratch.run(&[command, "--run", "tinny"]).refused(&["no run `tinny`", "tiny"]);
        scratch.run(&[command, "--run", ".."]).refused(&["`..` is no name for a run"]);
    }
    let runs: Vec<_> = fs::read_dir(scratch.path("results")).unwrap().collect();
    assert_eq!(runs.len(), 1, "a refused command made a folder");
}

#[test]
fn measuring_and_drawing_take_no_other_settings_than_the_training_had() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    for command in ["measure", "figures"] {
        let run =
            |flags: [&str; 2]| scratch.run(&[&[command, "--run", "tiny"][..], &flags].concat());
        run(["--seed", "5"]).refused(&["seed: 0 then, 5 now", "leave them as they were"]);
        run(["--iterations", "9"]).refused(&["iterations: 1 then, 9 now"]);
        run(["--preset", "paper"]).refused(&["preset"]);
        run(["--source", "sample"]).refused(&["sample"]);
    }
    scratch.run(&["figures", "--run", "tiny", "--bins", "9"]).refused(&["bins: 20 then, 9 now"]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn a_measurement_is_made_anew_only_when_told_to() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    let measure = ["measure", "--run", "tiny", "--bins", "9"];
    scratch.run(&measure).refused(&["bins: 20 then, 9 now", "--fresh"]);
    assert!(scratch.tiny_files() == before);

    scratch.run(&[&measure[..], &["--fresh"]].concat()).done();
    let after = scratch.tiny_files();
    assert_eq!(before["metrics.csv"], after["metrics.csv"]);
    assert_ne!(before["mi.parquet"], after["mi.parquet"]);
    assert!(String::from_utf8_lossy(&after["config.toml"]).contains("bins = 9"));
    let said = scratch.tiny("reproduce", &["--bins", "9"]).done();
    assert!(said.contains("mi.parquet: "), "the figures are of the old table: {said}");
}
