//! The errors of each estimator: `cargo run --release -p mi-metrics --example estimator_errors`.
//!
//! Runs every estimator on the one-dimensional tasks of "Beyond Normal" (Czyz, Grabowski, Vogt,
//! Beerenwinkel and Marx, NeurIPS 2023), whose information is known: on 9 samples of 1,000 pairs,
//! and on one of 9,216 pairs, as many as an image of STL-10 has pixels. Writes every estimate to
//! `docs/estimator-errors.csv`, and a table made from them into the README.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod estimators;
mod table;
mod tasks;

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use estimators::{Contender, ESTIMATORS};
use table::Row;
use tasks::{BLOCK, BLOCKS, PAIRS, Task};

/// Calls that are timed. The time of the fastest is reported.
const CALLS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let tasks = tasks::read().map_err(|e| {
        format!("{}: {e}; the tasks are in the repository", tasks::folder().display())
    })?;
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let mut rows = Vec::new();
    for estimator in ESTIMATORS {
        for task in &tasks {
            rows.extend(one_core.install(|| measure(estimator, task))?);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(root.join("docs/estimator-errors.csv"), table::to_csv(&rows))?;
    // Made from the rounded numbers of the file, so that the test can make the same table from it.
    let table = table::markdown(&table::from_csv(&table::to_csv(&rows))?);
    let readme = root.join("README.md");
    let text = std::fs::read_to_string(&readme)?;
    std::fs::write(&readme, table::splice(&text, &table)?)?;
    println!("{table}");
    Ok(())
}

fn measure(estimator: &Contender, task: &Task) -> mi_metrics::Result<Vec<Row>> {
    let samples = (0..BLOCKS).map(|block| (block, block * BLOCK..(block + 1) * BLOCK));
    samples
        .chain([(0, 0..PAIRS)])
        .map(|(block, range)| {
            let (x, y) = (&task.x[range.clone()], &task.y[range.clone()]);
            let mut ms = f64::INFINITY;
            let mut estimate = 0.0;
            for _ in 0..CALLS {
                let start = Instant::now();
                estimate = (estimator.estimate)(x, y)?;
                ms = ms.min(start.elapsed().as_secs_f64() * 1e3);
            }
            Ok(Row {
                task: task.name.clone(),
                nats: task.nats,
                estimator: estimator.name.to_owned(),
                pairs: range.len(),
                block,
                estimate,
                ms,
            })
        })
        .collect()
}
