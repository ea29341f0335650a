//! `fetch` with what it cannot use. (What it can is tested in `stl-data`, against a hub of its own.)

use std::fs;
use std::path::Path;

use crate::common::{Outcome, Scratch, files};

/// A scratch folder without data.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    scratch
}

#[test]
fn what_cannot_be_fetched_is_refused_and_nothing_is_left() {
    let scratch = scratch();
    fs::write(scratch.path("text.tar.gz"), "no archive").unwrap();
    fs::create_dir(scratch.path("folder")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample/sample.parquet");
    let sample = sample.to_str().unwrap();
    for (arguments, parts) in [
        (vec![], vec!["offline", "HF_HUB_OFFLINE"]),
        (vec!["--splits", "unlabeled"], vec!["no unlabeled split", "archive"]),
        (vec!["--splits", "validation"], vec!["`validation`", "train, test, unlabeled"]),
        (vec!["--splits", ""], vec!["--splits"]),
        (vec!["--archive", "gone.tar.gz"], vec!["gone.tar.gz", "no such file"]),
        (vec!["--archive", "text.tar.gz"], vec!["text.tar.gz", "not a sound .tar.gz"]),
        (vec!["--archive", "folder"], vec!["folder", "directory"]),
        (vec!["--parquet", "gone.parquet"], vec!["gone.parquet", "no such file"]),
        (vec!["--parquet", "text.tar.gz"], vec!["text.tar.gz", "not a readable parquet"]),
        (vec!["--parquet", sample], vec!["image 0 has no label"]),
        (vec!["--parquet", sample, "--splits", "train,test"], vec!["--parquet holds one split"]),
        (vec!["--parquet", "a", "--archive", "b"], vec!["cannot be used with"]),
    ] {
        let said = scratch.run(&[&["fetch"], &arguments[..]].concat()).refused(&parts);
        let found = files(&scratch.path("datasets"));
        assert!(found.is_empty(), "{arguments:?} left {found:?}: {said}");
    }
}

#[test]
fn a_cause_is_said_once() {
    let scratch = scratch();
    fs::write(scratch.path("text.tar.gz"), "no archive").unwrap();
    let said = scratch.run(&["fetch", "--archive", "text.tar.gz"]).refused(&[]);
    assert_eq!(said.matches("gzip header").count(), 1, "{said}");
}

#[test]
fn a_hub_out_of_reach_is_an_error_that_says_what_to_check() {
    let scratch = scratch();
    let mut command = scratch.command(&["fetch"]);
    command.env_remove("HF_HUB_OFFLINE");
    Outcome::of(command).refused(&["http://127.0.0.1:9/", "HF_ENDPOINT", "archive"]);
    assert!(files(&scratch.path("datasets")).is_empty());
}

#[test]
fn a_wrong_file_in_place_is_never_replaced() {
    let scratch = Scratch::new();
    let before = files(&scratch.path("datasets"));
    scratch.run(&["fetch"]).refused(&["train_y.bin", "expected 5000 bytes", "move it away"]);
    assert!(files(&scratch.path("datasets")) == before);
}
