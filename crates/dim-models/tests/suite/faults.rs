//! A step with losses or gradients that are not finite is not made. A gradient that is too large is
//! scaled down.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;

use dim_models::{
    Case, Device, Error, GradientNorm, InMemoryImages, LossValues, ModelConfig, ObjectiveConfig,
    Tensor, TrainConfig, Trainer,
};

const SIDE: usize = 12;

/// A dark and a bright image: every negative pair has one of each.
fn images() -> InMemoryImages {
    let pixel = |i: usize| (i * 7 % 13) as f32 / 40.0 + if i < SIDE * SIDE { 0.0 } else { 0.6 };
    InMemoryImages::new((0..2 * SIDE * SIDE).map(pixel).collect(), SIDE, SIDE).unwrap()
}

fn config() -> TrainConfig {
    let model =
        ModelConfig { channels: [2, 3, 4, 5], hidden_channels: 6, ..ModelConfig::default() };
    TrainConfig { model, batch_size: 2, seed: 3, ..TrainConfig::default() }
}

fn multiply(trainer: &Trainer, name: &str, by: f64) {
    let var = &trainer.model().parameters().get(name).unwrap().var;
    var.set(&(var.as_tensor() * by).unwrap()).unwrap();
}

fn state(trainer: &Trainer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    trainer.save_state(&path).unwrap();
    fs::read(path).unwrap()
}

fn fault(trainer: &mut Trainer) -> (String, f64) {
    match trainer.train_epoch(&images()) {
        Err(Error::NotFinite { quantity, value, epoch: 1, batch: 1 }) => (quantity, value),
        other => panic!("expected a fault, got {other:?}"),
    }
}

#[test]
fn a_gradient_that_overflows_is_named_and_changes_nothing() {
    // The scores are constant, so the loss is the one at chance, times a weight near the largest
    // f32. The gradient of the last layer's weights is that times the hidden layer: it overflows.
    let objective = ObjectiveConfig { beta: 2e38, ..ObjectiveConfig::default() };
    let config = TrainConfig { objective, ..config() };
    let mut trainer = Trainer::new(Case::C, &config, &Device::Cpu).unwrap();
    multiply(&trainer, "local.4.weight", 0.0);
    multiply(&trainer, "local.2.weight", 1e4);
    let before = state(&trainer);
    let (quantity, value) = fault(&mut trainer);
    assert_eq!(quantity, "the gradient of local.4.weight");
    assert!(!value.is_finite());
    assert!(state(&trainer) == before, "nothing in the state changed");
}

#[test]
fn a_loss_that_is_not_finite_is_named_and_changes_nothing() {
    for (name, quantity) in [
        ("local.4.bias", "the local loss"),
        ("global.8.bias", "the global loss"),
        ("prior.2.bias", "the prior loss"),
    ] {
        let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
        multiply(&trainer, name, f64::NAN);
        let before = state(&trainer);
        let (found, value) = fault(&mut trainer);
        assert!(value.is_nan());
        assert_eq!(found, quantity);
        assert!(state(&trainer) == before, "{quantity}: nothing in the state changed");
    }
}

#[test]
fn a_step_after_a_fixed_fault_is_that_of_a_training_without_the_fault() {
    let train = |fault_first: bool| {
        let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
        if fault_first {
            let bias = &trainer.model().parameters().get("local.4.bias").unwrap().var.clone();
            let before = bias.as_tensor().copy().unwrap();
            multiply(&trainer, "local.4.bias", f64::INFINITY);
            fault(&mut trainer);
            bias.set(&before).unwrap();
        }
        trainer.train_epoch(&images()).unwrap();
        state(&trainer)
    };
    assert!(train(true) == train(false));
}

/// The losses and norms of two epochs of one step, and the trainer after them.
fn clipped(limit: Option<f64>) -> (Vec<(LossValues, GradientNorm)>, Trainer) {
    let config = TrainConfig { clip_gradient_norm: limit, ..config() };
    let mut trainer = Trainer::new(Case::C, &config, &Device::Cpu).unwrap();
    let mut step = || {
        let mut seen = Vec::new();
        let metrics = trainer
            .train_epoch_with(&images(), |_, progress| {
                seen.push(progress.gradient_norm);
                ControlFlow::Continue(())
            })
            .unwrap();
        let GradientNorm { mean, max } = metrics.gradient_norm;
        assert_eq!((mean, max), (seen[0], seen[0]), "an epoch has one batch");
        (metrics.losses, metrics.gradient_norm)
    };
    (vec![step(), step()], trainer)
}

/// The norm of Adam's means of the gradients of all parameters.
fn norm_of_means(trainer: &Trainer) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    trainer.save_state(&path).unwrap();
    let tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    let means = tensors.iter().filter(|(name, _)| name.starts_with("adam.mean."));
    let squares = means.flat_map(|(_, t)| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    squares.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn a_limit_that_is_not_reached_changes_no_bit() {
    let ((free, one), (within, two)) = (clipped(None), clipped(Some(1e6)));
    assert_eq!(free, within);
    let weights = |trainer: &Trainer| {
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let all = trainer.model().parameters().trainable();
        all.map(|p| values(&p.var)).collect::<Vec<_>>()
    };
    assert_eq!(weights(&one), weights(&two));
}

#[test]
fn a_gradient_above_the_limit_is_scaled_down_and_its_norm_before_is_reported() {
    let (free, _) = clipped(None);
    let limit = free[0].1.mean / 50.0;
    let (cut, _) = clipped(Some(limit));
    assert_eq!(
        cut[0], free[0],
        "the losses and norm of the first step are from before the scaling"
    );
    assert_ne!(cut[1], free[1], "the first step moved the weights differently");

    // After one step Adam's mean is a tenth of the gradient.
    let one = |limit| {
        let config = TrainConfig { clip_gradient_norm: limit, ..config() };
        let mut trainer = Trainer::new(Case::C, &config, &Device::Cpu).unwrap();
        trainer.train_epoch(&images()).unwrap();
        norm_of_means(&trainer) / 0.1
    };
    let norm = free[0].1.mean;
    assert!((one(None) / norm - 1.0).abs() < 1e-6);
    assert!((one(Some(limit)) / (limit * norm / (norm + 1e-6)) - 1.0).abs() < 1e-6);
}
