//! The README's table of errors is made from the CSV, and the CSV is what the code measures.

use std::f64::consts::TAU;
use std::path::Path;

#[path = "../../examples/estimator_errors/estimators.rs"]
mod estimators;
#[path = "../../examples/estimator_errors/table.rs"]
mod table;
#[path = "../../examples/estimator_errors/tasks.rs"]
mod tasks;

use estimators::ESTIMATORS;
use tasks::{BLOCK, BLOCKS, PAIRS};

use crate::common::assert_close;

const CSV: &str = include_str!("../../docs/estimator-errors.csv");
const README: &str = include_str!("../../README.md");
const AGAIN: &str = "run `cargo run --release -p mi-metrics --example estimator_errors`";

/// Whether the tasks exist: they are in the repository but not in the package.
fn in_repository() -> bool {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains("[workspace]"))
}

#[test]
fn the_table_of_the_readme_is_made_from_the_measurements() {
    let rows = table::from_csv(CSV).unwrap();
    let made = table::splice(README, &table::markdown(&rows)).unwrap();
    assert!(made == README, "{AGAIN}");
    assert_eq!(table::to_csv(&rows), CSV, "reading and writing change nothing");
}

#[test]
fn a_table_has_a_line_for_each_estimator() {
    let rows = table::from_csv(CSV).unwrap();
    assert_eq!(table::markdown(&rows).lines().count(), 2 + ESTIMATORS.len(), "{AGAIN}");
    assert_eq!(rows.len(), ESTIMATORS.len() * 9 * (BLOCKS + 1), "{AGAIN}");
}

#[test]
fn a_damaged_line_is_in_the_error() {
    let damaged = CSV.replacen(",0,", ",none,", 1);
    assert!(table::from_csv(&damaged).unwrap_err().contains(",none,"));
    assert!(table::from_csv("").is_err());
    assert!(table::splice("no markers", "").is_err());
}

#[test]
fn the_measurements_are_those_of_this_code() {
    if !in_repository() {
        eprintln!("skipped: the tasks are in the repository, not in the package");
        return;
    }
    let tasks = tasks::read().unwrap();
    for row in table::from_csv(CSV).unwrap() {
        let task = tasks.iter().find(|task| task.name == row.task).unwrap();
        let estimator = ESTIMATORS.iter().find(|e| e.name == row.estimator).expect(AGAIN);
        let from = row.block * BLOCK;
        let range = from..from + row.pairs;
        let mi = (estimator.estimate)(&task.x[range.clone()], &task.y[range]).unwrap();
        let what = format!("{}, {}, {}; {AGAIN}", row.task, row.estimator, row.pairs);
        assert_eq!(row.nats, task.nats, "{what}");
        // Logarithms may differ in the last digit between machines.
        assert_close(mi, row.estimate, 1e-9, &what);
    }
}

#[test]
fn nearest_neighbours_are_near_the_truth_of_every_task() {
    let rows = table::from_csv(CSV).unwrap();
    let mut of_ksg: Vec<_> = rows.iter().filter(|row| row.estimator.ends_with("k = 3")).collect();
    of_ksg.retain(|row| row.pairs == PAIRS);
    assert_eq!(of_ksg.len(), 2 * 9);
    for row in of_ksg {
        assert_close(row.estimate, row.nats, 0.06, &row.task);
    }
}

#[test]
fn tasks_have_the_information_of_their_closed_forms() {
    if !in_repository() {
        eprintln!("skipped: the tasks are in the repository, not in the package");
        return;
    }
    let gaussian = -0.5 * (1.0 - 0.75_f64 * 0.75).ln();
    for task in tasks::read().unwrap() {
        assert_eq!((task.x.len(), task.y.len()), (PAIRS, PAIRS));
        let exact = match task.name.as_str() {
            "additive-noise-0.10" => 0.1 - 0.2_f64.ln(),
            "additive-noise-0.75" => 1.0 / 3.0,
            // Cauchy: 2 ln 4 pi, the entropies of x and y, minus ln 2 pi + 3, the
            // entropy of the pair.
            "student" | "asinh-student" => (4.0 * TAU).ln() - 3.0,
            _ => gaussian,
        };
        assert_close(task.nats, exact, 1e-6, &task.name);
    }
}
