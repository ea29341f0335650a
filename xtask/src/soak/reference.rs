//! The run without a kill, and how another is compared with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::record;
use crate::files;
use crate::record::{Record, StepRecord};
use crate::run::{LOCK, METRICS, RECORD};

/// Columns of [`METRICS`] that the clock fills.
const CLOCK: [&str; 2] = ["seconds", "images_per_s"];

/// A run that was not killed.
pub struct Reference {
    /// Contents of every file but the record; of the losses, without the clock.
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
        self.record.steps.get(step).map(|record| record.seconds)
    }

    /// Number of files that are compared.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Demands that every file of a run that is not done is the reference's: of the losses, some rows.
    pub fn check_part(&self, folder: &Path) -> Result<()> {
        for (name, found) in contents(folder)? {
            let Some(expected) = self.files.get(&name) else {
                ensure!(name.ends_with(".state.safetensors"), "{name} is no file of this run");
                continue;
            };
            let is_same = if name == METRICS {
                let rows: Vec<_> = expected.split(|&b| b == b'\n').collect();
                found.split(|&b| b == b'\n').all(|row| rows.contains(&row))
            } else {
                found == *expected
            };
            ensure!(is_same, "{name} is not what a run without a kill writes");
        }
        Ok(())
    }

    /// Demands of a run that is done every file of the reference, byte for byte, and no other, and the
    /// same record but for times and what follows from them.
    pub fn check_whole(&self, folder: &Path) -> Result<()> {
        let found = contents(folder)?;
        for name in self.files.keys().chain(found.keys()) {
            if self.files.get(name) != found.get(name) {
                bail!("{name} differs from that of the run without a kill");
            }
        }
        let record = record(folder)?;
        let timeless = |record: &Record| -> BTreeMap<String, _> {
            record.steps.iter().map(|(step, record)| (step.clone(), timeless(record))).collect()
        };
        ensure!(
            timeless(&record) == timeless(&self.record) && record.begun.is_empty(),
            "{RECORD} differs from that of the run without a kill"
        );
        Ok(())
    }
}

/// Inputs and outputs without the table that holds times.
fn timeless(step: &StepRecord) -> [BTreeMap<String, String>; 2] {
    [&step.inputs, &step.outputs].map(|digests| {
        let is_timeless = |name: &String| !name.starts_with(METRICS);
        let kept = digests.iter().filter(|(name, _)| is_timeless(name));
        kept.map(|(name, digest)| (name.clone(), digest.clone())).collect()
    })
}

/// Every visible file but the record.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found)?;
    found.remove(RECORD);
    if let Some(metrics) = found.get_mut(METRICS) {
        *metrics = without_clock(metrics).with_context(|| format!("{METRICS} is not whole"))?;
    }
    Ok(found)
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

/// The table without the columns of [`CLOCK`]; `None` where a row has not every column.
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
    fn the_clock_is_left_out_and_a_cut_table_is_seen() {
        let table = b"iteration,seconds,total,images_per_s\n1,0.5,2.25,8\n";
        assert_eq!(without_clock(table).unwrap(), b"iteration,total\n1,2.25\n");
        for end in ["iteration,".len(), table.len() - 3, table.len() - 1] {
            assert_eq!(without_clock(&table[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn a_part_must_be_the_reference_s_and_the_whole_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.csv", "1");
        write(METRICS, "iteration,seconds\n1,0.5\n2,0.5\n");
        let reference = Reference::read(folder.path(), Duration::ZERO).unwrap();
        reference.check_whole(folder.path()).unwrap();

        write(METRICS, "iteration,seconds\n1,0.25\n");
        write(".tmp-a", "half");
        reference.check_part(folder.path()).unwrap();
        let message = reference.check_whole(folder.path()).unwrap_err().to_string();
        assert!(message.contains(METRICS), "{message}");

        write("a.csv", "");
        let message = reference.check_part(folder.path()).unwrap_err().to_string();
        assert!(message.contains("a.csv"), "{message}");
    }
}
