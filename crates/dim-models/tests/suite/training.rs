//! Training as a whole: it learns, is repeatable, stops when told to, and survives a checkpoint.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use dim_models::{
    AdamConfig, Alignment, Case, DeepInfoMax, Error, ImageSource, InMemoryImages, ModelConfig,
    TrainConfig, Trainer,
};

const SIDE: usize = 20;

fn images(n: usize) -> InMemoryImages {
    let pixel = |i: usize, r: usize, c: usize| ((r * (i + 2) + c * 7 * (i + 1)) % 32) as f32 / 31.0;
    let pixels =
        (0..n * SIDE * SIDE).map(|j| pixel(j / (SIDE * SIDE), j / SIDE % SIDE, j % SIDE)).collect();
    InMemoryImages::new(pixels, SIDE, SIDE).unwrap()
}

fn config() -> TrainConfig {
    TrainConfig {
        adam: AdamConfig { learning_rate: 1e-2, ..AdamConfig::default() },
        batch_size: 2,
        seed: 5,
        ..TrainConfig::default()
    }
}

fn train(case: Case, images: &dyn ImageSource, epochs: usize) -> (Trainer, Vec<f64>) {
    let mut trainer = Trainer::new(case, &config(), &Device::Cpu).unwrap();
    let losses = (0..epochs)
        .map(|_| {
            let metrics = trainer.train_epoch(images).unwrap();
            metrics.losses.total
        })
        .collect();
    (trainer, losses)
}

fn weights(model: &DeepInfoMax) -> Vec<(String, Vec<f32>)> {
    let values = |t: &Tensor| {
        t.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    model.parameters().iter().map(|p| (p.name.clone(), values(&p.var))).collect()
}

#[test]
fn every_case_learns_to_distinguish_a_dark_image_from_a_bright_one() {
    let pixels = (0..2 * SIDE * SIDE).map(|i| {
        let bright = if i < SIDE * SIDE { 0.0 } else { 0.6 };
        bright + (i * 7 % 13) as f32 / 40.0
    });
    let images = InMemoryImages::new(pixels.collect(), SIDE, SIDE).unwrap();
    for case in Case::ALL {
        let mut trainer = Trainer::new(case, &config(), &Device::Cpu).unwrap();
        let mut last = f64::INFINITY;
        for step in 0..60 {
            let metrics = trainer.train_epoch(&images).unwrap();
            // Near zero Adam at this rate sometimes overshoots: the best of the last ten counts.
            let found = metrics.losses.local + metrics.losses.global;
            last = if step < 50 { f64::INFINITY } else { last.min(found) };
        }
        // At chance each of the two is 2 ln 2 = 1.386.
        eprintln!("case {case}: local + global {last}");
        assert!(last < 1.5, "case {case}: local + global {last}");
    }
}

#[test]
fn training_is_bit_identical_over_runs_and_thread_counts() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (trainer, losses) = train(Case::D, &images(5), 2);
            (weights(trainer.model()), losses)
        })
    };
    let one = run(1);
    assert_eq!(one, run(1));
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn another_seed_gives_another_model() {
    let weights_of = |seed| {
        let config = TrainConfig { seed, ..config() };
        weights(Trainer::new(Case::A, &config, &Device::Cpu).unwrap().model())
    };
    assert_eq!(weights_of(1), weights_of(1));
    assert_ne!(weights_of(1), weights_of(2));
}

#[test]
fn too_few_images_for_a_batch_are_refused() {
    let mut trainer = Trainer::new(Case::A, &config(), &Device::Cpu).unwrap();
    let result = trainer.train_epoch(&images(1));
    assert!(matches!(result, Err(Error::TooFewImages { images: 1, batch_size: 2 })));
}

#[test]
fn images_too_small_for_the_networks_are_refused_with_the_smallest_size() {
    let tiny = InMemoryImages::new(vec![0.5; 2 * 9 * 9], 9, 9).unwrap();
    let mut trainer = Trainer::new(Case::A, &config(), &Device::Cpu).unwrap();
    let result = trainer.train_epoch(&tiny);
    assert!(matches!(result, Err(Error::ImageSize { minimum: 15, .. })), "{result:?}");
}

#[test]
fn training_stops_when_the_callback_says_so() {
    let mut trainer = Trainer::new(Case::A, &config(), &Device::Cpu).unwrap();
    let result = trainer.train_epoch_with(&images(6), |_, progress| {
        assert_eq!((progress.epoch, progress.batches), (1, 3));
        if progress.batch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(result, Err(Error::Stopped { epoch: 1 })));
    assert_eq!(trainer.epoch(), 0);
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training() {
    let adam = AdamConfig { learning_rate: 1e30, ..AdamConfig::default() };
    let mut trainer =
        Trainer::new(Case::C, &TrainConfig { adam, ..config() }, &Device::Cpu).unwrap();
    let result = trainer.train_epoch(&images(6));
    assert!(matches!(result, Err(Error::NotFinite { epoch: 1, batch: 2, .. })), "{result:?}");
}

#[test]
fn the_error_for_a_pixel_outside_its_range_says_where_it_is() {
    // Batch norm and ReLU would turn a NaN pixel into a batch of zeros and a finite loss.
    for bad in [f32::NAN, f32::INFINITY, -0.5, 255.0] {
        let mut pixels = vec![0.5; 2 * SIDE * SIDE];
        pixels[SIDE * SIDE + 7] = bad;
        let images = InMemoryImages::new(pixels, SIDE, SIDE).unwrap();
        let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
        let result = trainer.train_epoch(&images);
        assert!(matches!(result, Err(Error::Pixel { image: 1, pixel: 7, .. })), "{result:?}");
    }
}

#[test]
fn the_error_of_an_image_source_is_passed_on() {
    struct Broken;
    impl ImageSource for Broken {
        fn len(&self) -> usize {
            4
        }
        fn size(&self) -> (usize, usize) {
            (SIDE, SIDE)
        }
        fn read(
            &self,
            _: &[usize],
            _: &mut [f32],
        ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            Err("the disk went away".into())
        }
    }
    let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
    let error = trainer.train_epoch(&Broken).unwrap_err();
    assert!(error.to_string().contains("the disk went away"), "{error}");
}

#[test]
fn a_checkpoint_round_trips_bit_for_bit_and_is_the_same_file_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1.safetensors"), folder.path().join("2.safetensors"));
    for case in Case::ALL {
        let (trainer, _) = train(case, &images(2), 2);
        trainer.model().save(&one).unwrap();
        trainer.model().save(&two).unwrap();
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());

        let loaded = DeepInfoMax::load(&one, &Device::Cpu).unwrap();
        assert_eq!(loaded.case(), case);
        assert_eq!(weights(&loaded), weights(trainer.model()));
        let x = Tensor::full(0.25f32, (1, 1, SIDE, SIDE), &Device::Cpu).unwrap();
        let maps = |model: &DeepInfoMax| {
            model.encode(&x).unwrap().maps.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(maps(&loaded), maps(trainer.model()));
    }
}

#[test]
fn other_channels_survive_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.safetensors");
    let config =
        ModelConfig { channels: [2, 3, 5, 7], hidden_channels: 9, ..ModelConfig::default() };
    DeepInfoMax::new(Case::B, &config, 0, DType::F32, &Device::Cpu).unwrap().save(&path).unwrap();
    assert_eq!(DeepInfoMax::load(&path, &Device::Cpu).unwrap().config(), &config);
}

#[test]
fn a_crop_survives_a_checkpoint_and_a_resize_leaves_no_trace_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crop.safetensors");
    let config = ModelConfig { channels: [1, 2, 1, 2], hidden_channels: 2, ..Default::default() };
    let crop = ModelConfig { alignment: Alignment::Crop, ..config };
    let saved = |config: &ModelConfig| {
        let model = DeepInfoMax::new(Case::B, config, 0, DType::F32, &Device::Cpu).unwrap();
        model.save(&path).unwrap();
        (model, fs::read(&path).unwrap())
    };
    let (model, bytes) = saved(&crop);
    // Entries of a hash map would be in another order from time to time.
    for _ in 0..16 {
        assert!(saved(&crop).1 == bytes, "the same model, other bytes");
    }
    let loaded = DeepInfoMax::load(&path, &Device::Cpu).unwrap();
    assert_eq!(loaded.config(), &crop);
    assert_eq!(weights(&loaded), weights(&model));
    assert_eq!(loaded.latent_shape(16, 16).unwrap(), [2, 16, 16]);

    let align = |bytes: &[u8]| bytes.windows(5).position(|place| place == b"align");
    assert_eq!(align(&saved(&config).1), None);
    let mut bad = bytes.clone();
    let value = align(&bytes).unwrap() + "align\":\"".len();
    bad[value..value + 4].copy_from_slice(b"drop");
    let reason = refusal(folder.path(), &bad);
    assert!(reason.contains("align `drop`") && reason.contains("resize, crop"), "{reason}");
}

/// The reason for which `bytes` are refused as a checkpoint.
fn refusal(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("bad.safetensors");
    fs::write(&path, bytes).unwrap();
    match DeepInfoMax::load(&path, &Device::Cpu) {
        Err(Error::Format { reason, .. }) => reason,
        other => panic!("expected a refused checkpoint, got {other:?}"),
    }
}

#[test]
fn damaged_checkpoints_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.safetensors");
    let config = ModelConfig::default();
    let model = DeepInfoMax::new(Case::A, &config, 0, DType::F32, &Device::Cpu).unwrap();
    model.save(&path).unwrap();
    let good = fs::read(&path).unwrap();

    assert!(refusal(folder.path(), b"").contains("not a safetensors file"));
    assert!(refusal(folder.path(), &good[..good.len() / 2]).contains("not a safetensors file"));
    let hostile = [&u64::MAX.to_le_bytes()[..], &good[8..]].concat();
    assert!(refusal(folder.path(), &hostile).contains("not a safetensors file"));

    let text = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = good.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let reason = refusal(folder.path(), &text("\"case\":\"a\"", "\"case\":\"x\""));
    assert!(reason.contains("a, b, c, d"), "{reason}");
    let reason = refusal(folder.path(), &text("\"case\":\"a\"", "\"kind\":\"a\""));
    assert!(reason.contains("`case`"), "{reason}");
    let reason = refusal(folder.path(), &text("encoder.3.weight", "encoder.3.wxight"));
    assert!(reason.contains("encoder.3.weight"), "{reason}");

    let mut not_finite = good.clone();
    let last = not_finite.len() - 8; // counters come first, weights last
    not_finite[last..].copy_from_slice(&[0xff; 8]);
    assert!(refusal(folder.path(), &not_finite).contains("NaN or infinity"));
}

#[test]
fn the_error_for_a_missing_checkpoint_or_folder_has_the_path() {
    let error = DeepInfoMax::load(Path::new("/no/such/file"), &Device::Cpu).unwrap_err();
    assert!(error.to_string().contains("/no/such/file"), "{error}");
    let config = ModelConfig::default();
    let model = DeepInfoMax::new(Case::A, &config, 0, DType::F32, &Device::Cpu).unwrap();
    let error = model.save(Path::new("/no/such/folder/a.safetensors")).unwrap_err();
    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}
