//! `cargo bench -p dim-models --bench encoder`: the encoder in evaluation mode, and the calibration
//! of its batch norms, for each case with batches of 64 images of 96x96. Before a case is timed, its
//! maps after a calibration are compared with those of the f64 path, which runs on candle's
//! operations.

use std::ops::ControlFlow;
use std::time::Duration;

use candle_core::{DType, Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dim_models::{Case, DeepInfoMax, InMemoryImages, ModelConfig};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The allocator of `xtask`: the system's maps and clears the memory of large results each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;
const SIDE: usize = 96;

fn pixels(count: usize) -> Vec<f32> {
    let pixel = |i: usize, r: usize, c: usize| ((r * (i + 2) + c * 7 + r * c / 5) % 97) as f32;
    (0..count * SIDE * SIDE)
        .map(|j| pixel(j / (SIDE * SIDE), j / SIDE % SIDE, j % SIDE) / 96.0)
        .collect()
}

fn images(count: usize) -> Result<Tensor> {
    Ok(Tensor::from_vec(pixels(count), (count, 1, SIDE, SIDE), &Device::Cpu)?)
}

fn calibrate(model: &DeepInfoMax, images: &InMemoryImages) -> dim_models::Result<()> {
    model.calibrate_batch_norm(images, BATCH, |_| ControlFlow::Continue(()))
}

/// Fails if the maps differ from those of the f64 path.
fn check(case: Case) -> Result<()> {
    let maps = |dtype: DType| -> Result<Vec<f64>> {
        let model = DeepInfoMax::new(case, &ModelConfig::default(), 7, dtype, &Device::Cpu)?;
        calibrate(&model, &InMemoryImages::new(pixels(2), SIDE, SIDE)?)?;
        let maps = model.encode(&images(2)?.to_dtype(dtype)?)?.maps;
        Ok(maps.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
    };
    let (ours, candles) = (maps(DType::F32)?, maps(DType::F64)?);
    match ours.iter().zip(&candles).all(|(a, b)| (a - b).abs() < 1e-5) {
        true => Ok(()),
        false => Err(format!("case {case}: the maps differ from candle's").into()),
    }
}

fn encoder(c: &mut Criterion) {
    let batch = images(BATCH).expect("2 MB");
    let source = InMemoryImages::new(pixels(BATCH), SIDE, SIDE).expect("whole images");
    let mut group = c.benchmark_group("encoder");
    group.throughput(Throughput::Elements(BATCH as u64));
    for case in Case::ALL {
        check(case).expect("ours and candle's agree");
        let model = DeepInfoMax::new(case, &ModelConfig::default(), 7, DType::F32, &Device::Cpu)
            .expect("sound settings");
        group.bench_function(BenchmarkId::new("dim-models", case.id()), |b| {
            b.iter(|| model.encode(&batch).expect("encodes"));
        });
        group.bench_function(BenchmarkId::new("calibrate", case.id()), |b| {
            b.iter(|| calibrate(&model, &source).expect("calibrates"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = encoder
}
criterion_main!(benches);
