//! `metrics.csv`: losses by iteration and case.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dim_models::{Case, IterationMetrics, LossValues};

use crate::files;

const HEADER: &str = "iteration,case,total,local,global,prior,seconds,images_per_s";

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// One-based iteration.
    pub iteration: usize,
    pub case: Case,
    pub losses: LossValues,
    pub seconds: f64,
    pub images_per_s: f64,
}

impl Row {
    pub fn new(case: Case, metrics: &IterationMetrics) -> Self {
        let IterationMetrics { iteration, losses, images, seconds } = *metrics;
        Self { iteration, case, losses, seconds, images_per_s: images as f64 / seconds }
    }
}

/// Writes the table, whole or not at all.
pub fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let mut text = format!("{HEADER}\n");
    for Row { iteration, case, losses, seconds, images_per_s } in rows {
        let LossValues { total, local, global, prior } = losses;
        let case = case.id();
        // Losses in full precision; the clock has none worth more than milliseconds.
        writeln!(
            text,
            "{iteration},{case},{total},{local},{global},{prior},{seconds:.3},{images_per_s:.2}"
        )?;
    }
    files::write(path, text)
}

/// Reads a table that [`write()`] wrote; empty where there is none.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let Some(text) = read_text(path)? else { return Ok(Vec::new()) };
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        bail!("{}: the first line is not `{HEADER}`", path.display());
    }
    lines
        .enumerate()
        .map(|(i, line)| {
            parse(line).with_context(|| format!("{}, line {}: `{line}`", path.display(), i + 2))
        })
        .collect()
}

/// The header and the rows of one case as they stand in the file; `None` where it has none of them.
pub fn rows_text(path: &Path, case: &str) -> Result<Option<String>> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let of_case = |line: &&str| line.split(',').nth(1) == Some(case);
    let rows: Vec<&str> = text.lines().skip(1).filter(of_case).collect();
    let header = text.lines().next().unwrap_or_default();
    Ok((!rows.is_empty()).then(|| format!("{header}\n{}", rows.join("\n"))))
}

fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn parse(line: &str) -> Result<Row> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[iteration, case, total, local, global, prior, seconds, images_per_s] = &fields[..] else {
        bail!("{} fields; expected 8", fields.len());
    };
    let losses = LossValues {
        total: total.parse()?,
        local: local.parse()?,
        global: global.parse()?,
        prior: prior.parse()?,
    };
    Ok(Row {
        iteration: iteration.parse()?,
        case: case.parse()?,
        losses,
        seconds: seconds.parse()?,
        images_per_s: images_per_s.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_back_and_a_damaged_one_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        assert_eq!(read(&path).unwrap(), []);
        let losses = LossValues { total: 2.125, local: 1.0 / 3.0, global: -0.5, prior: 0.7 };
        let row = Row { iteration: 3, case: Case::B, losses, seconds: 1.5, images_per_s: 42.67 };
        write(&path, &[row, Row { iteration: 4, ..row }]).unwrap();
        assert_eq!(read(&path).unwrap(), [row, Row { iteration: 4, ..row }]);

        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, &good[..good.len() - 20]).unwrap();
        let message = format!("{:#}", read(&path).unwrap_err());
        assert!(message.contains("line 3"), "{message}");
        fs::write(&path, "a,b\n").unwrap();
        assert!(read(&path).is_err());
    }
}
