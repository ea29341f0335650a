//! `reproduce --seeds`: one run per seed, and a comparison of the runs.

use std::fs;

use crate::common::{Scratch, changed, files};

/// Two cases, the fewest that can be compared.
const CASES: [&str; 2] = ["--cases", "a,c"];

#[test]
fn each_seed_gives_the_same_run_as_alone_and_all_are_compared() {
    let scratch = Scratch::new();
    let seeds = [&CASES[..], &["--seeds", "3..=4"]].concat();
    let output = scratch.tiny("reproduce", &seeds).done();
    assert!(
        output.contains("== seed 3 (1 of 2)") && output.contains("== seed 4 (2 of 2)"),
        "{output}"
    );
    let all = scratch.tiny_files();

    // The run of a seed equals a run with that seed alone.
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
    let verdict = "**This shows the software, not the study: other images; ";
    assert!(summary.contains(verdict), "{summary}");
    assert!(summary.contains("| not the study | "), "{summary}");
    // The claims of all seeds, one table after the other.
    let claims = |name: &str| -> Vec<String> { text(name).lines().map(str::to_owned).collect() };
    let joined = [claims("seed-3/claims.csv"), claims("seed-4/claims.csv")[1..].to_vec()].concat();
    assert_eq!(claims("claims.csv"), joined);
    assert!(text("figures/fig-seeds.svg").contains("C − A"));

    let output = scratch.tiny("reproduce", &seeds).done();
    assert!(output.contains("seeds: up to date"), "{output}");
    assert_eq!(changed(&all, &scratch.tiny_files()), [""; 0]);
}

#[test]
fn one_seed_has_no_interval_and_claims_nothing() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &[&CASES[..], &["--seeds", "0"]].concat()).done();
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    assert!(summary.contains("| one seed |"), "{summary}");
    assert!(summary.contains("This shows the software, not the study: other images"), "{summary}");
}

#[test]
fn an_empty_range_of_seeds_or_seeds_beside_seed_are_refused() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--seeds", "4..4"]).refused(&["4..4", "expected"]);
    scratch.tiny("reproduce", &["--seeds", "0..2", "--seed", "1"]).refused(&["--seeds", "--seed"]);
    assert!(!scratch.path("results").exists());
}
