//! The bits that every step of a small run writes, compared with recorded digests.
//!
//! A change of words, comments or layout keeps the bits. If a change alters them, this test fails
//! until the revision of the step is raised and the new digest is recorded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use md5::{Digest, Md5};

use crate::common::{IMAGES, Scratch, losses};

/// Four cases and two classes to probe, so every kind of step runs.
const SETTINGS: [&str; 8] = [
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
#[derive(Debug, PartialEq)]
struct Golden {
    revision: i64,
    md5: String,
}

fn golden_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden.toml")
}

/// The recorded steps by kernel path, because instruction sets differ in the last bits.
fn recorded() -> toml::Table {
    let text = fs::read_to_string(golden_file()).unwrap_or_default();
    text.parse().unwrap()
}

/// Makes the run and returns its steps by name.
fn run_steps() -> BTreeMap<String, Golden> {
    let scratch = Scratch::new();
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 2) as u8 + 1).collect();
    fs::write(scratch.path("datasets/stl10_binary/train_y.bin"), labels).unwrap();
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
            } else if name.starts_with("summary.") || name.starts_with("figures/") {
                // These contain the path of the images, which is temporary here.
                let text = String::from_utf8_lossy(&files[name]).into_owned();
                let folder = scratch.path("datasets").display().to_string();
                md5.update(text.replace(&folder, "datasets"));
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

#[test]
fn every_step_has_the_recorded_revision_and_bits() {
    let path = dim_models::kernel_path();
    let actual = run_steps();
    let mut all = recorded();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let steps = actual.iter().map(|(step, golden)| {
            let mut table = toml::Table::new();
            table.insert("revision".to_owned(), golden.revision.into());
            table.insert("md5".to_owned(), golden.md5.clone().into());
            (step.clone(), toml::Value::Table(table))
        });
        all.insert(path.to_owned(), toml::Value::Table(steps.collect()));
        let text = toml::to_string(&all).unwrap();
        let note = "# Written by `UPDATE_GOLDEN=1 cargo test -p xtask golden`, by kernel path.\n";
        fs::write(golden_file(), format!("{note}{text}")).unwrap();
        return;
    }
    let Some(recorded) = all.get(path).and_then(toml::Value::as_table) else {
        eprintln!("skipped: no digests are recorded for the {path} kernels");
        return;
    };
    let mut problems = Vec::new();
    for (step, actual) in &actual {
        let recorded = recorded.get(step).map(|entry| Golden {
            revision: entry["revision"].as_integer().unwrap(),
            md5: entry["md5"].as_str().unwrap().to_owned(),
        });
        if recorded.as_ref() != Some(actual) {
            problems.push(format!("{step}: recorded {recorded:?}, now {actual:?}"));
        }
    }
    assert!(
        problems.is_empty() && recorded.len() == actual.len(),
        "steps do not write the recorded bits:\n  {}\n\
         If this is intended: raise `Step::revision` of these steps in xtask/src/run/step.rs, run \
         `UPDATE_GOLDEN=1 cargo test -p xtask golden`, and list the change under \
         \"Changed results\" in CHANGELOG.md.",
        problems.join("\n  ")
    );
}
