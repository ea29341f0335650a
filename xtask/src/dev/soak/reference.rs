//! The run that was not killed, and comparisons of others with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::record;
use crate::run::folder::{LOCK, LOSSES, METRICS, RECORD};
use crate::run::record::{Record, StepRecord};
use crate::support::files;

/// Columns of tables of losses that hold times.
const CLOCK: [&str; 2] = ["seconds", "images_per_s"];

/// A run that was not killed.
pub struct Reference {
    /// Contents of every file except the record; tables of losses without their times.
    files: BTreeMap<String, Vec<u8>>,
    record: Record,
    /// From start to end.
    pub elapsed: Duration,
}

impl Reference {
    pub fn read(folder: &Path, elapsed: Duration) -> Result<Self> {
        Ok(Self { files: contents(folder)?, record: record(folder)?, elapsed })
    }

    /// How long a step took.
    pub fn seconds(&self, step: &str) -> Option<f64> {
        self.record.steps.get(&step.parse().ok()?).map(|record| record.seconds)
    }

    /// Number of files that are compared.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// An error unless every file of an unfinished run equals the reference's. Tables of losses may
    /// have fewer rows.
    pub fn check_part(&self, folder: &Path) -> Result<()> {
        for (name, found) in contents(folder)? {
            let Some(expected) = self.files.get(&name) else {
                ensure!(name.ends_with(".state.safetensors"), "{name} is not a file of this run");
                continue;
            };
            let is_same = if has_clock(&name) {
                let rows: Vec<_> = expected.split(|&b| b == b'\n').collect();
                found.split(|&b| b == b'\n').all(|row| rows.contains(&row))
            } else {
                found == *expected
            };
            ensure!(is_same, "{name} differs from that of a run that is not killed");
        }
        Ok(())
    }

    /// An error unless a finished run has exactly the files of the reference, byte for byte, and
    /// the same record except for times and digests of tables with times.
    pub fn check_whole(&self, folder: &Path) -> Result<()> {
        let found = contents(folder)?;
        for name in self.files.keys().chain(found.keys()) {
            if self.files.get(name) != found.get(name) {
                bail!("{name} differs from that of the run that was not killed");
            }
        }
        let record = record(folder)?;
        let timeless = |record: &Record| -> BTreeMap<String, _> {
            record.steps.iter().map(|(step, record)| (step.to_string(), timeless(record))).collect()
        };
        ensure!(
            timeless(&record) == timeless(&self.record) && record.started.is_empty(),
            "{RECORD} differs from that of the run that was not killed"
        );
        Ok(())
    }
}

/// Inputs and outputs without the tables that hold times.
fn timeless(step: &StepRecord) -> [BTreeMap<String, String>; 2] {
    [&step.inputs, &step.outputs].map(|digests| {
        let is_timeless = |name: &String| !has_clock(name);
        let kept = digests.iter().filter(|(name, _)| is_timeless(name));
        kept.map(|(name, digest)| (name.clone(), digest.clone())).collect()
    })
}

/// Every visible file except the record.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found)?;
    found.remove(RECORD);
    for (name, table) in found.iter_mut().filter(|(name, _)| has_clock(name)) {
        *table = without_clock(table).with_context(|| format!("{name} is incomplete"))?;
    }
    Ok(found)
}

/// Whether a file is a table of losses, which has columns of times.
fn has_clock(name: &str) -> bool {
    name == METRICS || name.strip_prefix(LOSSES).is_some_and(|rest| rest.starts_with('/'))
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let failed = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let base = entry.file_name().to_string_lossy().into_owned();
        let name = format!("{prefix}{base}");
        if entry.file_type().with_context(failed)?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), found)?;
        } else if base != LOCK && !files::is_unfinished(&base) {
            found.insert(name, fs::read(entry.path()).with_context(failed)?);
        }
    }
    Ok(())
}

/// The table without the columns of [`CLOCK`]; `None` if a row lacks a column.
fn without_clock(table: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(table).ok()?;
    let header: Vec<&str> = text.lines().next()?.split(',').collect();
    let mut kept = String::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != header.len() {
            return None;
        }
        let columns = header.iter().zip(&fields).filter(|(column, _)| !CLOCK.contains(column));
        kept += &columns.map(|(_, field)| *field).collect::<Vec<_>>().join(",");
        kept.push('\n');
    }
    text.ends_with('\n').then(|| kept.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dropped_and_a_truncated_table_is_found() {
        let table = b"epoch,seconds,total,images_per_s\n1,0.5,2.25,8\n";
        assert_eq!(without_clock(table).unwrap(), b"epoch,total\n1,2.25\n");
        for end in ["epoch,".len(), table.len() - 3, table.len() - 1] {
            assert_eq!(without_clock(&table[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn a_part_must_match_the_reference_and_the_whole_must_be_complete() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.csv", "1");
        write(METRICS, "epoch,seconds\n1,0.5\n2,0.5\n");
        let reference = Reference::read(folder.path(), Duration::ZERO).unwrap();
        reference.check_whole(folder.path()).unwrap();

        write(METRICS, "epoch,seconds\n1,0.25\n");
        write(".tmp-a", "half");
        reference.check_part(folder.path()).unwrap();
        let message = reference.check_whole(folder.path()).unwrap_err().to_string();
        assert!(message.contains(METRICS), "{message}");

        write("a.csv", "");
        let message = reference.check_part(folder.path()).unwrap_err().to_string();
        assert!(message.contains("a.csv"), "{message}");
    }
}
