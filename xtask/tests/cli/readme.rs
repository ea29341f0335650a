//! Numbers in the README are those of the results beside it.

use std::fs;
use std::path::Path;

#[test]
fn every_result_table_of_the_readme_is_that_of_its_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let Ok(readme) = fs::read_to_string(root.join("README.md")) else {
        eprintln!("skipped: there is no README.md yet");
        return;
    };
    let mut summaries = Vec::new();
    for entry in fs::read_dir(root.join("results")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path().join("summary.md");
        if name.starts_with("local-") || !readme.contains(&format!("results/{name}")) {
            continue;
        }
        match fs::read_to_string(&path) {
            Ok(summary) => summaries.push((name, summary)),
            Err(_) => eprintln!("skipped: there is no {}", path.display()),
        }
    }
    let faults = faults(&readme, &summaries);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_benchmark_row_of_the_documents_is_one_that_was_measured() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut measured = String::new();
    for entry in fs::read_dir(root.join("results/bench")).into_iter().flatten().flatten() {
        measured += &fs::read_to_string(entry.path().join("summary.md")).unwrap_or_default();
    }
    for name in ["README.md", "docs/performance.md"] {
        let Ok(text) = fs::read_to_string(root.join(name)) else {
            eprintln!("skipped: there is no {name}");
            continue;
        };
        assert!(!text.contains("@@"), "{name} has a gap to be filled");
        let rows = text.lines().filter(|line| is_benchmark(line)).count();
        assert!(rows > 0, "{name} shows no benchmark");
        for row in text.lines().filter(|line| is_benchmark(line)) {
            let found = measured.lines().any(|line| line == row);
            assert!(found, "{name} has a row that no results/bench/*/summary.md has: {row}");
        }
    }
}

/// `| training step, case A | 258 images/s | ...`
fn is_benchmark(line: &str) -> bool {
    let subjects = ["| training step, ", "| encoder, ", "| MI of ", "| decode and gray"];
    // A case's operations and bytes: `| A | 0.672 | 11.1 | ...`, seven columns.
    let is_cost = line.matches('|').count() == 8
        && ["| A | ", "| B | ", "| C | ", "| D | "].iter().any(|case| line.starts_with(case));
    is_cost || subjects.iter().any(|subject| line.starts_with(subject))
}

#[test]
fn a_stale_row_is_found_on_either_side() {
    let run = |row: &str| vec![("sample-quick".to_owned(), format!("# data\n\n{row}\n"))];
    let row = "| C: same size | 32 of 96×96 | 0.5166 | 0.1663 |";
    assert!(faults(&format!("text\n{row}\n"), &run(row)).is_empty());
    assert_eq!(faults(&format!("text\n{row}\n"), &run(&row.replace("0.5166", "0.6"))).len(), 2);
    assert_eq!(faults("text", &run(row)).len(), 1);
    assert_eq!(faults(row, &[]).len(), 1);
    // Of other tables the README may leave rows out, but not make them up.
    let control = "| C | 0.9000 | 0.5000 |";
    assert!(faults("text", &run(control)).is_empty());
    assert!(faults(control, &run(control)).is_empty());
    assert_eq!(faults(control, &run("| C | 0.9000 | 0.6000 |")).len(), 1);
}

/// Rows of a run's table that the README lacks, and rows of the README that no run has.
fn faults(readme: &str, summaries: &[(String, String)]) -> Vec<String> {
    let has = |text: &str, row: &str| text.lines().any(|line| line == row);
    let missing = summaries.iter().flat_map(|(name, summary)| {
        let missing = rows(summary).filter(|row| !has(readme, row));
        missing.map(move |row| format!("README.md lacks this row of {name}: {row}"))
    });
    let unknown = rows(readme)
        .chain(quoted(readme))
        .filter(|row| !summaries.iter().any(|(_, summary)| has(summary, row)))
        .map(|row| format!("no run named in README.md has this row of it: {row}"));
    missing.chain(unknown).collect()
}

/// `| A | 0.4632 | 0.5682 | ...`: of controls, and over seeds.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let is_row =
        |line: &&str| ["| A | ", "| B | ", "| C | ", "| D | "].iter().any(|s| line.starts_with(s));
    text.lines().filter(is_row)
}

/// `| A: smaller latent | 32 of 88×88 | ...`
fn rows(text: &str) -> impl Iterator<Item = &str> {
    let is_row =
        |line: &&str| ["| A: ", "| B: ", "| C: ", "| D: "].iter().any(|s| line.starts_with(s));
    text.lines().filter(is_row)
}
