//! Small trainings, encodings and bounds, held to their recorded bits on every kernel path.
//!
//! `golden.txt` has a row for each result and a column for each kernel path. A value is the FNV-1a
//! digest of the result's bytes, which always changes when one byte changes.
//!
//! The digests are from x86-64 with FMA. candle's matrix product, which resizes the images of cases
//! A and B, chooses its own instructions: without FMA the last bits may differ.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use super::{LossValues, Trainer};
use crate::case::Case;
use crate::config::{Alignment, ModelConfig, Objective, ObjectiveConfig, PriorMode, TrainConfig};
use crate::images::InMemoryImages;
use crate::kernels::simd::Isa;
use crate::model::{Bounds, InformationBounds};

/// The kernel paths that have a column in `golden.txt`.
const PATHS: [&str; 3] = ["avx512", "avx2", "portable"];

const CHANGED: &str = "the results of training, encoding or bounds changed. If that is intended: \
    copy the table below to crates/dim-models/src/trainer/golden.txt, list the change in \
    CHANGELOG.md under \"Changed results\", and raise the revision of the steps that it touches in \
    xtask (`Step::revision`). If it is not intended, find what changed the arithmetic.";

const BATCH: usize = 4;
/// Latents of more than one tile of pixels, the last of them not full.
const HEIGHT: usize = 24;
const WIDTH: usize = 22;

struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: impl IntoIterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn add_tensor(&mut self, tensor: &Tensor) {
        let flat = tensor.flatten_all().unwrap();
        match flat.dtype() {
            DType::I64 => {
                self.add(flat.to_vec1::<i64>().unwrap().into_iter().flat_map(i64::to_le_bytes));
            }
            _ => self.add(flat.to_vec1::<f32>().unwrap().into_iter().flat_map(f32::to_le_bytes)),
        }
    }

    /// Rounded to f32: the last bits of an f64 sum depend on the system's `ln` and `exp`.
    fn add_rounded(&mut self, values: impl IntoIterator<Item = f64>) {
        self.add(values.into_iter().flat_map(|value| (value as f32).to_le_bytes()));
    }
}

fn images(n: usize) -> Vec<f32> {
    let pixel = |i: usize, r: usize, c: usize| (r * (i + 2) + c * 7 * (i + 1) + r * c / 5) % 97;
    let place = |j: usize| (j / (HEIGHT * WIDTH), j / WIDTH % HEIGHT, j % WIDTH);
    let all = (0..n * HEIGHT * WIDTH).map(place);
    all.map(|(i, r, c)| pixel(i, r, c) as f32 / 96.0).collect()
}

/// A trainer after three steps on the kernel path `isa`, and its mean losses.
fn trained(
    isa: Isa,
    case: Case,
    objective: ObjectiveConfig,
    alignment: Alignment,
) -> (Trainer, LossValues) {
    let model = ModelConfig { channels: [2, 5, 8, 13], hidden_channels: 12, alignment };
    let config =
        TrainConfig { model, objective, batch_size: BATCH, seed: 23, ..TrainConfig::default() };
    let mut trainer = Trainer::new(case, &config, &Device::Cpu).unwrap();
    trainer.model.compute_with(isa);
    let images = InMemoryImages::new(images(3 * BATCH), HEIGHT, WIDTH).unwrap();
    let metrics = trainer.train_epoch(&images).unwrap();
    (trainer, metrics.losses)
}

fn digest_of_training(trainer: &Trainer, losses: LossValues) -> u64 {
    let mut digest = Digest::new();
    for parameter in trainer.model().parameters().iter() {
        digest.add(parameter.name.bytes());
        digest.add_tensor(&parameter.var);
    }
    let LossValues { total, local, global, prior } = losses;
    digest.add_rounded([total, local, global, prior]);
    digest.0
}

fn digest_of_maps(trainer: &Trainer, x: &Tensor) -> u64 {
    let encoded = trainer.model().encode(x).unwrap();
    let mut digest = Digest::new();
    digest.add_tensor(&encoded.images);
    digest.add_tensor(&encoded.maps);
    digest.0
}

fn digest_of_bounds(trainer: &Trainer, x: &Tensor) -> u64 {
    let InformationBounds { local, global } = trainer.model().bounds(x, 2).unwrap();
    let mut digest = Digest::new();
    for Bounds { jsd, dv, infonce } in [local, global] {
        digest.add_rounded([jsd, dv, infonce]);
    }
    digest.0
}

/// Every result on one path, by name.
fn results(isa: Isa) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let x = Tensor::from_vec(images(5), (5, 1, HEIGHT, WIDTH), &Device::Cpu).unwrap();
    for case in Case::ALL {
        for objective in [Objective::Jsd, Objective::Dv, Objective::InfoNce] {
            for prior in [PriorMode::Adversarial, PriorMode::Cooperative] {
                for negatives in [1, 3] {
                    let config =
                        ObjectiveConfig { objective, negatives, prior, ..Default::default() };
                    let (trainer, losses) = trained(isa, case, config, Alignment::Resize);
                    let name = format!("{}-{objective}-{prior}-{negatives}", case.id());
                    found.insert(format!("train-{name}"), digest_of_training(&trainer, losses));
                    if config == ObjectiveConfig::default() {
                        let id = case.id();
                        found.insert(format!("maps-{id}"), digest_of_maps(&trainer, &x));
                        found.insert(format!("bounds-{id}"), digest_of_bounds(&trainer, &x));
                    }
                }
            }
        }
    }
    for case in [Case::A, Case::B] {
        let config = ObjectiveConfig::default();
        let (trainer, losses) = trained(isa, case, config, Alignment::Crop);
        let id = case.id();
        found.insert(format!("train-{id}-crop"), digest_of_training(&trainer, losses));
        found.insert(format!("maps-{id}-crop"), digest_of_maps(&trainer, &x));
        found.insert(format!("bounds-{id}-crop"), digest_of_bounds(&trainer, &x));
    }
    found
}

/// The recorded digests: by name, one for each of [`PATHS`].
fn recorded() -> BTreeMap<String, [String; 3]> {
    let rows = include_str!("golden.txt").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let [name, digests @ ..] = &row.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("an empty row")
        };
        let digests: &[&str; 3] = digests.try_into().expect("a digest for each path");
        ((*name).to_owned(), digests.map(str::to_owned))
    })
    .collect()
}

/// The text of `golden.txt`.
fn table(rows: &BTreeMap<String, [String; 3]>) -> String {
    let row = |(name, [a, b, c]): (&String, &[String; 3])| format!("{name:<32} {a} {b} {c}\n");
    let head = format!("# {:<30} {:<16} {:<16} {}\n", "result", PATHS[0], PATHS[1], PATHS[2]);
    std::iter::once(head).chain(rows.iter().map(row)).collect()
}

#[test]
fn results_keep_their_bits_on_every_kernel_path() {
    let recorded = recorded();
    let mut found = recorded.clone();
    for isa in Isa::available() {
        let Some(column) = PATHS.iter().position(|&path| path == isa.name()) else {
            eprintln!("no digests are recorded for {}: not checked", isa.name());
            continue;
        };
        for (name, digest) in results(isa) {
            let row = found.entry(name).or_insert_with(|| [(); 3].map(|()| "-".repeat(16)));
            row[column] = format!("{digest:016x}");
        }
    }
    let changed: Vec<&str> =
        found.keys().filter(|&name| found.get(name) != recorded.get(name)).map(|s| &**s).collect();
    assert!(changed.is_empty(), "{CHANGED}\n\nchanged: {changed:?}\n\n{}", table(&found));
}

#[test]
fn the_last_bit_of_one_weight_changes_the_digest() {
    let objective = ObjectiveConfig::default();
    let (trainer, losses) = trained(Isa::detect(), Case::C, objective, Alignment::Resize);
    let before = digest_of_training(&trainer, losses);
    let var = &trainer.model().parameters().get("encoder.6.weight").unwrap().var;
    let mut values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    values[100] = f32::from_bits(values[100].to_bits() ^ 1);
    var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap()).unwrap();
    assert_ne!(digest_of_training(&trainer, losses), before);
}
