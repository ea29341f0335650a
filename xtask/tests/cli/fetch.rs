//! `fetch` with input it cannot use. (`stl-data` tests valid fetches, against a local hub.)

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
fn a_fetch_that_cannot_work_is_refused_and_leaves_no_file() {
    let scratch = scratch();
    fs::write(scratch.path("text.tar.gz"), "not an archive").unwrap();
    fs::create_dir(scratch.path("folder")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample/sample.parquet");
    let sample = sample.to_str().unwrap();
    for (arguments, parts) in [
        (vec![], vec!["offline", "HF_HUB_OFFLINE"]),
        (vec!["--splits", "unlabeled"], vec!["no unlabeled split", "archive"]),
        (vec!["--splits", "validation"], vec!["`validation`", "train, test, unlabeled"]),
        (vec!["--splits", ""], vec!["--splits"]),
        (vec!["--archive", "gone.tar.gz"], vec!["gone.tar.gz: no such file", "download", "http"]),
        (vec!["--archive", "text.tar.gz"], vec!["text.tar.gz", "not a valid .tar.gz"]),
        (vec!["--archive", "folder"], vec!["folder", "directory"]),
        (vec!["--parquet", "gone.parquet"], vec!["gone.parquet", "no such file"]),
        (vec!["--parquet", "text.tar.gz"], vec!["text.tar.gz", "not a readable parquet"]),
        (vec!["--parquet", sample], vec!["image 0 has no label"]),
        (vec!["--parquet", sample, "--splits", "train,test"], vec!["--parquet has one split"]),
        (vec!["--parquet", "a", "--archive", "b"], vec!["cannot be used with"]),
    ] {
        let output = scratch.run(&[&["fetch"], &arguments[..]].concat()).refused(&parts);
        let found = files(&scratch.path("datasets"));
        assert!(found.is_empty(), "{arguments:?} left {found:?}: {output}");
    }
}

#[test]
fn an_error_states_its_cause_once() {
    let scratch = scratch();
    fs::write(scratch.path("text.tar.gz"), "not an archive").unwrap();
    let output = scratch.run(&["fetch", "--archive", "text.tar.gz"]).refused(&[]);
    assert_eq!(output.matches("gzip header").count(), 1, "{output}");
}

#[test]
fn an_unreachable_hub_is_an_error_that_says_what_to_check() {
    let scratch = scratch();
    let mut command = scratch.command(&["fetch"]);
    command.env_remove("HF_HUB_OFFLINE");
    Outcome::of(command).refused(&["http://127.0.0.1:9/", "HF_ENDPOINT", "archive"]);
    assert!(files(&scratch.path("datasets")).is_empty());
}

/// The hub accepts the connection and never answers, so Ctrl-C arrives while the fetch waits.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_waiting_fetch_and_says_what_is_kept() {
    let scratch = scratch();
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = scratch.command(&["fetch"]);
    command.env_remove("HF_HUB_OFFLINE");
    command.env("HF_ENDPOINT", format!("http://{}", hub.local_addr().unwrap()));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let _connection = hub.accept().unwrap(); // the Ctrl-C handler is installed by now
    let kill = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(kill.unwrap().success());
    let mut output = String::new();
    child.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{output}");
    for part in
        ["interrupted: the files in place are complete", "cache", "the same command resumes"]
    {
        assert!(output.contains(part), "no `{part}` in {output}");
    }
    assert!(!scratch.path("datasets").exists());
}

#[test]
fn fetch_does_not_replace_an_existing_file_that_is_wrong() {
    let scratch = Scratch::new();
    let before = files(&scratch.path("datasets"));
    scratch.run(&["fetch"]).refused(&["train_y.bin", "expected 5000 bytes", "move it away"]);
    assert!(files(&scratch.path("datasets")) == before);
}
