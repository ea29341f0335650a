//! Results of another revision of a step, of settings that did not exist yet, and of interrupted
//! re-runs.

use std::fs;

use crate::common::{LONG, Scratch, losses, wait_for};

/// Edits the record of the tiny run.
fn edit_record(scratch: &Scratch, edit: impl FnOnce(&mut toml::Table)) {
    let path = scratch.path("results/tiny/run.toml");
    let mut record: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    edit(&mut record);
    fs::write(&path, toml::to_string(&record).unwrap()).unwrap();
}

/// The record of a step.
fn step<'a>(record: &'a mut toml::Table, name: &str) -> &'a mut toml::Table {
    record["steps"][name].as_table_mut().unwrap()
}

#[test]
fn a_training_of_another_revision_is_kept_and_reported() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    edit_record(&scratch, |record| {
        step(record, "train-c").insert("revision".to_owned(), 99.into());
    });
    let output = scratch.tiny("reproduce", &[]).done();
    assert!(output.contains("train-c: up to date; trained by revision 99"), "{output}");
    assert!(output.contains("--fresh trains again"), "{output}");
    assert!(output.contains("measure: up to date"), "{output}");
    let name = "checkpoints/case-c.safetensors";
    assert!(scratch.tiny_files()[name] == before[name]);
    for command in ["measure", "figures"] {
        scratch.run(&[command, "--run", "tiny"]).done();
    }
}

#[test]
fn measurements_of_another_revision_are_made_again() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let before = scratch.tiny_files();
    // A table that the other revision wrote and this one does not.
    let old = "controls/old.parquet";
    fs::write(scratch.path("results/tiny").join(old), "old").unwrap();
    edit_record(&scratch, |record| {
        for name in ["measure", "probe"] {
            step(record, name).insert("revision".to_owned(), 99.into());
        }
        let outputs = step(record, "measure")["outputs"].as_table_mut().unwrap();
        outputs.insert(old.to_owned(), "149603e6c03516362a8da23f624db945".into());
    });
    let output = scratch.tiny("reproduce", &[]).done();
    for name in ["measure", "probe"] {
        let message = format!("{name}: running again; made by revision 99");
        assert!(output.contains(&message), "{output}");
    }
    assert!(output.contains("bounds: up to date"), "{output}");
    assert!(!scratch.tiny_files().contains_key(old), "{old} was left");
    assert!(scratch.tiny_files()["mi.parquet"] == before["mi.parquet"]);
    let output = scratch.tiny("reproduce", &[]).done();
    assert_eq!(output.matches("up to date").count(), 11, "{output}");
}

#[test]
fn a_setting_that_did_not_exist_counts_as_its_default() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    edit_record(&scratch, |record| {
        let inputs = step(record, "train-c")["inputs"].as_table_mut().unwrap();
        assert!(inputs.remove("clip-gradient-norm").is_some());
    });
    let output = scratch.tiny("reproduce", &[]).done();
    assert!(output.contains("train-c: up to date"), "{output}");
    scratch.tiny("reproduce", &["--clip-gradient-norm", "1"]).refused(&[
        "`train-c`",
        "clip-gradient-norm was none, is now 1",
        "--fresh",
    ]);
}

#[test]
fn training_a_lost_table_again_can_be_killed_and_resumed() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &LONG).done();
    let before = scratch.tiny_files();
    fs::remove_file(scratch.path("results/tiny/losses/case-a.csv")).unwrap();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case A epoch 2/");
    child.kill().unwrap();
    child.wait().unwrap();

    let output = scratch.tiny("reproduce", &LONG).done();
    assert!(output.contains("train A: resuming after epoch"), "{output}");
    let after = scratch.tiny_files();
    for name in ["checkpoints/case-a.safetensors", "mi.parquet"] {
        assert!(after[name] == before[name], "{name} differs");
    }
    let name = "losses/case-a.csv";
    assert_eq!(losses(&after[name]), losses(&before[name]));
}

#[test]
fn a_folder_of_seeds_does_not_become_a_single_run() {
    let scratch = Scratch::new();
    let seeds = ["--cases", "c", "--epochs", "60", "--seeds", "0..2"];
    let mut child = wait_for(scratch.tiny_command("reproduce", &seeds), "case C epoch 2/");
    child.kill().unwrap();
    child.wait().unwrap();
    scratch.tiny("reproduce", &[]).refused(&["holds the runs of several seeds", "--run seed-N"]);
    scratch.tiny("reproduce", &seeds).done();
}
