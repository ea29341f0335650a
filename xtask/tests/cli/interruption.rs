//! Two processes on one run, Ctrl-C, and a killed program.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

#[cfg(unix)]
use crate::common::signal;
use crate::common::{LONG, Scratch, files, losses, wait_for};

#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let before = scratch.tiny_files();
    let lock = File::options().write(true).open(scratch.path("results/tiny/.lock")).unwrap();
    lock.lock().unwrap();
    for command in ["reproduce", "train", "measure", "figures"] {
        scratch.tiny(command, &[]).refused(&["another process", "results/tiny", "--run"]);
    }
    assert!(scratch.tiny_files() == before);
    // Other runs are not locked, and neither is this one once the lock is released.
    scratch.run(&["train", "--config", "tiny.toml", "--run", "other"]).done();
    drop(lock);
    scratch.tiny("train", &[]).done();
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_finished_cases_and_the_same_command_resumes() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case C epoch 2/");
    signal(&child, "INT");
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
    for part in [
        "stopping",
        "interrupted: case C was in epoch",
        "the same command, without --fresh, resumes",
    ] {
        assert!(stderr.contains(part), "no `{part}` in {stderr}");
    }
    let files = scratch.tiny_files();
    assert!(files.contains_key("checkpoints/case-a.safetensors"));
    assert!(!files.contains_key("checkpoints/case-c.safetensors"));

    assert_resumes_with_the_same_results(&scratch, files["checkpoints/case-a.safetensors"].clone());
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_stops_at_once() {
    let scratch = Scratch::new();
    // One batch that takes many seconds.
    let long = ["--batch-size", "12", "--train-images", "12", "--channels", "256,256,256,256"];
    let mut child = wait_for(scratch.tiny_command("train", &long), "train: 1 epochs");
    // `run.toml` is the last file written before the batch.
    while !scratch.path("results/tiny/run.toml").exists() {
        std::thread::sleep(Duration::from_millis(1));
        assert!(child.try_wait().unwrap().is_none(), "the program ended");
    }
    signal(&child, "INT");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("press Ctrl-C again to stop at once"), "{line}");
    signal(&child, "INT");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert_eq!(rest, "", "the program reached a safe point");
    let names: Vec<_> = scratch.tiny_files().into_keys().collect();
    assert_eq!(names, ["config.toml", "run.toml"]);
}

#[test]
fn a_killed_run_leaves_only_complete_files_and_resumes() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case C epoch 2/");
    child.kill().unwrap();
    child.wait().unwrap();

    let found = scratch.tiny_files();
    let visible: Vec<_> =
        found.keys().filter(|name| !name.contains("/.") && !name.starts_with('.')).collect();
    let expected = [
        "checkpoints/case-a.safetensors",
        "checkpoints/case-c.state.safetensors",
        "config.toml",
        "losses/case-a.csv",
        "losses/case-c.csv",
        "run.toml",
    ];
    assert_eq!(visible, expected.iter().collect::<Vec<_>>());
    let mut rows = losses(&found["losses/case-a.csv"]);
    assert_eq!(rows.len(), 61);
    rows.extend(losses(&found["losses/case-c.csv"]));
    assert!(rows.len() >= 64 && rows.iter().all(|row| row.split(',').count() == 8), "{rows:?}");

    // The next run removes the temporary files of a killed writer.
    let leftovers = [".tmp-metrics", "checkpoints/.tmpXyz12", "figures/.tmp-fig"];
    for name in leftovers {
        let path = scratch.path("results/tiny").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "partial").unwrap();
    }
    assert_resumes_with_the_same_results(&scratch, found["checkpoints/case-a.safetensors"].clone());
    let left: Vec<_> =
        scratch.tiny_files().into_keys().filter(|name| name.contains(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Repeats the command until it finishes, and requires the results of an uninterrupted run.
fn assert_resumes_with_the_same_results(scratch: &Scratch, case_a: Vec<u8>) {
    let output = scratch.tiny("reproduce", &LONG).done();
    assert!(output.contains("train-a: up to date"), "{output}");
    assert!(output.contains("train C: resuming after epoch"), "{output}");
    let resumed = scratch.tiny_files();
    assert!(resumed["checkpoints/case-a.safetensors"] == case_a);

    let uninterrupted = Scratch::new();
    uninterrupted.tiny("reproduce", &LONG).done();
    let reference = files(&uninterrupted.path("results/tiny"));
    assert!(resumed.keys().eq(reference.keys()), "{:?}", resumed.keys());
    for name in ["checkpoints/case-a.safetensors", "checkpoints/case-c.safetensors", "mi.parquet"] {
        assert!(resumed[name] == reference[name], "{name} differs");
    }
    assert_eq!(losses(&resumed["metrics.csv"]), losses(&reference["metrics.csv"]));
}

#[test]
fn training_does_not_resume_from_a_state_it_cannot_trust() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case A epoch 2/");
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = scratch.path("results/tiny");
    let state = folder.join("checkpoints/case-a.state.safetensors");
    assert!(state.exists());
    let kept = [fs::read(folder.join("run.toml")).unwrap(), fs::read(&state).unwrap()];

    // Other settings are refused, even for an unfinished training.
    let other = [&LONG[..], &["--seed", "5"]].concat();
    scratch.tiny("train", &other).refused(&["train-a", "seed was 0, is now 5", "--fresh"]);

    // Without the losses of its epochs, training starts over.
    fs::remove_file(folder.join("losses/case-a.csv")).unwrap();
    let output = scratch.tiny("train", &LONG).done();
    assert!(output.contains("train A: starting over"), "{output}");
    assert!(!state.exists(), "the state of a finished case was kept");
    let reference = losses(&fs::read(folder.join("losses/case-a.csv")).unwrap());

    // Without the record, the settings and data of the state are unknown.
    for name in ["run.toml", "losses/case-a.csv", "checkpoints/case-a.safetensors"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    fs::write(&state, &kept[1]).unwrap();
    let output = scratch.tiny("train", &LONG).done();
    assert!(!output.contains("resuming"), "{output}");
    assert_eq!(losses(&fs::read(folder.join("losses/case-a.csv")).unwrap()), reference);

    // A damaged state is an error that suggests `--fresh`.
    for name in ["losses/case-a.csv", "checkpoints/case-a.safetensors"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    fs::write(folder.join("run.toml"), &kept[0]).unwrap();
    fs::write(&state, &kept[1][..kept[1].len() / 2]).unwrap();
    scratch.tiny("train", &LONG).refused(&["case-a.state.safetensors", "--fresh"]);
}
