//! `fetch` with what it cannot use. (What it can is tested in `stl-data`, against a hub of its own.)

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

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
        (vec!["--archive", "gone.tar.gz"], vec!["gone.tar.gz: no such file", "download", "http"]),
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

/// A hub that accepts the connection and says nothing: the fetch waits when Ctrl-C comes.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_waiting_fetch_and_says_what_is_kept() {
    let scratch = scratch();
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = scratch.command(&["fetch"]);
    command.env_remove("HF_HUB_OFFLINE");
    command.env("HF_ENDPOINT", format!("http://{}", hub.local_addr().unwrap()));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let _connection = hub.accept().unwrap(); // by now the handler is installed
    let kill = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(kill.unwrap().success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    for part in ["interrupted: files in place are whole", "cache", "the same command goes on"] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    assert!(!scratch.path("datasets").exists());
}

#[test]
fn a_wrong_file_in_place_is_never_replaced() {
    let scratch = Scratch::new();
    let before = files(&scratch.path("datasets"));
    scratch.run(&["fetch"]).refused(&["train_y.bin", "expected 5000 bytes", "move it away"]);
    assert!(files(&scratch.path("datasets")) == before);
}
