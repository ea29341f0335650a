//! A run folder holds the results of one configuration. Other inputs are refused, and
//! no file changes.

use std::fs;

use crate::common::{Scratch, write_binaries};

#[test]
fn other_settings_are_refused_by_name_and_no_file_changes() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    for (flags, difference) in [
        (["--seed", "1"], "seed was 0, is now 1"),
        (["--bins", "40"], "bins was 20, is now 40"),
        (["--epochs", "2"], "epochs was 1, is now 2"),
        (["--alpha", "0.25"], "alpha was 0.5, is now 0.25"),
        (["--measure-images", "4"], "measure-images was 8, is now 4"),
        // This would only train more, but the existing measurement is not of these cases.
        (["--cases", "a,c"], "cases was [\"c\"], is now [\"a\", \"c\"]"),
        (["--objective", "dv"], "objective was \"jsd\", is now \"dv\""),
    ] {
        for command in ["reproduce", "train"] {
            scratch.tiny(command, &flags).refused(&[
                difference,
                "--fresh",
                "--run",
                "results/tiny",
            ]);
            assert!(scratch.tiny_files() == before, "{command} {flags:?} changed a file");
        }
    }
}

#[test]
fn other_images_are_refused_and_no_file_changes() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    write_binaries(&scratch.path("datasets/stl10_binary"), 11);
    scratch.tiny("reproduce", &[]).refused(&["data was ", "--fresh"]);
    scratch.tiny("figures", &[]).refused(&["data was "]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn a_case_with_other_settings_is_not_added_to_a_run() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--cases", "a"]).done();
    let before = scratch.tiny_files();
    scratch.tiny("train", &["--cases", "b", "--seed", "1"]).refused(&["`train-a`", "seed was 0"]);
    assert!(scratch.tiny_files() == before);
    // A case with the same settings is added.
    scratch.tiny("train", &["--cases", "b"]).done();
    scratch.tiny("reproduce", &["--cases", "a,b"]).done();
}

#[test]
fn the_order_of_cases_does_not_matter() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--cases", "a,c"]).done();
    let output = scratch.tiny("train", &["--cases", "C,A"]).done();
    assert!(output.contains("nothing to train"), "{output}");
}

#[test]
fn an_output_edited_by_hand_is_refused_or_made_again() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    for name in ["losses/case-c.csv", "checkpoints/case-c.safetensors", "mi.parquet"] {
        let path = scratch.path("results/tiny").join(name);
        let original = fs::read(&path).unwrap();
        let mut edited = original.clone();
        *edited.last_mut().unwrap() ^= 1;
        let index = edited.len() - 5;
        edited[index] ^= 1;
        fs::write(&path, &edited).unwrap();
        scratch.tiny("reproduce", &[]).refused(&[
            name,
            "was changed after it was written",
            "--fresh",
        ]);
        scratch.tiny("figures", &[]).refused(&[name]);
        assert!(fs::read(&path).unwrap() == edited, "{name} was overwritten");
        fs::write(&path, original).unwrap();
    }
    scratch.tiny("reproduce", &[]).done();

    // Outputs that are quick to make are made again.
    for name in ["metrics.csv", "summary.csv", "figures/fig-loss-curves.svg"] {
        let path = scratch.path("results/tiny").join(name);
        let original = fs::read(&path).unwrap();
        fs::write(&path, "edited").unwrap();
        let output = scratch.tiny("reproduce", &[]).done();
        assert!(output.contains(&format!("{name} was changed after it was written")), "{output}");
        assert!(fs::read(&path).unwrap() == original, "{name}");
    }
}

#[test]
fn a_damaged_record_is_refused_without_fresh() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    fs::write(scratch.path("results/tiny/run.toml"), "steps = 3").unwrap();
    scratch.tiny("train", &[]).refused(&["run.toml is damaged", "--fresh"]);
    fs::write(scratch.path("results/tiny/losses/case-c.csv"), "not a table").unwrap();
    scratch.tiny("train", &["--fresh"]).done();
}
