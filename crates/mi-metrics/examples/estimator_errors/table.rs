//! The measurements as CSV, and the table of the README that is made from them.

use std::fmt::Write;

use super::estimators::ESTIMATORS;
use super::tasks::{BLOCK, PAIRS};

const HEADER: &str = "task,true_nats,estimator,pairs,block,estimate_nats,ms";
const BEGIN: &str = "<!-- errors:begin -->";
const END: &str = "<!-- errors:end -->";

/// One call of an estimator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) task: String,
    pub(crate) nats: f64,
    pub(crate) estimator: String,
    pub(crate) pairs: usize,
    /// Number of the sample among those of this size.
    pub(crate) block: usize,
    pub(crate) estimate: f64,
    /// Time of the call. Only this differs from run to run.
    pub(crate) ms: f64,
}

impl Row {
    fn error(&self) -> f64 {
        self.estimate - self.nats
    }
}

pub(crate) fn to_csv(rows: &[Row]) -> String {
    let mut csv = format!("{HEADER}\n");
    for Row { task, nats, estimator, pairs, block, estimate, ms } in rows {
        // Names have commas but no quotes.
        let _ = writeln!(csv, "{task},{nats},\"{estimator}\",{pairs},{block},{estimate},{ms:.3}");
    }
    csv
}

/// Reads the text of [`to_csv`]. The error is the first line that is not of that form.
pub(crate) fn from_csv(csv: &str) -> Result<Vec<Row>, String> {
    let lines = csv.strip_prefix(HEADER).ok_or("unexpected header")?.lines();
    lines
        .filter(|line| !line.is_empty())
        .map(|line| row(line).ok_or_else(|| line.to_owned()))
        .collect()
}

fn row(line: &str) -> Option<Row> {
    let (first, rest) = line.split_once(",\"")?;
    let (estimator, rest) = rest.split_once("\",")?;
    let (task, nats) = first.split_once(',')?;
    let rest: Vec<&str> = rest.split(',').collect();
    let [pairs, block, estimate, ms] = rest[..] else { return None };
    Some(Row {
        task: task.to_owned(),
        nats: nats.parse().ok()?,
        estimator: estimator.to_owned(),
        pairs: pairs.parse().ok()?,
        block: block.parse().ok()?,
        estimate: estimate.parse().ok()?,
        ms: ms.parse().ok()?,
    })
}

/// The table of the README: a line for each estimator, averages over the tasks.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut table = String::from(
        "| estimator | bias, 1,000 pairs | error, 1,000 | bias, 9,216 pairs | error, 9,216 | worst task (bias) | ms, 9,216 | use it for |\n\
         |---|--:|--:|--:|--:|---|--:|---|\n",
    );
    for estimator in ESTIMATORS {
        let of = |pairs: usize| {
            rows.iter().filter(move |row| row.estimator == estimator.name && row.pairs == pairs)
        };
        let bias = |pairs| mean(of(pairs).map(Row::error));
        let error = |pairs| mean(of(pairs).map(|row| row.error().abs()));
        let Some(worst) = of(PAIRS).max_by(|a, b| a.error().abs().total_cmp(&b.error().abs()))
        else {
            continue;
        };
        let mut times: Vec<f64> = of(PAIRS).map(|row| row.ms).collect();
        times.sort_by(f64::total_cmp);
        let _ = writeln!(
            table,
            "| {} | {:+.3} | {:.3} | {:+.3} | {:.3} | {} ({:+.2}) | {:.2} | {} |",
            estimator.name,
            bias(BLOCK),
            error(BLOCK),
            bias(PAIRS),
            error(PAIRS),
            worst.task,
            worst.error(),
            times[times.len() / 2],
            estimator.when,
        );
    }
    table
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v));
    sum / n
}

/// Puts a table between the markers of a text, or says which marker is missing.
pub(crate) fn splice(text: &str, table: &str) -> Result<String, String> {
    let missing = |marker: &str| format!("no {marker} in the README");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}
