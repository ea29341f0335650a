//! Two processes, Ctrl-C and kill.

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
    // Other runs are free, and so is this one once the first is done.
    scratch.run(&["train", "--config", "tiny.toml", "--run", "other"]).done();
    drop(lock);
    scratch.tiny("train", &[]).done();
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_finished_cases_and_the_same_command_goes_on() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case C iteration 2/");
    signal(&child, "INT");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    for part in [
        "stopping",
        "interrupted: case C was in iteration",
        "the same command, without --fresh, goes on",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    let files = scratch.tiny_files();
    assert!(files.contains_key("checkpoints/case-a.safetensors"));
    assert!(!files.contains_key("checkpoints/case-c.safetensors"));

    assert_goes_on_as_if_uninterrupted(&scratch, files["checkpoints/case-a.safetensors"].clone());
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_ends_a_process_that_does_not_come_to_a_safe_place() {
    let scratch = Scratch::new();
    // One batch, of many seconds.
    let long = ["--batch-size", "12", "--train-images", "12", "--channels", "256,256,256,256"];
    let mut child = wait_for(scratch.tiny_command("train", &long), "train: 1 iterations");
    // The last that is written before the batch.
    while !scratch.path("results/tiny/run.toml").exists() {
        std::thread::sleep(Duration::from_millis(1));
        assert!(child.try_wait().unwrap().is_none(), "it ended");
    }
    signal(&child, "INT");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("press Ctrl-C again to stop at once"), "{line}");
    signal(&child, "INT");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert_eq!(rest, "", "it came to a safe place");
    let left: Vec<_> = scratch.tiny_files().into_keys().collect();
    assert_eq!(left, ["config.toml", "run.toml"]);
}

#[test]
fn a_killed_run_leaves_only_whole_files_and_goes_on() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case C iteration 2/");
    child.kill().unwrap();
    child.wait().unwrap();

    let found = scratch.tiny_files();
    let visible: Vec<_> =
        found.keys().filter(|name| !name.contains("/.") && !name.starts_with('.')).collect();
    let whole = [
        "checkpoints/case-a.safetensors",
        "checkpoints/case-c.state.safetensors",
        "config.toml",
        "metrics.csv",
        "run.toml",
    ];
    assert_eq!(visible, whole.iter().collect::<Vec<_>>());
    let rows = losses(&found["metrics.csv"]);
    assert!(rows.len() >= 63 && rows.iter().all(|row| row.split(',').count() == 8), "{rows:?}");

    // What a writer that was killed leaves behind, the next one removes.
    let leftovers = [".tmp-metrics", "checkpoints/.tmpXyz12", "figures/.tmp-fig"];
    for name in leftovers {
        let path = scratch.path("results/tiny").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "half").unwrap();
    }
    assert_goes_on_as_if_uninterrupted(&scratch, found["checkpoints/case-a.safetensors"].clone());
    let left: Vec<_> =
        scratch.tiny_files().into_keys().filter(|name| name.contains(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Runs the same command to its end, and in another folder without a break: the same numbers.
fn assert_goes_on_as_if_uninterrupted(scratch: &Scratch, case_a: Vec<u8>) {
    let said = scratch.tiny("reproduce", &LONG).done();
    assert!(said.contains("train A: up to date"), "{said}");
    assert!(said.contains("train C: goes on after iteration"), "{said}");
    let resumed = scratch.tiny_files();
    assert!(resumed["checkpoints/case-a.safetensors"] == case_a);

    let whole = Scratch::new();
    whole.tiny("reproduce", &LONG).done();
    let whole = files(&whole.path("results/tiny"));
    assert!(resumed.keys().eq(whole.keys()), "{:?}", resumed.keys());
    for name in ["checkpoints/case-a.safetensors", "checkpoints/case-c.safetensors", "mi.parquet"] {
        assert!(resumed[name] == whole[name], "{name} differs");
    }
    assert_eq!(losses(&resumed["metrics.csv"]), losses(&whole["metrics.csv"]));
}

/// What of an interrupted training is gone, and whether it goes on.
#[test]
fn a_state_that_cannot_be_trusted_is_not_gone_on_from() {
    let scratch = Scratch::new();
    let mut child = wait_for(scratch.tiny_command("reproduce", &LONG), "case A iteration 2/");
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = scratch.path("results/tiny");
    let state = folder.join("checkpoints/case-a.state.safetensors");
    assert!(state.exists());
    let kept = [fs::read(folder.join("run.toml")).unwrap(), fs::read(&state).unwrap()];

    // Other settings: refused, whatever was done of it.
    let other = [&LONG[..], &["--seed", "5"]].concat();
    scratch.tiny("train", &other).refused(&["train-a", "seed: 0 then, 5 now", "--fresh"]);

    // Rows of its iterations are lost.
    fs::remove_file(folder.join("metrics.csv")).unwrap();
    let said = scratch.tiny("train", &LONG).done();
    assert!(said.contains("train A: begins anew"), "{said}");
    assert!(!state.exists(), "the state of a finished case stays");
    let whole = losses(&fs::read(folder.join("metrics.csv")).unwrap());

    // Nobody knows what it was begun with.
    for name in ["run.toml", "metrics.csv", "checkpoints/case-a.safetensors"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    fs::write(&state, &kept[1]).unwrap();
    let said = scratch.tiny("train", &LONG).done();
    assert!(!said.contains("goes on"), "{said}");
    assert_eq!(losses(&fs::read(folder.join("metrics.csv")).unwrap()), whole);

    // A damaged state is an error that says what to do.
    for name in ["metrics.csv", "checkpoints/case-a.safetensors"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    fs::write(folder.join("run.toml"), &kept[0]).unwrap();
    fs::write(&state, &kept[1][..kept[1].len() / 2]).unwrap();
    scratch.tiny("train", &LONG).refused(&["case-a.state.safetensors", "--fresh"]);
}
