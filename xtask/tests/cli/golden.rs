//! The bits that every step of a small run writes, compared with recorded digests.
//!
//! A change of words, comments or layout keeps the bits. If a change alters them, this test fails
//! until the revision of the step is raised and the new digest is recorded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::common::{IMAGES, Scratch, losses};

/// Four cases and two classes to probe, so every kind of step runs.
const SETTINGS: [&str; 10] = [
    // A relative path, since summary and figures show it.
    "--source",
    "golden_X.bin",
    "--cases",
    "a,b,c,d",
    "--measure-images",
    "all",
    "--train-images",
    "6",
    "--figure-classes",
    "airplane",
];

/// The revision of a step, and the digest of everything it writes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Golden {
    revision: i64,
    md5: String,
}

/// Steps by name.
type Steps = BTreeMap<String, Golden>;

fn golden_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden.toml")
}

/// The recorded steps by kernel path and system, because these differ in the last bits.
fn recorded() -> BTreeMap<String, Steps> {
    let text = fs::read_to_string(golden_file()).unwrap_or_default();
    toml::from_str(&text).unwrap()
}

/// Makes the run and returns its steps by name.
fn run_steps() -> Steps {
    let scratch = Scratch::new();
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 2) as u8 + 1).collect();
    let images = scratch.path("datasets/stl10_binary/train_X.bin");
    fs::rename(images, scratch.path("golden_X.bin")).unwrap();
    fs::write(scratch.path("golden_y.bin"), labels).unwrap();
    scratch.tiny("reproduce", &SETTINGS).done();
    let files = scratch.tiny_files();
    let record: toml::Table = std::str::from_utf8(&files["run.toml"]).unwrap().parse().unwrap();
    let golden = |(step, entry): (&String, &toml::Value)| {
        let mut md5 = Md5::new();
        for name in entry["outputs"].as_table().unwrap().keys() {
            md5.update(name);
            // Tables of losses contain times.
            if name.starts_with("losses/") || name == "metrics.csv" {
                md5.update(losses(&files[name]).join("\n"));
            } else {
                md5.update(&files[name]);
            }
        }
        let md5 = md5.finalize().iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        (step.clone(), Golden { revision: entry["revision"].as_integer().unwrap(), md5 })
    };
    record["steps"].as_table().unwrap().iter().map(golden).collect()
}

/// Whether a step reads what another writes.
fn depends_on(step: &str, other: &str) -> bool {
    let is_training = |name: &str| name.starts_with("train-");
    let is_report = |name: &str| ["summary", "figures"].contains(&name);
    !is_training(step) && (is_training(other) || (is_report(step) && !is_report(other)))
}

/// The steps whose bits changed, although those of the steps they depend on and their own revision
/// did not.
fn unrevised(recorded: &Steps, actual: &Steps) -> Vec<String> {
    let is_changed =
        |step: &str| recorded.get(step).map(|of| &of.md5) != actual.get(step).map(|of| &of.md5);
    let revision = |steps: &Steps, step: &str| steps.get(step).map(|of| of.revision);
    let is_unrevised = |step: &&String| {
        let is_caused = actual.keys().any(|other| depends_on(step, other) && is_changed(other));
        is_changed(step) && !is_caused && revision(recorded, step) == revision(actual, step)
    };
    actual.keys().filter(is_unrevised).cloned().collect()
}

#[test]
fn every_step_has_the_recorded_revision_and_bits() {
    // The system's library of mathematical functions decides last bits too.
    let path = format!("{}-{}", dim_models::kernel_path(), std::env::consts::OS);
    let actual = run_steps();
    let mut all = recorded();
    let recorded = all.get(&path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let unrevised = recorded.map_or(Vec::new(), |recorded| unrevised(recorded, &actual));
        assert!(unrevised.is_empty(), "raise `Step::revision` first of: {}", unrevised.join(", "));
        all.insert(path, actual);
        let text = toml::to_string(&all).unwrap();
        let note = "# Written by `UPDATE_GOLDEN=1 cargo test -p xtask golden`.\n";
        fs::write(golden_file(), format!("{note}{text}")).unwrap();
        return;
    }
    let Some(recorded) = recorded else {
        eprintln!("skipped: no digests are recorded for {path}");
        return;
    };
    let problems: Vec<String> = actual
        .iter()
        .filter(|(step, golden)| recorded.get(*step) != Some(golden))
        .map(|(step, golden)| format!("{step}: recorded {:?}, now {golden:?}", recorded.get(step)))
        .collect();
    assert!(
        problems.is_empty() && recorded.len() == actual.len(),
        "steps do not write the recorded bits:\n  {}\n\
         If this is intended: raise `Step::revision` of these steps in xtask/src/run/step.rs (not of \
         steps that only read what changed), run `UPDATE_GOLDEN=1 cargo test -p xtask golden`, and \
         list the change under \"Changed results\" in CHANGELOG.md.",
        problems.join("\n  ")
    );
}

#[test]
fn changed_bits_need_a_new_revision_of_the_first_step_that_changed() {
    let steps = |train: (i64, &str), measure: (i64, &str)| -> Steps {
        let golden = |(revision, md5): (i64, &str)| Golden { revision, md5: md5.to_owned() };
        [("train-a".to_owned(), golden(train)), ("measure".to_owned(), golden(measure))].into()
    };
    let before = steps((1, "a"), (1, "b"));
    assert_eq!(unrevised(&before, &before), [""; 0]);
    assert_eq!(unrevised(&before, &steps((1, "x"), (1, "y"))), ["train-a"]);
    assert_eq!(unrevised(&before, &steps((2, "x"), (1, "y"))), [""; 0]);
    assert_eq!(unrevised(&before, &steps((1, "a"), (1, "y"))), ["measure"]);
    assert_eq!(unrevised(&before, &steps((1, "a"), (2, "y"))), [""; 0]);
}
