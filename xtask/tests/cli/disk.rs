//! Disks that are full, or cannot be written, and folders that are moved away.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::{LONG, Outcome, Scratch, changed, files, losses, program, signal, wait_for};

/// File systems in memory that are seen by nobody but who knows the process that holds them: no rights
/// are needed to make them where the system has user namespaces.
struct Disks {
    holder: Child,
    folder: PathBuf,
}

impl Disks {
    /// Runs `mounts` in the scratch folder; `None`, said so, where the system does not allow it.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn new(scratch: &Scratch, mounts: &str) -> Option<Self> {
        let script = format!("cd {:?} && {mounts} && echo ready && exec cat", scratch.path(""));
        let holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let disks = holder.ok().map(|holder| {
            let folder = scratch.path("").strip_prefix("/").unwrap().to_owned();
            let folder = Path::new(&format!("/proc/{}/root", holder.id())).join(folder);
            Self { holder, folder }
        });
        let is_ready = |disks: &mut Self| {
            let mut line = String::new();
            let mut said = BufReader::new(disks.holder.stdout.take().unwrap());
            said.read_line(&mut line).is_ok() && line == "ready\n"
        };
        let mounted = disks.and_then(|mut disks| is_ready(&mut disks).then_some(disks));
        if mounted.is_none() {
            eprintln!("skipped: this system does not let a user mount a file system of his own");
        }
        mounted
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The tiny run, with its results elsewhere.
fn tiny(scratch: &Scratch, name: &str, results: &Path, arguments: &[&str]) -> Command {
    let mut command = program(&[name, "--config", "tiny.toml", "--run", "tiny"]);
    command.args(arguments).arg("--results").arg(results);
    command.arg("--datasets").arg(scratch.path("datasets"));
    command.current_dir(scratch.path(""));
    command
}

/// A run from its start that is stopped soon after it said `sign`, before its end.
fn stop_after(sign: &str, folder: &Path, start: impl Fn() -> Command) -> Child {
    for _ in 0..5 {
        let _ = fs::remove_dir_all(folder);
        let mut child = wait_for(start(), sign);
        signal(&child, "STOP");
        if child.try_wait().unwrap().is_none() {
            return child;
        }
    }
    panic!("it was always at its end before it could be stopped after `{sign}`");
}

/// How a stopped process ends once it goes on; what it said meanwhile.
fn go_on(mut child: Child) -> (Option<i32>, String) {
    signal(&child, "CONT");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (child.wait().unwrap().code(), said)
}

/// Every file is there with the bytes of the run that was left alone; but for clock times.
fn assert_same(found: &BTreeMap<String, Vec<u8>>, whole: &BTreeMap<String, Vec<u8>>) {
    let mut differing = changed(found, whole);
    differing.retain(|name| name != "metrics.csv" && name != "run.toml");
    assert!(differing.is_empty(), "{differing:?}");
    assert!(found.contains_key("run.toml"));
    assert_eq!(losses(&found["metrics.csv"]), losses(&whole["metrics.csv"]));
}

#[test]
fn a_run_that_its_disk_has_no_room_for_is_refused_before_it_begins() {
    let scratch = Scratch::new();
    let Some(disks) = Disks::new(&scratch, "mkdir full && mount -t tmpfs -o size=2m none full")
    else {
        return;
    };
    for command in ["train", "reproduce"] {
        let outcome = Outcome::of(tiny(&scratch, command, &disks.path("full"), &[]));
        let said = outcome.refused(&["full/tiny: this run takes up to", "free", "--results"]);
        assert!(files(&disks.path("full")).is_empty());

        // It is enough, and not far more than that.
        let (_, said) = said.split_once("up to ").unwrap();
        let told: f64 = said.split_once(" MB").unwrap().0.parse().unwrap();
        scratch.tiny(command, &[]).done();
        let taken = scratch.tiny_files().values().map(Vec::len).sum::<usize>() as f64 / 1e6;
        assert!(taken < told && told < taken + 4.0, "{taken} MB of {told}");
    }
}

#[test]
fn a_fetch_that_its_disk_has_no_room_for_is_refused_before_it_begins() {
    let scratch = Scratch::new();
    let Some(disks) = Disks::new(&scratch, "mkdir full && mount -t tmpfs -o size=2m none full")
    else {
        return;
    };
    let archive = scratch.path("stl10_binary.tar.gz");
    fs::write(&archive, "").unwrap();
    for from in [&[][..], &["--archive", archive.to_str().unwrap()]] {
        let mut fetch = program(&["fetch"]);
        fetch.args(from).arg("--datasets").arg(disks.path("full"));
        let parts = ["full/stl10_binary", "the files take 138.2 MB", "free", "--datasets"];
        Outcome::of(fetch).refused(&parts);
        assert!(files(&disks.path("full")).is_empty());
    }
}

#[test]
fn a_disk_that_fills_up_costs_nothing_that_was_done_and_the_run_goes_on() {
    let scratch = Scratch::new();
    let Some(disks) = Disks::new(&scratch, "mkdir full && mount -t tmpfs -o size=32m none full")
    else {
        return;
    };
    let results = disks.path("full");
    let start = || tiny(&scratch, "reproduce", &results, &LONG);
    Outcome::of(start()).done();
    let whole = files(&results.join("tiny"));

    // When, and how many bytes are left then: in trainings, in measurements, before figures.
    let signs = [
        ("case A iteration 2/", 0),
        ("case C iteration 20/", 8192),
        ("measure: ", 4096),
        ("probe: ", 0),
        ("probe: ", 131_072),
    ];
    let ballast = results.join("ballast");
    for (sign, left) in signs {
        let child = stop_after(sign, &results.join("tiny"), start);
        fill(&ballast, left);
        let (code, said) = go_on(child);
        assert_eq!(code, Some(1), "{sign}: {said}");
        for part in ["the disk is full", "takes up to", "free", "full/tiny/", "goes on"] {
            assert!(said.contains(part), "{sign}: no `{part}` in {said}");
        }
        let found = files(&results.join("tiny"));
        for (name, bytes) in &found {
            let is_whole = match name.as_str() {
                // Judged by what comes of them.
                "run.toml" | "config.toml" => true,
                name if name.ends_with(".state.safetensors") => true,
                "metrics.csv" => {
                    let (rows, all) = (losses(bytes), losses(&whole[name]));
                    rows.iter().all(|row| all.contains(row))
                }
                name => whole.get(name) == Some(bytes),
            };
            assert!(is_whole, "{sign}: {name} is not as it should be");
        }
        fs::remove_file(&ballast).unwrap();
        Outcome::of(start()).done();
        assert_same(&files(&results.join("tiny")), &whole);
    }
}

/// Takes all room of the disk but `left` bytes.
fn fill(ballast: &Path, left: u64) {
    let mut file = File::create(ballast).unwrap();
    let mut bytes = 0;
    while let Ok(n) = file.write(&[0; 4096]) {
        bytes += n as u64;
    }
    file.set_len(bytes - left).unwrap();
}

#[test]
fn a_disk_that_cannot_be_written_is_told_and_what_is_on_it_can_be_looked_at() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[]).done();
    let mounts = "mkdir fixed && mount --bind results fixed && mount -o remount,bind,ro fixed";
    let Some(disks) = Disks::new(&scratch, mounts) else { return };
    let before = scratch.tiny_files();
    let results = disks.path("fixed");
    for command in ["reproduce", "train", "measure", "figures"] {
        let outcome = Outcome::of(tiny(&scratch, command, &results, &[]));
        outcome.refused(&["cannot write", "fixed/tiny/.lock", "Read-only"]);
    }
    let other = tiny(&scratch, "train", &results.join("more"), &[]);
    Outcome::of(other).refused(&["cannot make the folder", "fixed/more/tiny", "Read-only"]);
    let mut verify = program(&["verify", "tiny"]);
    verify.arg("--results").arg(&results).current_dir(scratch.path(""));
    Outcome::of(verify).done();
    assert!(scratch.tiny_files() == before);
}

#[test]
fn a_folder_that_is_moved_away_is_not_made_again_and_goes_on_where_it_is() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &LONG).done();
    let whole = scratch.tiny_files();
    let [folder, away] = ["results/tiny", "results/away"].map(|name| scratch.path(name));
    for sign in ["case A iteration 2/", "measure: ", "probe: "] {
        let start = || scratch.tiny_command("reproduce", &LONG);
        let child = stop_after(sign, &folder, start);
        fs::rename(&folder, &away).unwrap();
        let (code, said) = go_on(child);
        assert_eq!(code, Some(1), "{sign}: {said}");
        assert!(said.contains("results/tiny"), "{sign}: {said}");
        assert!(!folder.exists(), "{sign}: {:?}", files(&folder).keys());
        fs::rename(&away, &folder).unwrap();
        Outcome::of(start()).done();
        assert_same(&scratch.tiny_files(), &whole);
    }
}
