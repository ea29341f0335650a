//! `reproduce --seeds`: a run for each seed, and what they say together.

use std::fs;

use crate::common::{Scratch, changed, files};

/// The smallest runs with two cases to compare.
const CASES: [&str; 2] = ["--cases", "a,c"];

#[test]
fn each_seed_is_the_run_of_that_seed_and_all_are_compared() {
    let scratch = Scratch::new();
    let seeds = [&CASES[..], &["--seeds", "3..=4"]].concat();
    let said = scratch.tiny("reproduce", &seeds).done();
    assert!(said.contains("== seed 3 (1 of 2)") && said.contains("== seed 4 (2 of 2)"), "{said}");
    let all = scratch.tiny_files();

    // The same as that seed alone.
    let alone = [&CASES[..], &["--seed", "4", "--run", "alone", "--config", "tiny.toml"]].concat();
    scratch.run(&[&["reproduce"], &alone[..]].concat()).done();
    let alone = files(&scratch.path("results/alone"));
    for name in ["checkpoints/case-a.safetensors", "mi.parquet", "sensitivity.csv", "bounds.csv"] {
        assert!(all[&format!("seed-4/{name}")] == alone[name], "{name} differs");
    }

    let text = |name: &str| String::from_utf8(all[name].clone()).unwrap();
    let rows: Vec<String> = text("seeds.csv").lines().map(str::to_owned).collect();
    let keys: Vec<String> =
        rows[1..].iter().map(|row| row.split(',').take(2).collect::<String>()).collect();
    assert_eq!(keys, ["3a", "3c", "4a", "4c"]);
    let mean_mi = |row: &str| row.split(',').nth(2).unwrap().parse::<f64>().unwrap();
    let [a3, c3, a4, c4] = [1, 2, 3, 4].map(|i| mean_mi(&rows[i]));
    let difference = f64::midpoint(c3 - a3, c4 - a4);
    let summary = text("summary.md");
    assert!(summary.contains(&format!("| A | {difference:.4} ± ")), "{difference}: {summary}");
    assert!(summary.contains("**Over 2 seeds, by mean MI, case C"), "{summary}");
    assert!(text("figures/fig-seeds.svg").contains("C − A"));

    let said = scratch.tiny("reproduce", &seeds).done();
    assert!(said.contains("seeds: up to date"), "{said}");
    assert_eq!(changed(&all, &scratch.tiny_files()), [""; 0]);
}

#[test]
fn one_seed_has_no_interval_and_nothing_is_claimed() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[&CASES[..], &["--seeds", "0"]].concat()).done();
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    assert!(summary.contains("| one seed |"), "{summary}");
    assert!(summary.contains("this neither confirms nor contradicts the study"), "{summary}");
}

#[test]
fn seeds_that_are_none_or_come_with_a_seed_are_refused() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--seeds", "4..4"]).refused(&["4..4", "expected"]);
    scratch.tiny("reproduce", &["--seeds", "0..2", "--seed", "1"]).refused(&["--seeds", "--seed"]);
    assert!(!scratch.path("results").exists());
}
