//! `verify`: each kind of damage to a run folder is reported by file name.

use std::fs::{self, File};
use std::path::PathBuf;

use crate::common::{Outcome, Scratch, files, program};

/// A run with every step done. Each test makes its own, because it damages the run.
fn finished_run() -> Scratch {
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

/// Requires exactly these problems, each a line with all of its parts.
#[track_caller]
fn assert_problems(scratch: &Scratch, run: &str, problems: &[&[&str]]) {
    let before = files(&scratch.path("results"));
    let output = verify(scratch, run).refused(&["error: "]);
    assert!(files(&scratch.path("results")) == before, "verify changed a file");
    let mut lines: Vec<&str> = output.lines().collect();
    let last = lines.pop().unwrap();
    assert!(last.contains(&format!("{} problem", problems.len())), "{output}");
    assert_eq!(lines.len(), problems.len(), "{output}");
    for parts in problems {
        let has_parts = |line: &&str| parts.iter().all(|part| line.contains(part));
        assert_eq!(lines.iter().copied().filter(has_parts).count(), 1, "{parts:?} in {output}");
    }
}

fn flip_a_bit(path: &PathBuf) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_intact_run_passes_by_name_and_by_path_and_no_file_changes() {
    let scratch = finished_run();
    fs::remove_file(file(&scratch, ".lock")).unwrap();
    let before = files(&scratch.path("results"));
    let path = scratch.path("results/tiny");
    for run in ["tiny", path.to_str().unwrap()] {
        let output = verify(&scratch, run).done();
        assert!(output.contains("11 steps match the record"), "{output}");
    }
    assert!(files(&scratch.path("results")) == before);
    assert!(!file(&scratch, ".lock").exists());
    verify(&scratch, "tinny").refused(&["no run `tinny`", "results"]);
    verify(&scratch, "datasets").refused(&["datasets is not a run folder"]);
}

#[test]
fn a_flipped_bit_is_reported_once_and_the_suggested_fix_works() {
    let scratch = finished_run();
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
fn missing_truncated_and_unknown_files_are_each_reported() {
    let scratch = finished_run();
    fs::remove_file(file(&scratch, "figures/fig-bins.svg")).unwrap();
    let table = File::options().write(true).open(file(&scratch, "mi.parquet")).unwrap();
    table.set_len(100).unwrap();
    fs::write(file(&scratch, "figures/notes.txt"), "mine").unwrap();
    fs::write(file(&scratch, "checkpoints/.tmp-x"), "partial").unwrap();
    fs::write(file(&scratch, "checkpoints/case-c.state.safetensors"), "old").unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[
            &["figures/fig-bins.svg", "`figures`", "found no file", "reproduce"],
            &["mi.parquet", "`measure`", "found MD5", "remove mi.parquet"],
            &["figures/notes.txt", "no step recorded"],
            &["checkpoints/.tmp-x", "killed", "remove it"],
            &["checkpoints/case-c.state.safetensors", "training of case C", "finished"],
        ],
    );
    // The next run removes the files of the killed one.
    for name in ["mi.parquet", "figures/notes.txt"] {
        fs::remove_file(file(&scratch, name)).unwrap();
    }
    scratch.tiny("reproduce", &[]).done();
    verify(&scratch, "tiny").done();
}

#[test]
fn changed_and_truncated_losses_are_reported_by_case() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    let of_c = file(&scratch, "losses/case-c.csv");
    let losses = fs::read_to_string(&of_c).unwrap();
    fs::write(&of_c, losses.replace("1,c,", "1,c,1")).unwrap();
    let remove = "remove losses/case-c.csv";
    assert_problems(&scratch, "tiny", &[&["losses/case-c.csv", "`train-c`", remove]]);
    fs::remove_file(&of_c).unwrap();
    scratch.tiny("reproduce", &["--cases", "a,c"]).done();
    verify(&scratch, "tiny").done();

    let losses = fs::read(&of_c).unwrap();
    fs::write(&of_c, &losses[..losses.len() - 20]).unwrap();
    assert_problems(&scratch, "tiny", &[&["losses/case-c.csv", "found MD5", remove]]);
    fs::write(&of_c, [0xff; 9]).unwrap();
    assert_problems(&scratch, "tiny", &[&["losses/case-c.csv", "found MD5", remove]]);
}

#[test]
fn an_unfinished_run_reports_the_missing_steps_and_how_to_resume() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    fs::write(file(&scratch, "mi.parquet"), "written, not recorded").unwrap();
    let left = "no measure, geometry, blur, untrained, unseen, sensitivity, bounds, probe, summary, \
                figures;";
    assert_problems(
        &scratch,
        "tiny",
        &[&["run.toml", left, "reproduce --config"], &["mi.parquet", "`measure`", "not done"]],
    );
    scratch.tiny("reproduce", &[]).done();
    verify(&scratch, "tiny").done();
}

#[test]
fn steps_made_from_other_files_or_settings_are_reported() {
    let scratch = finished_run();
    scratch.run(&["measure", "--run", "tiny", "--bins", "9", "--fresh"]).done();
    assert_problems(
        &scratch,
        "tiny",
        &[
            &["mi.parquet", "which step `figures` was made from", "reproduce --config"],
            &["geometry.csv", "`figures`"],
            &["blur.csv", "`figures`"],
            &["copies.csv", "`figures`"],
            &["untrained.csv", "`figures`"],
            &["controls/other-image.parquet", "`figures`"],
            &["controls/shuffled-pixels.parquet", "`figures`"],
            &["controls/self-information.parquet", "`figures`"],
            &["controls/common-field.parquet", "`figures`"],
        ],
    );
    scratch.run(&["figures", "--run", "tiny"]).done();
    verify(&scratch, "tiny").done();

    let config = fs::read_to_string(file(&scratch, "config.toml")).unwrap();
    fs::write(file(&scratch, "config.toml"), config.replace("seed = 0", "seed = 1")).unwrap();
    assert_problems(
        &scratch,
        "tiny",
        &[&["config.toml", "seed = 0", "found seed = 1", "set seed = 0 again"]],
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
fn a_run_in_progress_is_reported_as_such() {
    let scratch = finished_run();
    let lock = File::options().write(true).open(file(&scratch, ".lock")).unwrap();
    lock.lock().unwrap();
    verify(&scratch, "tiny").refused(&["in progress", "results/tiny"]);
    drop(lock);
    verify(&scratch, "tiny").done();
}

#[test]
fn a_seeds_folder_is_checked_with_all_its_runs_and_their_comparison() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--seeds", "0..2"]).done();
    let output = verify(&scratch, "tiny").done();
    assert!(output.contains("23 steps match the record"), "{output}");

    flip_a_bit(&file(&scratch, "seed-1/mi.parquet"));
    fs::remove_file(file(&scratch, "seeds.csv")).unwrap();
    fs::write(file(&scratch, "seed-7"), "not a folder").unwrap();
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
    let output = verify(&scratch, "tiny").refused(&["run.toml", "no seeds", "--seeds 0..2"]);
    assert!(output.contains("summary.md: "), "{output}");

    fs::remove_file(file(&scratch, "seed-7")).unwrap();
    fs::remove_file(file(&scratch, "seed-1/mi.parquet")).unwrap();
    scratch.tiny("reproduce", &["--seeds", "0..2"]).done();
    verify(&scratch, "tiny").done();
    fs::remove_dir_all(file(&scratch, "seed-0")).unwrap();
    verify(&scratch, "tiny").refused(&["seed-0/mi.parquet: ", "`seeds`", "found no file"]);
}

#[test]
fn a_seed_whose_record_is_unreadable_is_one_problem() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--seeds", "0..2"]).done();
    fs::write(file(&scratch, "seed-1/run.toml"), "steps = 3").unwrap();
    let expected = ["seed-1/run.toml", "the record of the run", "--fresh"];
    assert_problems(&scratch, "tiny", &[&expected]);
}
