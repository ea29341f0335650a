//! `reproduce --preset smoke --source sample` from end to end: its files exist and agree.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::sync::OnceLock;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

use crate::common::{Outcome, files, program};

const FIGURES: [&str; 12] = [
    "fig-architecture",
    "fig-bins",
    "fig-blur",
    "fig-controls",
    "fig-features-image-0",
    "fig-features-image-1",
    "fig-geometry",
    "fig-loss-curves",
    "fig-max-mi-histogram",
    "fig-mean-mi-histogram",
    "fig-mean-mi-image-0",
    "fig-mean-mi-image-1",
];

/// The steps after training.
const LATER: [&str; 10] = [
    "measure",
    "geometry",
    "blur",
    "untrained",
    "unseen",
    "sensitivity",
    "bounds",
    "probe",
    "summary",
    "figures",
];

/// The smoke run that these tests share.
struct Smoke {
    folder: tempfile::TempDir,
    files: BTreeMap<String, Vec<u8>>,
    output: String,
    /// The output and the files of the same command, run a second time.
    second: (String, BTreeMap<String, Vec<u8>>),
}

fn smoke() -> &'static Smoke {
    static SMOKE: OnceLock<Smoke> = OnceLock::new();
    SMOKE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = || {
            let mut command = program(&["reproduce", "--preset", "smoke", "--source", "sample"]);
            command.arg("--results").arg(folder.path());
            let output = Outcome::of(command).done();
            (output, files(&folder.path().join("local-sample-smoke")))
        };
        let (output, files) = run();
        let second = run();
        Smoke { folder, files, output, second }
    })
}

fn text(name: &str) -> &'static str {
    std::str::from_utf8(&smoke().files[name]).unwrap()
}

#[test]
fn the_run_writes_every_output_and_nothing_else() {
    let mut expected: Vec<String> =
        ["claims.csv", "config.toml", "metrics.csv", "mi.parquet", "run.toml"]
            .map(str::to_owned)
            .to_vec();
    expected.extend("abcd".chars().map(|case| format!("losses/case-{case}.csv")));
    let tables = ["blur", "bounds", "copies", "geometry", "joint", "leads", "probe", "sensitivity"];
    expected.extend(tables.into_iter().chain(["unseen", "untrained"]).map(|n| format!("{n}.csv")));
    let controls = ["self-information", "common-field", "shuffled-pixels", "other-image"];
    expected.extend(controls.map(|name| format!("controls/{name}.parquet")));
    expected.extend(["csv", "json", "md"].map(|kind| format!("summary.{kind}")));
    expected.extend("abcd".chars().map(|case| format!("checkpoints/case-{case}.safetensors")));
    expected
        .extend(FIGURES.iter().flat_map(|id| ["png", "svg"].map(|e| format!("figures/{id}.{e}"))));
    expected.sort();
    assert_eq!(smoke().files.keys().cloned().collect::<Vec<_>>(), expected);
}

#[test]
fn the_first_line_names_preset_data_and_device() {
    let first = smoke().output.lines().next().unwrap();
    for part in ["reproduce: preset smoke", "sample photographs (581 images)", "cpu with"] {
        assert!(first.contains(part), "{first}");
    }
    assert!(smoke().output.contains("no measured image has the class airplane"));
}

#[test]
fn the_run_prints_the_verdict_and_ends_with_the_path_of_the_summary() {
    let verdict = text("summary.md").lines().find(|line| line.starts_with("**")).unwrap();
    assert!(verdict.starts_with("**This shows the software, not the study: "), "{verdict}");
    assert!(verdict.contains("is near chance"), "{verdict}");
    let output = &smoke().output;
    assert!(output.contains(verdict.trim_matches('*')), "{output}");
    assert!(output.trim_end().ends_with("summary.md"), "{output}");
}

#[test]
fn a_second_run_skips_every_step_and_changes_no_byte() {
    let (output, files) = &smoke().second;
    for step in ["train-a", "train-b", "train-c", "train-d"].into_iter().chain(LATER) {
        assert!(output.contains(&format!("{step}: up to date")), "{output}");
    }
    assert_eq!(*files, smoke().files);
}

#[test]
fn metrics_have_a_row_per_epoch_and_case_and_the_losses_add_up() {
    let rows: Vec<Vec<&str>> =
        text("metrics.csv").lines().map(|line| line.split(',').collect()).collect();
    let names = "epoch,case,total,local,global,prior,\
                 gradient_norm_mean,gradient_norm_max,seconds,images_per_s";
    assert_eq!(rows[0].join(","), names);
    let keys: Vec<_> = rows[1..].iter().map(|row| (row[1], row[0])).collect();
    let expected: Vec<_> =
        ["a", "b", "c", "d"].iter().flat_map(|&c| [(c, "1"), (c, "2")]).collect();
    assert_eq!(keys, expected);
    for row in &rows[1..] {
        let [total, local, global, prior] = [2, 3, 4, 5].map(|i| row[i].parse::<f64>().unwrap());
        // L = beta local + alpha global + gamma prior, with the study's weights, summed in f32.
        assert!((total - (local + 0.5 * global + 0.1 * prior)).abs() < 1e-5, "{row:?}");
        let [mean, max] = [6, 7].map(|i| row[i].parse::<f64>().unwrap());
        assert!(0.0 < mean && mean <= max, "{row:?}");
    }
}

#[test]
fn the_summary_matches_the_mi_table() {
    let path = smoke().folder.path().join("local-sample-smoke/mi.parquet");
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let names: Vec<_> = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let names: Vec<_> = names.iter().map(|column| column.name().to_owned()).collect();
    assert_eq!(names, ["image", "label", "case", "map", "mi"]);

    // The values of the maps, by case and image.
    let mut table: BTreeMap<(String, i32), Vec<f64>> = BTreeMap::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let mi = f64::from(row.get_float(4).unwrap());
        // MI is at least 0 and at most the entropy of 20 bins, ln 20.
        assert!((0.0..=20f64.ln()).contains(&mi), "{mi}");
        let maps =
            table.entry((row.get_string(2).unwrap().clone(), row.get_int(0).unwrap())).or_default();
        assert_eq!(row.get_int(3).unwrap(), maps.len() as i32);
        maps.push(mi);
    }
    assert_eq!(table.len(), 4 * 12);
    assert!(table.values().all(|maps| maps.len() == 32));

    let summary: Value = serde_json::from_str(text("summary.json")).unwrap();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let csv: Vec<Vec<&str>> =
        text("summary.csv").lines().skip(1).map(|line| line.split(',').collect()).collect();
    for (i, case) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let images: Vec<&Vec<f64>> =
            table.iter().filter(|(key, _)| key.0 == case).map(|(_, maps)| maps).collect();
        let means: Vec<f64> = images.iter().map(|maps| mean(maps)).collect();
        let maxima: Vec<f64> =
            images.iter().map(|maps| maps.iter().copied().fold(0.0, f64::max)).collect();
        let row = &summary["cases"][i];
        assert_eq!(row["case"], case);
        assert!((row["mean_mi_nats"].as_f64().unwrap() - mean(&means)).abs() < 1e-12);
        assert!((row["max_mi_nats"].as_f64().unwrap() - mean(&maxima)).abs() < 1e-12);
        assert_eq!(csv[i][0], case);
        assert!((csv[i][4].parse::<f64>().unwrap() - mean(&means)).abs() < 1e-12);
        let line = format!("| {:.4} |", mean(&means));
        assert!(text("summary.md").contains(&line), "no {line}");
    }
    let difference = &summary["over_images"]["measures"][0]["differences"][0];
    let by_mean = |name: &Value| {
        let find = |row: &&Value| row["case"] == *name;
        summary["cases"].as_array().unwrap().iter().find(find).unwrap()["mean_mi_nats"]
            .as_f64()
            .unwrap()
    };
    assert_eq!(difference["of"], "c");
    let gap = by_mean(&difference["of"]) - by_mean(&difference["less"]);
    assert!((difference["mean"].as_f64().unwrap() - gap).abs() < 1e-12, "{gap}");
}

#[test]
fn the_smoke_run_of_the_sample_answers_no_claim_of_the_study() {
    let summary: Value = serde_json::from_str(text("summary.json")).unwrap();
    let claims = summary["verdict"]["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 4);
    assert!(claims.iter().all(|claim| claim["answer"] == "not the study"), "{claims:?}");
    let kinds: Vec<&str> = text("claims.csv").lines().filter_map(|l| l.split(',').nth(1)).collect();
    let count = |kind: &str| kinds.iter().filter(|&&k| k == kind).count();
    assert_eq!([count("loss"), count("image"), count("largest-mi")], [4, 8, 36]);
    // The first twelve images are crops of six photographs.
    assert!(text("summary.md").contains("(12 crops of "), "{}", text("summary.md"));
}

#[test]
fn every_png_decodes_and_every_svg_is_well_formed_and_names_its_data() {
    for id in FIGURES {
        let decoder = png::Decoder::new(Cursor::new(&smoke().files[&format!("figures/{id}.png")]));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert!(info.width >= 600 && info.height >= 300, "{id}: {info:?}");
        assert!(pixels.iter().any(|&v| v != pixels[0]), "{id} is blank");

        let svg = text(&format!("figures/{id}.svg"));
        assert_well_formed(id, svg);
        if id == "fig-architecture" {
            continue; // It shows no data.
        }
        assert!(svg.contains("sample photographs, 581 images"), "{id} does not name its data");
        assert!(svg.contains("preset smoke"), "{id} does not name its preset");
    }
}

#[test]
fn the_record_names_versions_machine_data_and_every_output() {
    let record: toml::Table = toml::from_str(text("run.toml")).unwrap();
    assert_eq!(record["data"]["images"].as_str(), Some("581"));
    let steps = record["steps"].as_table().unwrap();
    assert_eq!(
        steps.keys().collect::<Vec<_>>(),
        [
            "blur",
            "bounds",
            "figures",
            "geometry",
            "measure",
            "probe",
            "sensitivity",
            "summary",
            "train-a",
            "train-b",
            "train-c",
            "train-d",
            "unseen",
            "untrained"
        ]
    );
    let mut outputs = Vec::new();
    for step in steps.values() {
        for key in ["version", "rustc", "system", "threads", "cores"] {
            assert!(step["machine"].get(key).is_some(), "no {key}");
        }
        assert!(step["inputs"].get("data").is_some() && step["seconds"].as_float().is_some());
        let command = step["command"].as_str().unwrap();
        assert!(command.starts_with("cargo xtask reproduce --preset smoke"), "{command}");
        outputs.extend(step["outputs"].as_table().unwrap().keys().cloned());
    }
    for name in smoke().files.keys().filter(|name| !["config.toml", "run.toml"].contains(&&***name))
    {
        let is_recorded = |output: &String| output.split('#').next() == Some(name);
        assert!(outputs.iter().any(is_recorded), "{name} is not a recorded output");
    }
}

/// Requires that each tag is closed in order and has an even number of quotes.
fn assert_well_formed(id: &str, svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap_or_else(|| panic!("{id}: a cut tag"));
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        assert_eq!(tag.matches('"').count() % 2, 0, "{id}: <{tag}>");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{id}");
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty() && svg.contains("<svg"), "{id}: {open:?} not closed");
}
