//! A training that is interrupted after any batch ends with the same bits as one that was not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dim_models::{
    AdamConfig, Alignment, Case, Device, EpochMetrics, Error, InMemoryImages, ModelConfig,
    Objective, ObjectiveConfig, PriorMode, TrainConfig, Trainer,
};

const SIDE: usize = 15;
const EPOCHS: usize = 2;
/// Of three images each; one of the ten is left over.
const BATCHES: usize = 3;

fn images(n: usize) -> InMemoryImages {
    let pixels = (0..n * SIDE * SIDE).map(|i| (i * 7919 % 251) as f32 / 250.0).collect();
    InMemoryImages::new(pixels, SIDE, SIDE).unwrap()
}

fn config() -> TrainConfig {
    TrainConfig {
        model: ModelConfig { channels: [2, 3, 2, 3], hidden_channels: 4, ..ModelConfig::default() },
        adam: AdamConfig { learning_rate: 1e-2, ..AdamConfig::default() },
        batch_size: 3,
        seed: 11,
        ..TrainConfig::default()
    }
}

fn with(objective: Objective, negatives: usize, prior: PriorMode) -> TrainConfig {
    let objective = ObjectiveConfig { objective, negatives, prior, ..ObjectiveConfig::default() };
    TrainConfig { objective, ..config() }
}

fn resume(path: &Path, case: Case, config: &TrainConfig) -> dim_models::Result<Trainer> {
    Trainer::resume(path, case, config, &Device::Cpu)
}

/// The metrics of an epoch without its time.
fn timeless(metrics: EpochMetrics) -> EpochMetrics {
    EpochMetrics { seconds: 0.0, ..metrics }
}

/// Trains to the end; returns the metrics and the bytes of the state.
fn finish(trainer: &mut Trainer, folder: &Path) -> (Vec<EpochMetrics>, Vec<u8>) {
    let mut metrics = Vec::new();
    while trainer.epoch() < EPOCHS {
        let on_batch = |_: &Trainer, _| ControlFlow::Continue(());
        metrics.push(timeless(trainer.train_epoch_with(&images(10), on_batch).unwrap()));
    }
    let path = folder.join("end.safetensors");
    trainer.save_state(&path).unwrap();
    (metrics, fs::read(path).unwrap())
}

fn assert_resumes_after_every_batch(case: Case, config: &TrainConfig) {
    let folder = tempfile::tempdir().unwrap();
    let state = |n: usize| -> PathBuf { folder.path().join(format!("{n}.safetensors")) };
    let mut trainer = Trainer::new(case, config, &Device::Cpu).unwrap();
    trainer.save_state(state(0)).unwrap();
    let mut metrics = Vec::new();
    for epoch in 0..EPOCHS {
        let on_batch = |trainer: &Trainer, progress: dim_models::BatchProgress| {
            trainer.save_state(state(epoch * BATCHES + progress.batch)).unwrap();
            ControlFlow::Continue(())
        };
        metrics.push(timeless(trainer.train_epoch_with(&images(10), on_batch).unwrap()));
    }
    let (_, end) = finish(&mut trainer, folder.path());

    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for n in 0..=EPOCHS * BATCHES {
        let mut resumed = resume(&state(n), case, config).unwrap();
        // After the last batch of an epoch the epoch itself is not complete.
        let epoch = n.saturating_sub(1) / BATCHES;
        assert_eq!(resumed.epoch(), epoch, "{case}, {config:?}: after batch {n}");
        let (rest, found) = pool.install(|| finish(&mut resumed, folder.path()));
        assert_eq!(rest, metrics[epoch..], "{case}, {config:?}: after batch {n}");
        assert!(found == end, "{case}, {config:?}: another state after batch {n}");
    }
}

#[test]
fn every_objective_and_prior_resumes_after_every_batch() {
    for objective in [Objective::Jsd, Objective::Dv, Objective::InfoNce] {
        for prior in [PriorMode::Adversarial, PriorMode::Cooperative] {
            for negatives in [1, 2] {
                assert_resumes_after_every_batch(Case::C, &with(objective, negatives, prior));
            }
        }
    }
}

#[test]
fn every_case_and_a_clipped_gradient_resumes_after_every_batch() {
    for case in Case::ALL {
        let config = TrainConfig { clip_gradient_norm: Some(0.05), ..config() };
        assert_resumes_after_every_batch(case, &config);
    }
}

#[test]
fn a_stopped_trainer_resumes_with_the_next_batch() {
    let folder = tempfile::tempdir().unwrap();
    let new = || Trainer::new(Case::D, &config(), &Device::Cpu).unwrap();
    let whole = finish(&mut new(), folder.path());
    for last in 1..BATCHES {
        let (mut trainer, path) = (new(), folder.path().join("stopped.safetensors"));
        let result = trainer.train_epoch_with(&images(10), |trainer, progress| {
            trainer.save_state(&path).unwrap();
            if progress.batch == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(result, Err(Error::Stopped { epoch: 1 })));
        let seen = fs::read(&path).unwrap();
        trainer.save_state(&path).unwrap();
        assert!(fs::read(&path).unwrap() == seen, "the state is the one that `on_batch` saw");
        assert!(finish(&mut trainer, folder.path()) == whole, "stopped after batch {last}");
    }
}

#[test]
fn the_time_before_an_interruption_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
    let stopped = trainer.train_epoch_with(&images(10), |trainer, progress| {
        std::thread::sleep(Duration::from_millis(150));
        trainer.save_state(&path).unwrap();
        if progress.batch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
    let mut resumed = resume(&path, Case::C, &config()).unwrap();
    let metrics = resumed.train_epoch(&images(10)).unwrap();
    // The saved time of the second batch includes the pause after the first.
    assert!(metrics.seconds > 0.15, "{} s", metrics.seconds);
    let next = resumed.train_epoch(&images(10)).unwrap();
    assert!(next.seconds < metrics.seconds, "an epoch does not count the time of the one before");
}

#[test]
fn the_error_for_another_setting_or_case_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    Trainer::new(Case::C, &config(), &Device::Cpu).unwrap().save_state(&path).unwrap();
    let refused = |case, change: fn(&mut TrainConfig)| {
        let mut config = config();
        change(&mut config);
        match resume(&path, case, &config) {
            Err(Error::OtherTraining { setting, saved, asked, .. }) => {
                assert_ne!(saved, asked);
                setting
            }
            other => panic!("expected another training, got {other:?}"),
        }
    };
    assert_eq!(refused(Case::D, |_| ()), "case");
    assert_eq!(refused(Case::C, |c| c.model.channels[1] = 4), "channels");
    assert_eq!(refused(Case::C, |c| c.model.hidden_channels = 5), "hidden-channels");
    assert_eq!(refused(Case::C, |c| c.model.alignment = Alignment::Crop), "align");
    assert_eq!(refused(Case::C, |c| c.model = ModelConfig::default()), "channels");
    assert_eq!(refused(Case::C, |c| c.objective.objective = Objective::Dv), "objective");
    assert_eq!(refused(Case::C, |c| c.objective.negatives = 2), "negatives");
    assert_eq!(refused(Case::C, |c| c.objective.prior = PriorMode::Cooperative), "prior");
    assert_eq!(refused(Case::C, |c| c.objective.alpha = 0.1 + 0.2), "alpha");
    assert_eq!(refused(Case::C, |c| c.objective.beta = 0.0), "beta");
    assert_eq!(refused(Case::C, |c| c.objective.gamma = 0.1 + f64::EPSILON), "gamma");
    assert_eq!(refused(Case::C, |c| c.adam.learning_rate = 1e-3), "learning-rate");
    assert_eq!(refused(Case::C, |c| c.adam.beta1 = 0.0), "adam-beta1");
    assert_eq!(refused(Case::C, |c| c.adam.beta2 = 0.99), "adam-beta2");
    assert_eq!(refused(Case::C, |c| c.adam.eps = 1e-7), "adam-eps");
    assert_eq!(refused(Case::C, |c| c.batch_size = 4), "batch-size");
    assert_eq!(refused(Case::C, |c| c.seed = 12), "seed");
    assert_eq!(refused(Case::C, |c| c.clip_gradient_norm = Some(1.0)), "clip-gradient-norm");
    assert!(resume(&path, Case::C, &config()).is_ok());
}

#[test]
fn a_cropped_training_resumes_only_as_a_cropped_one() {
    let mut crop = config();
    crop.model.alignment = Alignment::Crop;
    assert_resumes_after_every_batch(Case::B, &crop);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    Trainer::new(Case::B, &crop, &Device::Cpu).unwrap().save_state(&path).unwrap();
    match resume(&path, Case::B, &config()) {
        Err(Error::OtherTraining { setting: "align", saved, asked, .. }) => {
            assert_eq!([&*saved, &*asked], ["crop", "resize"]);
        }
        other => panic!("expected another training, got {other:?}"),
    }
}

#[test]
fn a_resized_training_has_no_line_for_its_alignment() {
    // States of resized trainings keep the bytes that they had before there was another alignment.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    Trainer::new(Case::C, &config(), &Device::Cpu).unwrap().save_state(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(5).any(|place| place == b"align"));
}

#[test]
fn an_epoch_resumes_only_with_as_many_images_as_it_started_with() {
    let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
    let stopped = trainer.train_epoch_with(&images(10), |_, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Stopped { epoch: 1 })));
    let other = trainer.train_epoch(&images(9));
    assert!(matches!(other, Err(Error::OtherImages { epoch: 1, expected: 10, found: 9 })));
    trainer.train_epoch(&images(10)).unwrap();
    // A new epoch may have another number.
    trainer.train_epoch(&images(9)).unwrap();
}
