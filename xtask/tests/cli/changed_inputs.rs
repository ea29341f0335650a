//! A run holds the results of one configuration: another is refused and nothing is touched.

use std::fs;

use crate::common::{Scratch, write_binaries};

#[test]
fn other_settings_are_refused_by_name_and_nothing_changes() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    for (flags, difference) in [
        (["--seed", "1"], "seed: 0 then, 1 now"),
        (["--bins", "40"], "bins: 20 then, 40 now"),
        (["--iterations", "2"], "iterations: 1 then, 2 now"),
        (["--alpha", "0.25"], "alpha: 0.5 then, 0.25 now"),
        (["--measure-images", "4"], "measure-images: 8 then, 4 now"),
        // More to train, but the measurement that is there is not of these cases.
        (["--cases", "a,c"], "cases: [\"C\"] then, [\"A\", \"C\"] now"),
        (["--objective", "dv"], "objective: \"jsd\" then, \"dv\" now"),
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
fn other_images_are_refused() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    write_binaries(&scratch.path("datasets/stl10_binary"), 11);
    scratch.tiny("reproduce", &[]).refused(&["data: ", "--fresh"]);
    scratch.tiny("figures", &[]).refused(&["data: "]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn a_case_trained_otherwise_is_not_mixed_in() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--cases", "a"]).done();
    let before = scratch.tiny_files();
    scratch.tiny("train", &["--cases", "b", "--seed", "1"]).refused(&["`train-a`", "seed: 0 then"]);
    assert!(scratch.tiny_files() == before);
    // With the same settings it is.
    scratch.tiny("train", &["--cases", "b"]).done();
    scratch.tiny("reproduce", &["--cases", "a,b"]).done();
}

#[test]
fn the_order_of_cases_makes_no_other_run() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--cases", "a,c"]).done();
    let said = scratch.tiny("train", &["--cases", "C,A"]).done();
    assert!(said.contains("nothing to train"), "{said}");
}

#[test]
fn an_output_edited_by_hand_is_noticed() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    for name in ["metrics.csv", "checkpoints/case-c.safetensors", "mi.parquet"] {
        let path = scratch.path("results/tiny").join(name);
        let sound = fs::read(&path).unwrap();
        let mut edited = sound.clone();
        *edited.last_mut().unwrap() ^= 1;
        let at = edited.len() - 5;
        edited[at] ^= 1;
        fs::write(&path, &edited).unwrap();
        scratch.tiny("reproduce", &[]).refused(&[
            name,
            "was changed after it was written",
            "--fresh",
        ]);
        scratch.tiny("figures", &[]).refused(&[name]);
        assert!(fs::read(&path).unwrap() == edited, "{name} was written over");
        fs::write(&path, sound).unwrap();
    }
    scratch.tiny("reproduce", &[]).done();

    // What takes no time is made again.
    for name in ["summary.csv", "figures/fig-loss-curves.svg"] {
        let path = scratch.path("results/tiny").join(name);
        let sound = fs::read(&path).unwrap();
        fs::write(&path, "edited").unwrap();
        let said = scratch.tiny("reproduce", &[]).done();
        assert!(said.contains(&format!("{name} was changed after it was written")), "{said}");
        assert!(fs::read(&path).unwrap() == sound, "{name}");
    }
}

#[test]
fn a_damaged_record_is_refused_and_fresh_gets_past_it() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    fs::write(scratch.path("results/tiny/run.toml"), "steps = 3").unwrap();
    scratch.tiny("train", &[]).refused(&["run.toml is damaged", "--fresh"]);
    fs::write(scratch.path("results/tiny/metrics.csv"), "no table").unwrap();
    scratch.tiny("train", &["--fresh"]).done();
}
