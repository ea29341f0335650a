//! Checks the documents against the repository: their numbers against `results/`, and the tests and
//! dependencies they name against those that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The documents with result tables of runs.
const WITH_RESULTS: [&str; 2] = ["README.md", "docs/results.md"];
/// The document that shows every run in the repository.
const REPORT: &str = "docs/results.md";
/// The documents with benchmark rows.
const WITH_BENCHMARKS: [&str; 2] = ["README.md", "docs/performance.md"];
/// The documents that name tests.
const WITH_TESTS: [&str; 1] = ["docs/reliability.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    let path = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A run in `results/` that has a summary.
struct Run {
    name: String,
    summary: String,
    /// The encoder's loss of each case after the last epoch, with four decimals.
    last_losses: Vec<String>,
}

impl Run {
    /// A run whose summary has a single table row.
    fn of(row: &str) -> Self {
        let (name, summary) = ("sample-quick".to_owned(), format!("# data\n\n{row}\n"));
        Self { name, summary, last_losses: Vec::new() }
    }

    /// All runs in `results/`, and those of seeds within them, except those named `local-*`. This
    /// includes runs made with `--run` that are not part of the repository.
    fn all() -> Vec<Self> {
        let within = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = Vec::new();
        for entry in within(&root().join("results")) {
            if !entry.file_name().to_string_lossy().starts_with("local-") {
                let is_seed = |path: &PathBuf| {
                    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("seed-"))
                };
                folders.extend(within(&entry.path()).map(|seed| seed.path()).filter(is_seed));
                folders.push(entry.path());
            }
        }
        folders.iter().filter_map(|folder| Self::read(folder)).collect()
    }

    /// The run in a folder, if it has a summary.
    fn read(folder: &Path) -> Option<Self> {
        let summary = fs::read_to_string(folder.join("summary.md")).ok()?;
        let name = folder.strip_prefix(root().join("results")).unwrap().to_string_lossy();
        let losses = fs::read_to_string(folder.join("metrics.csv"));
        let last_losses = losses.map_or_else(|_| Vec::new(), |text| last_losses(&text));
        Some(Self { name: name.into_owned(), summary, last_losses })
    }

    /// Whether a document links to the run's summary, and so should contain the run's tables.
    fn is_shown_by(&self, text: &str) -> bool {
        text.contains(&format!("results/{}/summary.md", self.name))
    }

    fn has_number(&self, number: &str) -> bool {
        numbers(&self.summary).any(|found| found == number)
            || self.last_losses.iter().any(|found| found == number)
    }
}

#[test]
fn every_result_table_in_the_documents_matches_its_run() {
    let runs = Run::all();
    for document in WITH_RESULTS {
        let text = read(document);
        let shown: Vec<&Run> = runs.iter().filter(|run| run.is_shown_by(&text)).collect();
        assert!(!shown.is_empty(), "{document} shows no run");
        let mut faults = faults(document, &text, &shown);
        faults.extend(unknown_numbers(document, &text, &shown));
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn every_run_of_the_repository_is_in_the_report() {
    let (list, report) = (read("results/README.md"), read(REPORT));
    let is_listed = |run: &Run| list.contains(&format!("| `{}` |", run.name));
    let runs: Vec<Run> = Run::all().into_iter().filter(is_listed).collect();
    assert!(!runs.is_empty(), "results/README.md lists no run");
    for run in runs {
        assert!(run.is_shown_by(&report), "{REPORT} does not link to results/{}", run.name);
    }
}

#[test]
fn every_benchmark_row_in_the_documents_was_measured() {
    let mut measured = String::new();
    for entry in fs::read_dir(root().join("results/bench")).unwrap().flatten() {
        measured += &fs::read_to_string(entry.path().join("summary.md")).unwrap_or_default();
    }
    for document in WITH_BENCHMARKS {
        let text = read(document);
        assert!(!text.contains("@@"), "{document} has an unfilled placeholder");
        let rows = text.lines().filter(|line| is_benchmark(line)).count();
        assert!(rows > 0, "{document} shows no benchmark");
        for row in text.lines().filter(|line| is_benchmark(line)) {
            let found = measured.lines().any(|line| line == row);
            assert!(found, "{document} has a row that no results/bench/*/summary.md has: {row}");
        }
    }
}

#[test]
fn every_dependency_is_listed_in_the_architecture() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let document = read("docs/architecture.md");
    let is_named = |name: &str| {
        let cells = document.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
        cells.flat_map(|cell| cell.split(',')).any(|cell| cell.trim() == name)
    };
    for (name, dependency) in dependencies {
        let is_member = dependency.get("path").is_some();
        assert!(is_member || is_named(name), "docs/architecture.md does not name {name}");
    }
}

#[test]
fn every_test_that_a_document_names_exists() {
    let mut sources = Vec::new();
    for folder in ["xtask", "crates"] {
        collect_sources(&root().join(folder), &mut sources);
    }
    for document in WITH_TESTS {
        let text = read(document);
        let names: BTreeSet<_> = text.split('`').skip(1).step_by(2).filter_map(test_name).collect();
        assert!(!names.is_empty(), "{document} names no test");
        for (file, test) in names {
            let exists = sources.iter().any(|(stem, text)| {
                file.is_none_or(|file| file == stem)
                    && (test == "*" || text.contains(&format!("fn {test}()")))
            });
            assert!(exists, "{document} names the test {file:?} `{test}`, which does not exist");
        }
    }
}

#[test]
fn a_stale_row_is_found_in_the_document_and_in_the_run() {
    let found = |text: &str, summaries: &[&str]| {
        let runs: Vec<Run> = summaries.iter().map(|row| Run::of(row)).collect();
        faults("README.md", text, &runs.iter().collect::<Vec<_>>()).len()
    };
    let row = "| C: same size | 32 of 96×96 | 0.5166 | 0.1663 |";
    assert_eq!(found(&format!("text\n{row}\n"), &[row]), 0);
    assert_eq!(found(&format!("text\n{row}\n"), &[&row.replace("0.5166", "0.6")]), 2);
    assert_eq!(found("text", &[row]), 1);
    assert_eq!(found(row, &[]), 1);
    // A document may omit rows of other tables, but must not contain rows that no run has.
    let control = "| C | 0.9000 | 0.5000 |";
    assert_eq!(found("text", &[control]), 0);
    assert_eq!(found(control, &[control]), 0);
    assert_eq!(found(control, &["| C | 0.9000 | 0.6000 |"]), 1);
}

#[test]
fn a_number_that_no_run_has_is_found_in_text_and_tables() {
    let run = Run::of("| C | 0.9000 | -0.5000 | 86.4 % |");
    let found = |text: &str| unknown_numbers("README.md", text, &[&run]).len();
    assert_eq!(found("C leads by 0.9000 ± 0.5000 nats, on 86.4 % of the images."), 0);
    assert_eq!(found("C leads by 0.9001 nats, on 86.5 % of the images."), 2);
    assert_eq!(found("| C - A | +0.9000 | 0.1234 |"), 1);
    assert_eq!(found("Rust 1.95, 2.5 hours and ln 2 = 0.693."), 0);
}

#[test]
fn last_losses_come_from_the_last_epoch() {
    let table = "epoch,case,total,local\n1,a,2.5,1\n1,c,2.5,1\n2,a,1.03694,1\n2,c,0.72496,1\n";
    assert_eq!(last_losses(table), ["1.0369", "0.7250"]);
    assert!(last_losses("").is_empty());
}

/// Rows of a run that are missing in the document, and rows of the document that no run has.
fn faults(document: &str, text: &str, runs: &[&Run]) -> Vec<String> {
    let has_row = |text: &str, row: &str| text.lines().any(|line| line == row);
    let missing = runs.iter().flat_map(|run| {
        let missing = rows(&run.summary).filter(|row| !has_row(text, row));
        missing.map(move |row| format!("{document} does not have this row of {}: {row}", run.name))
    });
    let unknown = rows(text)
        .chain(letter_rows(text))
        .filter(|row| !runs.iter().any(|run| has_row(&run.summary, row)))
        .map(|row| format!("no run that {document} links to has this row: {row}"));
    missing.chain(unknown).collect()
}

/// The measured numbers of the document that no run has.
fn unknown_numbers(document: &str, text: &str, runs: &[&Run]) -> Vec<String> {
    numbers(text)
        .filter(|number| !runs.iter().any(|run| run.has_number(number)))
        .map(|number| format!("no run that {document} links to has this number: {number}"))
        .collect()
}

/// The rows of the main result table: `| A: smaller latent | 32 of 88×88 | ...`.
fn rows(text: &str) -> impl Iterator<Item = &str> {
    let is_row =
        |line: &&str| ["| A: ", "| B: ", "| C: ", "| D: "].iter().any(|s| line.starts_with(s));
    text.lines().filter(is_row)
}

/// The rows of the tables of controls and of seeds: `| A | 0.4632 | 0.5682 | ...`.
fn letter_rows(text: &str) -> impl Iterator<Item = &str> {
    let is_row =
        |line: &&str| ["| A | ", "| B | ", "| C | ", "| D | "].iter().any(|s| line.starts_with(s));
    text.lines().filter(is_row)
}

/// The measured numbers, as summaries write them: nats with four decimals, and `34.4 %`.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_whitespace();
    let next_words = words.clone().skip(1).chain([""]);
    words.zip(next_words).filter_map(|(word, next)| {
        let number = word.trim_matches(|c: char| !c.is_ascii_digit());
        let (whole, decimals) = number.split_once('.')?;
        let is_decimal = [whole, decimals].iter().all(|s| s.bytes().all(|b| b.is_ascii_digit()));
        let is_measured = decimals.len() == if next.starts_with('%') { 1 } else { 4 };
        (is_decimal && is_measured).then_some(number)
    })
}

/// The column `total` in the rows of the last epoch of a `metrics.csv`.
fn last_losses(table: &str) -> Vec<String> {
    let mut lines = table.lines();
    let header = lines.next().unwrap_or_default();
    let Some(total) = header.split(',').position(|name| name == "total") else { return Vec::new() };
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let last = rows.last().map(|row| row[0]).unwrap_or_default();
    let of_last = rows.iter().filter(|row| row[0] == last);
    of_last.map(|row| format!("{:.4}", row[total].parse::<f64>().unwrap())).collect()
}

/// Whether a line is a benchmark row: `| training step, case A | 258 images/s | ...`.
fn is_benchmark(line: &str) -> bool {
    let subjects = [
        "| training step, ",
        "| encoder, ",
        "| MI of ",
        "| decode and gray",
        "| matmul | ",
        "| bandwidth | ",
        "| histogram_mi | ",
    ];
    // The operations and bytes of a case, in seven columns: `| A | 0.672 | 11.1 | ...`.
    let is_cost = line.matches('|').count() == 8
        && ["| A | ", "| B | ", "| C | ", "| D | "].iter().any(|case| line.starts_with(case));
    is_cost || subjects.iter().any(|subject| line.starts_with(subject))
}

/// The test that code in a document names: `file::test`, `file::*`, or four or more words.
fn test_name(code: &str) -> Option<(Option<&str>, &str)> {
    let is_name =
        |s: &str| s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match code.split_once("::") {
        Some((file, test)) if is_name(file) && (test == "*" || is_name(test)) => {
            Some((Some(file), test))
        }
        None if is_name(code) && code.matches('_').count() > 2 => Some((None, code)),
        _ => None,
    }
}

/// Collects the name and text of every source file under a folder.
fn collect_sources(folder: &Path, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            sources.push((stem, fs::read_to_string(&path).unwrap()));
        }
    }
}
