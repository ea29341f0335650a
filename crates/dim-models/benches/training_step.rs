//! `cargo bench -p dim-models --bench training_step`: a whole training step (noise, encoder and
//! three networks forward and backward, Adam) for each case, and for A and B cropped, with 64 images
//! of 96x96; and the rate of this machine's matrix product to compare with.
//!
//! Before a case is timed, its losses and gradient are compared with those of the f64 path, which
//! runs on candle's operations. `StepCost` says how many operations a step has.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use std::time::Duration;

use candle_core::{DType, Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dim_models::{
    Alignment, Case, DeepInfoMax, InMemoryImages, Losses, ModelConfig, ObjectiveConfig, StepCost,
    TrainConfig, Trainer,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The allocator of `xtask`: the system's maps and clears the memory of large results each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;
const SIDE: usize = 96;

fn pixels(images: usize) -> Vec<f32> {
    let pixel = |i: usize, r: usize, c: usize| ((r * (i + 2) + c * 7 + r * c / 5) % 97) as f32;
    (0..images * SIDE * SIDE)
        .map(|j| pixel(j / (SIDE * SIDE), j / SIDE % SIDE, j % SIDE) / 96.0)
        .collect()
}

/// Fails if the losses or the gradient differ from those of the f64 path.
fn check(case: Case, config: &ModelConfig) -> Result<()> {
    let (losses, gradient) = step(case, config, DType::F32)?;
    let (expected, expected_gradient) = step(case, config, DType::F64)?;
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
    let difference = &mut gradient.iter().zip(&expected_gradient).map(|(a, b)| a - b);
    let error = norm(difference) / norm(&mut expected_gradient.iter().copied());
    match losses.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4) && error < 1e-3 {
        true => Ok(()),
        false => {
            Err(format!("case {case}: {losses:?}, not {expected:?}; gradient off by {error}")
                .into())
        }
    }
}

/// Losses and the gradient of all parameters.
fn step(case: Case, config: &ModelConfig, dtype: DType) -> Result<(Vec<f64>, Vec<f64>)> {
    let model = DeepInfoMax::new(case, config, 7, dtype, &Device::Cpu)?;
    let x = Tensor::from_vec(pixels(2), (2, 1, SIDE, SIDE), &Device::Cpu)?.to_dtype(dtype)?;
    let [c, h, w] = model.latent_shape(SIDE, SIDE)?;
    // The fraction is taken in f64: in f32 the noise would be another.
    let noise = (Tensor::arange(0_f64, (2 * c * h * w) as f64, &Device::Cpu)? * 0.618)?;
    let noise = (&noise - noise.floor()?)?.reshape((2, c, h, w))?.to_dtype(dtype)?;
    let all = model.losses(&x, &noise, &ObjectiveConfig::default())?;
    let gradients = all.objective()?.backward()?;
    let Losses { total, local, global, prior, .. } = all;
    let value = |t: Tensor| t.to_dtype(DType::F64)?.to_scalar::<f64>();
    let losses: candle_core::Result<_> =
        [total, local, global, prior].into_iter().map(value).collect();
    let mut gradient = Vec::new();
    for parameter in model.parameters().trainable() {
        let by = gradients.get(&parameter.var).ok_or("a parameter without gradient")?;
        gradient.extend(by.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?);
    }
    Ok((losses?, gradient))
}

fn all(c: &mut Criterion) {
    sgemm(c);
    let images = InMemoryImages::new(pixels(BATCH), SIDE, SIDE).expect("whole images");
    let mut group = c.benchmark_group("training_step");
    group.throughput(Throughput::Elements(BATCH as u64));
    let resized = Case::ALL.map(|case| (case, Alignment::Resize));
    let cropped = [Case::A, Case::B].map(|case| (case, Alignment::Crop));
    for (case, alignment) in resized.into_iter().chain(cropped) {
        let model = ModelConfig { alignment, ..ModelConfig::default() };
        check(case, &model).expect("ours and candle's agree");
        let cost = StepCost::new(case, &model, &ObjectiveConfig::default(), SIDE)
            .expect("96 pixels suffice");
        println!("case {case}, {alignment}: {:.4} GFLOP an image", cost.flops * 1e-9);
        let config = TrainConfig { model, batch_size: BATCH, ..TrainConfig::default() };
        let mut trainer = Trainer::new(case, &config, &Device::Cpu).expect("sound settings");
        // An epoch over as many images as a batch has is one step.
        let id = match alignment {
            Alignment::Resize => case.id().to_owned(),
            Alignment::Crop => format!("{}-crop", case.id()),
        };
        group.bench_function(BenchmarkId::new("dim-models", id), |b| {
            b.iter(|| trainer.train_epoch(&images).expect("trains"));
        });
    }
}

/// candle's matrix product, which the `gemm` crate computes: 2 n^3 operations.
fn sgemm(c: &mut Criterion) {
    let mut group = c.benchmark_group("matmul");
    for side in [1024_usize, 2048] {
        let square = Tensor::ones((side, side), DType::F32, &Device::Cpu).expect("16 MB");
        let product = square.matmul(&square).expect("two squares");
        let last = product.get(side - 1).and_then(|row| row.get(side - 1)?.to_scalar::<f32>());
        assert_eq!(last.expect("a value"), side as f32);
        group.throughput(Throughput::Elements(2 * (side as u64).pow(3)));
        group.bench_function(BenchmarkId::new("gemm", side), |b| b.iter(|| square.matmul(&square)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(5));
    targets = all
}
criterion_main!(benches);
