//! `cargo bench -p dim-models --bench training_step`: one step of training, whole (noise drawn,
//! encoder and three networks forward and backward, Adam), for each case at batch 64 on images of
//! 96x96, with this machine's matrix product rate beside.
//!
//! Before a case is timed its losses are compared with those of the f64 path, which is candle's
//! own operations. `StepCost` tells how many operations a step is.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use std::ops::ControlFlow;
use std::time::Duration;

use candle_core::{DType, Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dim_models::{
    Case, DeepInfoMax, InMemoryImages, Losses, ModelConfig, ObjectiveConfig, StepCost, TrainConfig,
    Trainer,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// As `xtask` has it: the system's allocator pages large results in anew each time.
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

/// Fails unless the losses are those of the f64 path.
fn check(case: Case) -> Result<()> {
    let losses = |dtype: DType| -> Result<Vec<f64>> {
        let config = TrainConfig::default();
        let model = DeepInfoMax::new(case, &config.model, 7, dtype, &Device::Cpu)?;
        let x = Tensor::from_vec(pixels(2), (2, 1, SIDE, SIDE), &Device::Cpu)?.to_dtype(dtype)?;
        let [c, h, w] = model.latent_shape(SIDE, SIDE)?;
        let noise = Tensor::arange(0_u32, (2 * c * h * w) as u32, &Device::Cpu)?;
        let noise =
            ((noise.to_dtype(DType::F64)? * 0.618)?.reshape((2, c, h, w))?).to_dtype(dtype)?;
        let noise = (&noise - noise.floor()?)?;
        let Losses { total, local, global, prior, .. } =
            model.losses(&x, &noise, &ObjectiveConfig::default())?;
        let value = |t: Tensor| t.to_dtype(DType::F64)?.to_scalar::<f64>();
        Ok([total, local, global, prior]
            .into_iter()
            .map(value)
            .collect::<candle_core::Result<_>>()?)
    };
    let (ours, candles) = (losses(DType::F32)?, losses(DType::F64)?);
    match ours.iter().zip(&candles).all(|(a, b)| (a - b).abs() < 1e-4) {
        true => Ok(()),
        false => Err(format!("case {case}: {ours:?}, not {candles:?}").into()),
    }
}

fn all(c: &mut Criterion) {
    sgemm(c);
    let images = InMemoryImages::new(pixels(BATCH), SIDE, SIDE).expect("whole images");
    let mut group = c.benchmark_group("training_step");
    group.throughput(Throughput::Elements(BATCH as u64));
    for case in Case::ALL {
        check(case).expect("ours and candle's agree");
        let (model, objective) = (ModelConfig::default(), ObjectiveConfig::default());
        let cost = StepCost::new(case, &model, &objective, SIDE).expect("96 pixels suffice");
        println!("case {case}: {:.4} GFLOP an image", cost.flops * 1e-9);
        let config = TrainConfig { batch_size: BATCH, ..TrainConfig::default() };
        let mut trainer = Trainer::new(case, &config, &Device::Cpu).expect("sound settings");
        // An iteration over as many images as a batch holds is one step.
        group.bench_function(BenchmarkId::new("dim-models", case.id()), |b| {
            b.iter(|| {
                trainer.train_iteration(&images, |_| ControlFlow::Continue(())).expect("trains")
            });
        });
    }
}

/// The matrix product of candle, which is the `gemm` crate's: 2 n^3 operations.
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
