//! `train`, `measure` and `figures` as separate commands that share a run folder.

use std::fs;

use crate::common::{Scratch, changed};

#[test]
fn separate_steps_write_what_reproduce_writes() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let trained = scratch.tiny_files();
    assert_eq!(
        trained.keys().collect::<Vec<_>>(),
        ["checkpoints/case-c.safetensors", "config.toml", "losses/case-c.csv", "run.toml"]
    );
    // From here on, the run's own configuration is enough.
    scratch.run(&["measure", "--run", "tiny"]).done();
    let measured = scratch.tiny_files();
    assert_eq!(
        changed(&trained, &measured),
        [
            "blur.csv",
            "bounds.csv",
            "claims.csv",
            "controls/common-field.parquet",
            "controls/other-image.parquet",
            "controls/self-information.parquet",
            "controls/shuffled-pixels.parquet",
            "copies.csv",
            "geometry.csv",
            "joint.csv",
            "leads.csv",
            "metrics.csv",
            "mi.parquet",
            "probe.csv",
            "run.toml",
            "sensitivity.csv",
            "summary.csv",
            "summary.json",
            "summary.md",
            "unseen.csv",
            "untrained.csv"
        ]
    );
    scratch.run(&["figures", "--run", "tiny"]).done();
    let drawn = scratch.tiny_files();
    assert_eq!(drawn.keys().filter(|name| name.starts_with("figures/")).count(), 24);

    let output = scratch.tiny("reproduce", &[]).done();
    assert_eq!(output.matches("up to date").count(), 11, "{output}");
    assert!(scratch.tiny_files() == drawn);
}

#[test]
fn a_step_run_too_early_names_the_step_to_run_first() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    scratch
        .run(&["figures", "--run", "tiny"])
        .refused(&["`measure` is not done", "cargo xtask measure"]);
    fs::remove_file(scratch.path("results/tiny/checkpoints/case-c.safetensors")).unwrap();
    scratch
        .run(&["measure", "--run", "tiny"])
        .refused(&["a file of step `train-c` is missing", "cargo xtask train"]);
    scratch.run(&["measure", "--run", "tiny", "--cases", "a"]).refused(&["`train-a` is not done"]);
}

#[test]
fn an_unknown_run_is_refused_and_the_existing_runs_are_listed() {
    let scratch = Scratch::new();
    scratch.run(&["measure"]).refused(&["--run", "no runs yet", "cargo xtask train"]);
    scratch.tiny("train", &[]).done();
    for command in ["measure", "figures"] {
        scratch.run(&[command]).refused(&["name a run with --run", "tiny"]);
        scratch.run(&[command, "--run", "tinny"]).refused(&["no run `tinny`", "tiny"]);
        scratch.run(&[command, "--run", ".."]).refused(&["invalid run name `..`"]);
    }
    let runs: Vec<_> = fs::read_dir(scratch.path("results")).unwrap().collect();
    assert_eq!(runs.len(), 1, "a refused command created a folder");
}

#[test]
fn measure_and_figures_refuse_settings_other_than_the_trainings() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    for command in ["measure", "figures"] {
        let run =
            |flags: [&str; 2]| scratch.run(&[&[command, "--run", "tiny"][..], &flags].concat());
        run(["--seed", "5"]).refused(&["seed was 0, is now 5", "use the same settings"]);
        run(["--epochs", "9"]).refused(&["epochs was 1, is now 9"]);
        run(["--preset", "paper"]).refused(&["preset"]);
        run(["--source", "sample"]).refused(&["sample"]);
    }
    scratch.run(&["figures", "--run", "tiny", "--bins", "9"]).refused(&["bins was 20, is now 9"]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn a_measurement_is_replaced_only_with_fresh() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    let measure = ["measure", "--run", "tiny", "--bins", "9"];
    scratch.run(&measure).refused(&["bins was 20, is now 9", "--fresh"]);
    assert!(scratch.tiny_files() == before);

    scratch.run(&[&measure[..], &["--fresh"]].concat()).done();
    let after = scratch.tiny_files();
    assert_eq!(before["losses/case-c.csv"], after["losses/case-c.csv"]);
    assert_eq!(before["metrics.csv"], after["metrics.csv"]);
    assert_ne!(before["mi.parquet"], after["mi.parquet"]);
    assert!(String::from_utf8_lossy(&after["config.toml"]).contains("bins = 9"));
    let output = scratch.tiny("reproduce", &["--bins", "9"]).done();
    assert!(output.contains("mi.parquet was "), "the figures still show the old table: {output}");
}
