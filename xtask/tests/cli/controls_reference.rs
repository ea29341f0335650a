//! The geometry matrix, copies, blur curves, the floor of another image, R^2 and calibrated batch
//! norms of a few images, compared with an independent program in numpy and PyTorch
//! (`tests/data/make_controls_reference.py`).

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use dim_models::random::{Purpose, permutation};
use dim_models::{Case, DeepInfoMax, Device, InMemoryImages};
use serde_json::Value;
use stl_data::{Dataset, SIDE};

use crate::common::{Outcome, program};

/// The largest difference: nats, or share of the variance. Both programs compute in f32, and a
/// pixel on the edge of a bin may fall on either side of it.
const TOLERANCE: f64 = 1e-3;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn checkpoint(case: &str) -> PathBuf {
    root().join(format!("results/sample-quick/checkpoints/case-{case}.safetensors"))
}

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/controls_reference.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Rows of a table as values by column.
fn table(path: &Path) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header
            .iter()
            .zip(&record)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn get<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(column, _)| column == name).unwrap().1
}

#[track_caller]
fn assert_near(what: &str, found: &str, expected: &Value) {
    let (found, expected): (f64, f64) =
        (found.parse().unwrap(), expected["mean"].as_f64().unwrap());
    assert!((found - expected).abs() < TOLERANCE, "{what}: {found}, reference {expected}");
}

#[test]
fn the_tables_of_a_run_are_those_of_the_reference() {
    let reference = reference();
    let images = reference["images"].as_u64().unwrap();
    let order: Vec<usize> = serde_json::from_value(reference["order"].clone()).unwrap();
    assert_eq!(order, permutation(0, Purpose::Subset, 100, images as usize), "run it with --order");

    let results = tempfile::tempdir().unwrap();
    let run = results.path().join("sample-quick");
    for name in ["config.toml", "run.toml"] {
        copy(&root().join("results/sample-quick").join(name), &run.join(name));
    }
    for case in ["a", "b", "c", "d"] {
        copy(&checkpoint(case), &run.join(format!("checkpoints/case-{case}.safetensors")));
        let losses = format!("losses/case-{case}.csv");
        copy(&root().join("results/sample-quick").join(&losses), &run.join(&losses));
    }
    let images = images.to_string();
    let measure = ["measure", "--run", "sample-quick", "--fresh", "--measure-images", &images];
    let mut command = program(&measure);
    command.arg("--results").arg(results.path());
    Outcome::of(command).done();

    let geometry = table(&run.join("geometry.csv"));
    assert_eq!(geometry.len(), 16);
    for row in geometry {
        let key = format!("weights-{}-layers-{}", get(&row, "weights"), get(&row, "layers"));
        let expected = &reference["geometry"][&key];
        assert_near(&key, get(&row, "mean_mi_nats"), &expected["own"]);
        assert_near(&key, get(&row, "common_field_nats"), &expected["common"]);
    }
    let blur = table(&run.join("blur.csv"));
    assert_eq!(blur.len(), 20);
    for row in blur {
        let (case, side) = (get(&row, "case"), get(&row, "box_side"));
        let expected = &reference["blur_curve"][case][format!("blur-{side}")];
        assert_near(&format!("blur {case} {side}"), get(&row, "mean_mi_nats"), expected);
    }
    let copies = table(&run.join("copies.csv"));
    assert_eq!(copies.len(), 25);
    for row in copies {
        let key = match (get(&row, "case"), get(&row, "field")) {
            ("a", _) => "a",
            ("b", "whole") => "b-border-zeros",
            ("b", _) => "b-without-border",
            // D's maps lie on the image as C's do.
            _ => "c",
        };
        let side = get(&row, "box_side");
        let expected = &reference["copies"][format!("blur-{side}")][key];
        assert_near(&format!("copy {key} {side}"), get(&row, "mean_mi_nats"), expected);
    }
    let joint = table(&run.join("joint.csv"));
    assert_eq!(joint.len(), 4);
    for row in joint {
        let case = get(&row, "case");
        assert_near(case, get(&row, "r_squared"), &reference["r_squared"][case]);
    }
    let summary = fs::read_to_string(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    for row in summary["controls"]["cases"].as_array().unwrap() {
        let case = row["case"].as_str().unwrap();
        let found = row["other_image"].to_string();
        assert_near(&format!("another image {case}"), &found, &reference["other_images"][case]);
    }
}

#[test]
fn calibrated_encoders_are_those_of_the_reference() {
    let reference = reference();
    let count = reference["images"].as_u64().unwrap() as usize;
    let dataset = Dataset::open(root().join("datasets/sample/sample.parquet")).unwrap();
    let indices: Vec<usize> = (0..count).collect();
    let mut pixels = vec![0.0; count * SIDE * SIDE];
    dataset.gray_into(&indices, &mut pixels).unwrap();
    let batch = dataset.gray_tensor(&indices, &Device::Cpu).unwrap();
    let images = InMemoryImages::new(pixels, SIDE, SIDE).unwrap();
    for (name, size) in [("batch-2", 2), ("batch-4", 4)] {
        for case in Case::ALL {
            let model = DeepInfoMax::load(checkpoint(case.id()), &Device::Cpu).unwrap();
            model.calibrate_batch_norm(&images, size, |_| ControlFlow::Continue(())).unwrap();
            let encoded = model.encode(&batch).unwrap();
            let values = |i: usize, tensor: &dim_models::Tensor| -> Vec<f32> {
                tensor.get(i).unwrap().flatten_all().unwrap().to_vec1().unwrap()
            };
            let mean_of_image = |i: usize| {
                let (image, maps) = (values(i, &encoded.images), values(i, &encoded.maps));
                let mut mi = vec![0.0; maps.len() / image.len()];
                mi_metrics::image_against_maps(&image, &maps, 20, &mut mi).unwrap();
                mi.iter().sum::<f64>() / mi.len() as f64
            };
            let mean = (0..count).map(mean_of_image).sum::<f64>() / count as f64;
            let expected = &reference["calibrated"][name][case.id()]["mi"];
            assert_near(&format!("{name} {case}"), &mean.to_string(), expected);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}
