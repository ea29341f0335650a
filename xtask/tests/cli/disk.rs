//! Full and read-only disks, and run folders that are moved during a run.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::{LONG, Outcome, Scratch, changed, files, losses, program, signal, wait_for};

/// File systems in memory, in the mount namespace of a child process. Other processes reach them
/// only through that process, by `/proc/PID/root`. On systems with user namespaces this needs no
/// privileges.
struct Disks {
    process: Child,
    folder: PathBuf,
}

impl Disks {
    /// Runs the shell commands `mounts` in the scratch folder. Prints a message and returns `None`
    /// if the system does not allow that.
    #[expect(clippy::print_stderr, reason = "a skipped test prints the reason")]
    fn new(scratch: &Scratch, mounts: &str) -> Option<Self> {
        let script = format!("cd {:?} && {mounts} && echo ready && exec cat", scratch.path(""));
        let process = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let disks = process.ok().map(|process| {
            let folder = scratch.path("").strip_prefix("/").unwrap().to_owned();
            let folder = Path::new(&format!("/proc/{}/root", process.id())).join(folder);
            Self { process, folder }
        });
        let is_ready = |disks: &mut Self| {
            let mut line = String::new();
            let mut stdout = BufReader::new(disks.process.stdout.take().unwrap());
            stdout.read_line(&mut line).is_ok() && line == "ready\n"
        };
        let mounted = disks.and_then(|mut disks| is_ready(&mut disks).then_some(disks));
        if mounted.is_none() {
            eprintln!("skipped: this system does not let an ordinary user mount a file system");
        }
        mounted
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command with the tiny settings and another folder of results.
fn tiny(scratch: &Scratch, name: &str, results: &Path, arguments: &[&str]) -> Command {
    let mut command = program(&[name, "--config", "tiny.toml", "--run", "tiny"]);
    command.args(arguments).arg("--results").arg(results);
    command.arg("--datasets").arg(scratch.path("datasets"));
    command.current_dir(scratch.path(""));
    command
}

/// Starts a run without existing results and suspends it soon after it prints `marker`.
fn suspend_after(marker: &str, folder: &Path, start: impl Fn() -> Command) -> Child {
    for _ in 0..5 {
        let _ = fs::remove_dir_all(folder);
        let mut child = wait_for(start(), marker);
        signal(&child, "STOP");
        if child.try_wait().unwrap().is_none() {
            return child;
        }
    }
    panic!("the run always ended before it could be suspended after `{marker}`");
}

/// Continues a suspended process until it ends; returns its exit code and its output.
fn finish(mut child: Child) -> (Option<i32>, String) {
    signal(&child, "CONT");
    let mut output = String::new();
    child.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(!output.contains("panicked"), "{output}");
    (child.wait().unwrap().code(), output)
}

/// Requires the files and bytes of an uninterrupted run, except for times.
fn assert_same(found: &BTreeMap<String, Vec<u8>>, reference: &BTreeMap<String, Vec<u8>>) {
    let mut differing = changed(found, reference);
    differing.retain(|name| name != "metrics.csv" && name != "run.toml");
    differing.retain(|name| !name.starts_with("losses/"));
    assert!(differing.is_empty(), "{differing:?}");
    assert!(found.contains_key("run.toml"));
    assert_eq!(losses(&found["metrics.csv"]), losses(&reference["metrics.csv"]));
}

#[test]
fn a_run_too_large_for_its_disk_is_refused_before_it_starts() {
    let scratch = Scratch::new();
    let Some(disks) = Disks::new(&scratch, "mkdir full && mount -t tmpfs -o size=2m none full")
    else {
        return;
    };
    for command in ["train", "reproduce"] {
        let outcome = Outcome::of(tiny(&scratch, command, &disks.path("full"), &[]));
        let output = outcome.refused(&["full/tiny: this run needs up to", "free", "--results"]);
        assert!(files(&disks.path("full")).is_empty());

        // The stated size is enough, and not much too large.
        let (_, rest) = output.split_once("up to ").unwrap();
        let stated: f64 = rest.split_once(" MB").unwrap().0.parse().unwrap();
        scratch.tiny(command, &[]).done();
        let taken = scratch.tiny_files().values().map(Vec::len).sum::<usize>() as f64 / 1e6;
        assert!(taken < stated && stated < taken + 4.0, "{taken} MB of {stated}");
    }
}

#[test]
fn a_fetch_too_large_for_its_disk_is_refused_before_it_starts() {
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
        let parts = ["full/stl10_binary", "the files need 138.2 MB", "free", "--datasets"];
        Outcome::of(fetch).refused(&parts);
        assert!(files(&disks.path("full")).is_empty());
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_run_resumes() {
    let scratch = Scratch::new();
    let Some(disks) = Disks::new(&scratch, "mkdir full && mount -t tmpfs -o size=32m none full")
    else {
        return;
    };
    let results = disks.path("full");
    let start = || tiny(&scratch, "reproduce", &results, &LONG);
    Outcome::of(start()).done();
    let reference = files(&results.join("tiny"));

    // The moment to fill the disk, and the bytes left free: in trainings, in measurements, before
    // figures.
    let markers = [
        ("case A epoch 2/", 0),
        ("case C epoch 20/", 8192),
        ("measure: ", 4096),
        ("probe: ", 0),
        ("probe: ", 131_072),
    ];
    let ballast = results.join("ballast");
    for (marker, left) in markers {
        let child = suspend_after(marker, &results.join("tiny"), start);
        fill(&ballast, left);
        let (code, output) = finish(child);
        assert_eq!(code, Some(1), "{marker}: {output}");
        for part in ["the disk is full", "needs up to", "free", "full/tiny/", "resumes"] {
            assert!(output.contains(part), "{marker}: no `{part}` in {output}");
        }
        let found = files(&results.join("tiny"));
        for (name, bytes) in &found {
            let is_intact = match name.as_str() {
                // The results of the resumed run show whether these are intact.
                "run.toml" | "config.toml" => true,
                name if name.ends_with(".state.safetensors") => true,
                name if name == "metrics.csv" || name.starts_with("losses/") => {
                    let (rows, all) = (losses(bytes), losses(&reference[name]));
                    rows.iter().all(|row| all.contains(row))
                }
                name => reference.get(name) == Some(bytes),
            };
            assert!(is_intact, "{marker}: {name} differs from the uninterrupted run");
        }
        fs::remove_file(&ballast).unwrap();
        Outcome::of(start()).done();
        assert_same(&files(&results.join("tiny")), &reference);
    }
}

/// Fills the disk until only `left` bytes are free.
fn fill(ballast: &Path, left: u64) {
    let mut file = File::create(ballast).unwrap();
    let mut bytes = 0;
    while let Ok(n) = file.write(&[0; 4096]) {
        bytes += n as u64;
    }
    file.set_len(bytes - left).unwrap();
}

#[test]
fn a_read_only_disk_is_an_error_and_verify_still_works() {
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
fn a_moved_run_folder_is_not_created_again_and_resumes_once_moved_back() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &LONG).done();
    let reference = scratch.tiny_files();
    let [folder, away] = ["results/tiny", "results/away"].map(|name| scratch.path(name));
    for marker in ["case A epoch 2/", "measure: ", "probe: "] {
        let start = || scratch.tiny_command("reproduce", &LONG);
        let child = suspend_after(marker, &folder, start);
        fs::rename(&folder, &away).unwrap();
        let (code, output) = finish(child);
        assert_eq!(code, Some(1), "{marker}: {output}");
        assert!(output.contains("results/tiny"), "{marker}: {output}");
        assert!(!folder.exists(), "{marker}: {:?}", files(&folder).keys());
        fs::rename(&away, &folder).unwrap();
        Outcome::of(start()).done();
        assert_same(&scratch.tiny_files(), &reference);
    }
}
