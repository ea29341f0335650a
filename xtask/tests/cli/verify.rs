//! `verify`: every way in which a run folder can be amiss, told by name.

use std::fs::{self, File};
use std::path::PathBuf;

use crate::common::{Outcome, Scratch, files, program};

/// A run with every step done, made once for each test that damages it.
fn done() -> Scratch {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    scratch
}

fn file(scratch: &Scratch, name: &str) -> PathBuf {
    scratch.path("results/tiny").join(name)
}

fn verify(scratch: &Scratch, run: &str) -> Outcome {
    let mut command = program(&["verify", run, "--results"]);
    command.arg(scratch.path("results")).current_dir(scratch.path(""));
    Outcome::of(command)
}

/// Demands these problems, each a line with all of its parts, and no other.
#[track_caller]
fn assert_problems(scratch: &Scratch, run: &str, problems: &[&[&str]]) {
    let before = files(&scratch.path("results"));
    let said = verify(scratch, run).refused(&["error: "]);
    assert!(files(&scratch.path("results")) == before, "verify changed a file");
    let mut lines: Vec<&str> = said.lines().collect();
    let last = lines.pop().unwrap();
    assert!(last.contains(&format!("{} problem", problems.len())), "{said}");
    assert_eq!(lines.len(), problems.len(), "{said}");
    for parts in problems {
        let is_told = |line: &&str| parts.iter().all(|part| line.contains(part));
        assert_eq!(lines.iter().copied().filter(is_told).count(), 1, "{parts:?} in {said}");
    }
}

fn flip_a_bit(path: &PathBuf) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_whole_run_passes_by_name_and_by_path_and_nothing_is_made() {
    let scratch = done();
    fs::remove_file(file(&scratch, ".lock")).unwrap();
    let before = files(&scratch.path("results"));
    let path = scratch.path("results/tiny");
    for run in ["tiny", path.to_str().unwrap()] {
        let said = verify(&scratch, run).done();
        assert!(said.contains("7 steps are as recorded"), "{said}");
    }
    assert!(files(&scratch.path("results")) == before);
    assert!(!file(&scratch, ".lock").exists());
    verify(&scratch, "tinny").refused(&["no run `tinny`", "results"]);
    verify(&scratch, "datasets").refused(&["datasets is no run"]);
}

#[test]
fn a_flipped_bit_is_told_once_and_what_is_said_mends_it() {
    let scratch = done();
    let before = scratch.tiny_files();
    let name = "checkpoints/case-c.safetensors";
    flip_a_bit(&file(&scratch, name));
    let config = file(&scratch, "config.toml");
    let command = format!("cargo xtask reproduce --config {}", config.display());
    let remove = format!("remove {name}, then `{command} --run tiny");
    assert_problems(
        &scratch,
        "tiny",
        &[&[name, "expected MD5", "`train-c`", "found MD5", &remove]],
    );

    fs::remove_file(file(&scratch, name)).unwrap();
    let config = config.to_str().unwrap();
    scratch.run(&["reproduce", "--config", config, "--run", "tiny"]).done();
    verify(&scratch, "tiny").done();
    assert!(scratch.tiny_files()[name] == before[name]);
}

#[test]
fn missing_cut_and_foreign_files_are_told_each() {
    let scratch = done();
    fs::remove_file(file(&scratch, "figures/fig-bins.svg")).unwrap();
    let table = File::options().write(true).open(file(&scratch, "mi.parquet")).unwrap();
    table.set_len(100).unwrap();
    fs::write(file(&scratch, "figures/notes.txt"), "mine").unwrap();
    fs::write(file(&scratch, "checkpoints/.tmp-x"), "half").unwrap();
    fs::write(file(&scratch, "checkpoints/case-c.state.safetensors"), "old").unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[
            &["figures/fig-bins.svg", "`figures`", "found no file", "reproduce"],
            &["mi.parquet", "`measure`", "found MD5", "remove mi.parquet"],
            &["figures/notes.txt", "no step recorded"],
            &["checkpoints/.tmp-x", "killed", "remove it"],
            &["checkpoints/case-c.state.safetensors", "training of case C", "over"],
        ],
    );
    // The next run removes what a killed one left.
    for name in ["mi.parquet", "figures/notes.txt"] {
        fs::remove_file(file(&scratch, name)).unwrap();
    }
    scratch.tiny("reproduce", &[]).done();
    verify(&scratch, "tiny").done();
}

#[test]
fn changed_losses_are_told_by_case_and_cut_ones_by_table() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    let metrics = fs::read_to_string(file(&scratch, "metrics.csv")).unwrap();
    fs::write(file(&scratch, "metrics.csv"), metrics.replace("1,c,", "1,c,1")).unwrap();
    let weights = "remove checkpoints/case-c.safetensors";
    assert_problems(&scratch, "tiny", &[&["metrics.csv#c", "`train-c`", weights]]);
    fs::remove_file(file(&scratch, "checkpoints/case-c.safetensors")).unwrap();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    verify(&scratch, "tiny").done();

    let metrics = fs::read(file(&scratch, "metrics.csv")).unwrap();
    fs::write(file(&scratch, "metrics.csv"), &metrics[..metrics.len() - 20]).unwrap();
    assert_problems(&scratch, "tiny", &[&["metrics.csv", "found MD5", "remove metrics.csv"]]);
    fs::write(file(&scratch, "metrics.csv"), [0xff; 9]).unwrap();
    assert_problems(&scratch, "tiny", &[&["metrics.csv", "cannot be read", "remove metrics.csv"]]);
}

#[test]
fn a_run_that_is_not_done_says_what_is_left_and_how_to_go_on() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    fs::write(file(&scratch, "mi.parquet"), "written, not recorded").unwrap();
    let left = "no measure, sensitivity, bounds, probe, summary, figures;";
    assert_problems(
        &scratch,
        "tiny",
        &[&["run.toml", left, "reproduce --config"], &["mi.parquet", "`measure`", "not done"]],
    );
    scratch.tiny("reproduce", &[]).done();
    verify(&scratch, "tiny").done();
}

#[test]
fn steps_made_from_other_files_or_settings_are_told() {
    let scratch = done();
    scratch.run(&["measure", "--run", "tiny", "--bins", "9", "--fresh"]).done();
    assert_problems(
        &scratch,
        "tiny",
        &[
            &["mi.parquet", "which step `figures` was made from", "reproduce --config"],
            &["controls/untrained.parquet", "`figures`"],
            &["controls/shuffled.parquet", "`figures`"],
            &["controls/itself.parquet", "`figures`"],
            &["controls/same-field.parquet", "`figures`"],
        ],
    );
    scratch.run(&["figures", "--run", "tiny"]).done();
    verify(&scratch, "tiny").done();

    let config = fs::read_to_string(file(&scratch, "config.toml")).unwrap();
    fs::write(file(&scratch, "config.toml"), config.replace("seed = 0", "seed = 1")).unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[&["config.toml", "seed = 0", "found seed = 1", "put seed = 0 back"]],
    );
    fs::remove_file(file(&scratch, "config.toml")).unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[&["config.toml", "then `cargo xtask reproduce --config tiny.toml --run tiny"]],
    );
    fs::write(file(&scratch, "run.toml"), "steps = 3").unwrap();
    assert_problems(&scratch, "tiny", &[&["run.toml", "the record of the run", "--fresh"]]);
}

#[test]
fn a_run_in_progress_is_said_to_be_in_progress() {
    let scratch = done();
    let lock = File::options().write(true).open(file(&scratch, ".lock")).unwrap();
    lock.lock().unwrap();
    verify(&scratch, "tiny").refused(&["in progress", "results/tiny"]);
    drop(lock);
    verify(&scratch, "tiny").done();
}

#[test]
fn the_runs_of_several_seeds_are_checked_with_what_they_say_together() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--seeds", "0..2"]).done();
    let said = verify(&scratch, "tiny").done();
    assert!(said.contains("15 steps are as recorded"), "{said}");

    flip_a_bit(&file(&scratch, "seed-1/mi.parquet"));
    fs::remove_file(file(&scratch, "seeds.csv")).unwrap();
    fs::write(file(&scratch, "seed-7"), "no folder").unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[
            &["seed-1/mi.parquet", "`measure`", "--run seed-1"],
            &["seeds.csv", "`seeds`", "--seeds 0..2"],
            &["seed-7", "no step recorded"],
        ],
    );
    fs::remove_file(file(&scratch, "run.toml")).unwrap();
    let said = verify(&scratch, "tiny").refused(&["run.toml", "no seeds", "--seeds 0..2"]);
    assert!(said.contains("summary.md: "), "{said}");

    fs::remove_file(file(&scratch, "seed-7")).unwrap();
    fs::remove_file(file(&scratch, "seed-1/mi.parquet")).unwrap();
    scratch.tiny("reproduce", &["--seeds", "0..2"]).done();
    verify(&scratch, "tiny").done();
    fs::remove_dir_all(file(&scratch, "seed-0")).unwrap();
    verify(&scratch, "tiny").refused(&["seed-0/mi.parquet: ", "`seeds`", "found no file"]);
}
