//! Forward pass, losses, gradients and Adam steps against PyTorch in float64.
//!
//! The values in `reference/reference.json` come from `reference/make_reference.py`; inputs and
//! weights follow from integer formulas, which that file states. Each run is repeated in f64, on
//! candle's operations, and in f32, on this crate's CPU kernels.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor, Var};
use dim_models::{
    Adam, AdamConfig, Case, DeepInfoMax, InMemoryImages, Losses, ModelConfig, ObjectiveConfig,
};
use serde_json::Value;

/// The largest deviations allowed. PyTorch's float32 is within 1.4e-6 of its float64 in the losses,
/// and within 3.4e-5 of the norm in the gradients. The worst is the bias of a last layer, whose
/// gradient is a mean of values that nearly cancel.
struct Tolerance {
    values: f64,
    /// Relative to the gradient's norm.
    gradients: f64,
    /// Adam divides by the magnitude of the gradient: a relative error of a small gradient becomes
    /// an absolute error of the step.
    adam: f64,
}

const F64: Tolerance = Tolerance { values: 1e-9, gradients: 1e-8, adam: 1e-7 };
const F32: Tolerance = Tolerance { values: 1e-5, gradients: 5e-4, adam: 1e-3 };

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/reference.json")).unwrap()
}

fn formula(j: usize, salt: usize) -> f64 {
    ((j * 7919 + salt * 104_729) % 2001) as f64 / 1000.0 - 1.0
}

/// A model whose parameters follow the formula of `make_reference.py`.
fn model(run: &Value, dtype: DType) -> DeepInfoMax {
    let case: Case = run["case"].as_str().unwrap().parse().unwrap();
    let alignment = run["align"].as_str().unwrap().parse().unwrap();
    let config = ModelConfig { alignment, ..ModelConfig::default() };
    let model = DeepInfoMax::new(case, &config, 0, dtype, &Device::Cpu).unwrap();
    let gain = run["gain"].as_f64().unwrap();
    let mut names: Vec<String> = model.parameters().trainable().map(|p| p.name.clone()).collect();
    names.sort();
    for parameter in model.parameters().trainable() {
        let name = &parameter.name;
        let salt = names.iter().position(|n| n == name).unwrap();
        let is_norm =
            ["encoder.1.", "encoder.4.", "encoder.7."].iter().any(|p| name.starts_with(p));
        let is_weight = name.ends_with("weight");
        let scale = if is_norm {
            0.1
        } else {
            let weight = format!("{}.weight", name.rsplit_once('.').unwrap().0);
            let dims = model.parameters().get(&weight).unwrap().var.dims().to_vec();
            let fan_in = dims[1] * dims[2..].iter().product::<usize>();
            let gain = if is_weight && !name.starts_with("encoder") { gain } else { 1.0 };
            gain / (fan_in as f64).sqrt()
        };
        let offset = if is_norm && is_weight { 1.0 } else { 0.0 };
        let values: Vec<f64> =
            (0..parameter.var.elem_count()).map(|j| offset + scale * formula(j, salt)).collect();
        set(&parameter.var, values);
    }
    model
}

fn set(var: &Var, values: Vec<f64>) {
    let value = Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap();
    var.set(&value.to_dtype(var.dtype()).unwrap()).unwrap();
}

fn images(run: &Value, dtype: DType) -> Tensor {
    let size = |key: &str| run[key].as_u64().unwrap() as usize;
    let (batch, height, width) = (size("batch"), size("height"), size("width"));
    let mut values = Vec::new();
    for b in 0..batch {
        for r in 0..height {
            for c in 0..width {
                let v = (r * 37 + c * 101 + b * 53 + (r * c * (b + 3)) % 97) % 256;
                values.push(v as f64 / 255.0);
            }
        }
    }
    Tensor::from_vec(values, (batch, 1, height, width), &Device::Cpu)
        .unwrap()
        .to_dtype(dtype)
        .unwrap()
}

fn noise(model: &DeepInfoMax, images: &Tensor) -> Tensor {
    let (batch, _, height, width) = images.dims4().unwrap();
    let [c, h, w] = model.latent_shape(height, width).unwrap();
    let values: Vec<f64> =
        (0..batch * c * h * w).map(|j| ((j * 48_271) % 65_537) as f64 / 65_537.0).collect();
    Tensor::from_vec(values, (batch, c, h, w), &Device::Cpu)
        .unwrap()
        .to_dtype(images.dtype())
        .unwrap()
}

fn objective(run: &Value) -> ObjectiveConfig {
    ObjectiveConfig {
        objective: run["objective"].as_str().unwrap().parse().unwrap(),
        negatives: run["rolls"].as_u64().unwrap() as usize,
        prior: run["prior"].as_str().unwrap().parse().unwrap(),
        ..ObjectiveConfig::default()
    }
}

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn scalar(t: &Tensor) -> f64 {
    flat(t)[0]
}

fn close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{what}: {got} is not {expected} +- {tolerance:e}"
    );
}

/// Checks the sampled elements, and the sum if there is one.
fn check_samples(what: &str, got: &[f64], expected: &Value, tolerance: f64) {
    let indices = expected["index"].as_array().unwrap();
    assert!(!indices.is_empty());
    for (index, value) in indices.iter().zip(expected["value"].as_array().unwrap()) {
        let index = index.as_u64().unwrap() as usize;
        close(&format!("{what}[{index}]"), got[index], value.as_f64().unwrap(), tolerance);
    }
    if let Some(sum) = expected["sum"].as_f64() {
        // The errors of n elements add up to at most n times the largest.
        close(&format!("sum of {what}"), got.iter().sum(), sum, tolerance * got.len() as f64);
    }
}

fn check_losses(what: &str, losses: &Losses, expected: &Value, tolerance: f64) {
    let expected = |key: &str| expected[key].as_f64().unwrap();
    close(&format!("{what}: I_local"), -scalar(&losses.local), expected("i_local"), tolerance);
    close(&format!("{what}: I_global"), -scalar(&losses.global), expected("i_global"), tolerance);
    close(&format!("{what}: total"), scalar(&losses.total), expected("total"), tolerance);
    match &losses.prior_network {
        Some(network) => {
            close(
                &format!("{what}: prior"),
                scalar(&losses.prior),
                expected("prior_encoder"),
                tolerance,
            );
            close(
                &format!("{what}: prior network"),
                scalar(network),
                expected("prior_network"),
                tolerance,
            );
        }
        None => close(
            &format!("{what}: prior"),
            scalar(&losses.prior),
            expected("prior_network"),
            tolerance,
        ),
    }
}

fn check_run(run: &Value, dtype: DType, tolerance: &Tolerance) {
    let name = format!("{} in {dtype:?}", run["name"].as_str().unwrap());
    let model = model(run, dtype);
    let x = images(run, dtype);
    let noise = noise(&model, &x);
    let objective = objective(run);

    let losses = model.losses(&x, &noise, &objective).unwrap();
    check_losses(&name, &losses, &run["losses"], tolerance.values);

    let gradients = losses.objective().unwrap().backward().unwrap();
    let expected = run["gradients"].as_object().unwrap();
    let is_zero = |name: &str| {
        run["zero_gradients"].as_array().unwrap().iter().any(|z| z.as_str() == Some(name))
    };
    assert_eq!(expected.len(), model.parameters().trainable().count());
    for parameter in model.parameters().trainable() {
        let what = format!("{name}: gradient of {}", parameter.name);
        let expected = &expected[&parameter.name];
        let got = flat(gradients.get(&parameter.var).unwrap_or_else(|| panic!("{what}: none")));
        // A gradient that cancels is all rounding errors: its norm is not a scale.
        let norm = expected["norm"].as_f64().unwrap();
        let scale = if is_zero(&parameter.name) { 1.0 } else { norm };
        check_samples(&what, &got, expected, tolerance.gradients * scale);
        let got_norm = got.iter().map(|g| g * g).sum::<f64>().sqrt();
        close(&format!("{what}: norm"), got_norm, norm, tolerance.gradients * scale);
    }

    if run.get("z_eval").is_some() {
        check_running(&name, &model, run, tolerance.values);
        let encoded = model.encode(&x).unwrap();
        check_samples(
            &format!("{name}: z"),
            &flat(&encoded.maps),
            &run["z_eval"],
            tolerance.values,
        );
        check_samples(
            &format!("{name}: x~"),
            &flat(&encoded.images),
            &run["resized"],
            tolerance.values,
        );
        check_adam(&name, run, dtype, tolerance);
    }
}

fn check_running(name: &str, model: &DeepInfoMax, run: &Value, tolerance: f64) {
    for (buffer, expected) in run["running"].as_object().unwrap() {
        let got = flat(&model.parameters().get(buffer).unwrap().var);
        let expected = match expected.as_array() {
            Some(values) => values.as_slice(),
            None => std::slice::from_ref(expected),
        };
        assert_eq!(got.len(), expected.len(), "{name}: {buffer}");
        for (got, expected) in got.iter().zip(expected) {
            close(&format!("{name}: {buffer}"), *got, expected.as_f64().unwrap(), tolerance);
        }
    }
}

fn check_adam(name: &str, run: &Value, dtype: DType, tolerance: &Tolerance) {
    let model = model(run, dtype);
    let x = images(run, dtype);
    let noise = noise(&model, &x);
    let expected = &run["adam"];
    let config = AdamConfig {
        learning_rate: expected["learning_rate"].as_f64().unwrap(),
        ..AdamConfig::default()
    };
    let mut adam = Adam::new(model.parameters(), config).unwrap();
    for (step, expected) in expected["losses"].as_array().unwrap().iter().enumerate() {
        let losses = model.losses(&x, &noise, &objective(run)).unwrap();
        check_losses(&format!("{name}: step {step}"), &losses, expected, tolerance.adam);
        adam.step(&losses.objective().unwrap().backward().unwrap()).unwrap();
    }
    for (parameter, expected) in expected["parameters"].as_object().unwrap() {
        let got = flat(&model.parameters().get(parameter).unwrap().var);
        check_samples(&format!("{name}: {parameter} after Adam"), &got, expected, tolerance.adam);
    }
}

#[test]
fn every_run_agrees_in_f64() {
    for run in reference()["runs"].as_array().unwrap() {
        check_run(run, DType::F64, &F64);
    }
}

#[test]
fn every_run_agrees_in_f32() {
    for run in reference()["runs"].as_array().unwrap() {
        check_run(run, DType::F32, &F32);
    }
}

#[test]
fn calibrated_statistics_agree() {
    for entry in reference()["calibration"].as_array().unwrap() {
        let mut all = entry.clone();
        all["batch"] = entry["images"].clone();
        let [height, width, batch] =
            ["height", "width", "batch"].map(|key| entry[key].as_u64().unwrap() as usize);
        let pixels = images(&all, DType::F32).flatten_all().unwrap().to_vec1().unwrap();
        let source = InMemoryImages::new(pixels, height, width).unwrap();
        // An image source has f32 pixels, so f64 agrees to f32 only.
        for dtype in [DType::F64, DType::F32] {
            let model = model(entry, dtype);
            model.calibrate_batch_norm(&source, batch, |_| ControlFlow::Continue(())).unwrap();
            let name = format!("{} in {dtype:?}", entry["name"].as_str().unwrap());
            check_running(&name, &model, entry, 1e-6);
        }
    }
}

#[test]
fn parameters_have_the_names_shapes_and_order_of_a_state_dict() {
    let reference = reference();
    for case in Case::ALL {
        let model = DeepInfoMax::new(case, &ModelConfig::default(), 0, DType::F32, &Device::Cpu);
        let ours: Vec<(String, Vec<usize>)> = model
            .unwrap()
            .parameters()
            .iter()
            .map(|p| (p.name.clone(), p.var.dims().to_vec()))
            .collect();
        let theirs: Vec<(String, Vec<usize>)> = reference["state_dict"][case.id()]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let shape = entry["shape"].as_array().unwrap();
                let shape = shape.iter().map(|d| d.as_u64().unwrap() as usize).collect();
                (entry["name"].as_str().unwrap().to_owned(), shape)
            })
            .collect();
        assert_eq!(ours, theirs, "case {case}");
    }
}

#[test]
fn resized_images_agree() {
    for run in reference()["runs"].as_array().unwrap().iter().filter(|r| r.get("resized").is_some())
    {
        let shape = run["resized"]["shape"].as_array().unwrap();
        let shape: Vec<usize> = shape.iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let x = model(run, DType::F64).encode(&images(run, DType::F64)).unwrap().images;
        assert_eq!(x.dims(), shape);
        check_samples("x~", &flat(&x), &run["resized"], 1e-12);
    }
}
