//! `cargo bench -p dim-models --bench layers`: every layer of case C at batch 64, forward and
//! backward, next to candle's own operation at batch 4; and the rate of this machine's matrix
//! product to compare with.
//!
//! Before a layer is timed, its outputs and gradients are compared with those of candle's
//! operation. Backward includes candle's bookkeeping: a gradient of ones, and a zero tensor and a
//! sum for each gradient. The image has no gradient, in ours as in candle's.
//!
//! Two things outside this crate change the numbers by a factor of two and more. An allocator that
//! returns large blocks to the system makes it map every result again. Debug assertions check every
//! vector load; `cargo bench` has none.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use std::cell::Cell;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::{Module, ModuleT};
use criterion::{Criterion, criterion_group, criterion_main};
use dim_models::Parameters;
use dim_models::layers::{BatchNormRelu, Conv2d, Conv2dConfig};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
type Forward = Box<dyn Fn(&Tensor) -> candle_core::Result<Tensor>>;

const BATCH: usize = 64;
/// candle's own operations take up to a hundred times as long: a smaller batch.
const CANDLE_BATCH: usize = 4;

/// A layer of ours and candle's, with the same parameters.
struct Layer {
    name: String,
    ours: Forward,
    candle: Forward,
    parameters: Vec<Tensor>,
    channels: usize,
    side: usize,
    /// Whether the layer's input depends on a variable.
    inner: bool,
    /// Floating-point operations of the forward pass of one image.
    flops: f64,
}

impl Layer {
    fn conv(config: Conv2dConfig, side: usize) -> Result<Self> {
        let Conv2dConfig { in_channels, out_channels, kernel_size, padding, stride } = config;
        let mut parameters = Parameters::new(1, DType::F32, &Device::Cpu);
        let layer = Conv2d::new(&mut parameters, "conv", config)?;
        let parameters: Vec<Tensor> =
            parameters.trainable().map(|p| p.var.as_tensor().clone()).collect();
        let (weight, bias) = (parameters[0].clone(), parameters[1].clone());
        let out = (side + 2 * padding - kernel_size) / stride + 1;
        Ok(Self {
            name: format!(
                "conv {kernel_size}x{kernel_size} stride {stride}, {in_channels} to {out_channels}, {side}x{side}"
            ),
            ours: Box::new(move |x| layer.forward(x)),
            candle: Box::new(move |x| {
                x.conv2d(&weight, padding, stride, 1, 1)?.broadcast_add(&bias.reshape((
                    1,
                    out_channels,
                    1,
                    1,
                ))?)
            }),
            parameters,
            channels: in_channels,
            side,
            inner: in_channels > 1,
            flops: (2 * in_channels * out_channels * (kernel_size * out).pow(2)) as f64,
        })
    }

    fn batch_norm(channels: usize, side: usize) -> Result<Self> {
        let mut parameters = Parameters::new(1, DType::F32, &Device::Cpu);
        let layer = BatchNormRelu::new(&mut parameters, "norm", channels)?;
        let parameters: Vec<Tensor> =
            parameters.trainable().map(|p| p.var.as_tensor().clone()).collect();
        let running = |value: f32| Tensor::full(value, channels, &Device::Cpu);
        let candle = candle_nn::BatchNorm::new(
            channels,
            running(0.0)?,
            running(1.0)?,
            parameters[0].clone(),
            parameters[1].clone(),
            1e-5,
        )?;
        Ok(Self {
            name: format!("batch norm and relu, {channels}, {side}x{side}"),
            ours: Box::new(move |x| layer.forward_t(x, true)),
            candle: Box::new(move |x| candle.forward_t(x, true)?.relu()?.contiguous()),
            parameters,
            channels,
            side,
            inner: true,
            // For each element 3 for mean and variance, 3 for normalisation and rectification.
            flops: (6 * channels * side * side) as f64,
        })
    }

    fn input(&self, batch: usize) -> Result<Tensor> {
        let n = batch * self.channels * self.side * self.side;
        let mut state = 1_u32;
        let values: Vec<f32> = (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        let shape = (batch, self.channels, self.side, self.side);
        let x = Tensor::from_vec(values, shape, &Device::Cpu)?;
        Ok(if self.inner { Var::from_tensor(&x)?.into_inner() } else { x })
    }

    /// Fails if the outputs or gradients differ from those of candle's operations.
    fn check(&self) -> Result<()> {
        let x = self.input(2)?;
        let mut wanted: Vec<&Tensor> = self.parameters.iter().collect();
        if self.inner {
            wanted.push(&x);
        }
        let results = |forward: &Forward| -> Result<Vec<Tensor>> {
            let y = forward(&x)?;
            let grads = (&y * &y)?.backward()?;
            let mut all = vec![y];
            for tensor in &wanted {
                all.push(grads.get(tensor).ok_or("no gradient")?.clone());
            }
            Ok(all)
        };
        for (ours, candles) in results(&self.ours)?.iter().zip(&results(&self.candle)?) {
            let scale = candles.abs()?.max_all()?.to_scalar::<f32>()?.max(1.0);
            let off = (ours - candles)?.abs()?.max_all()?.to_scalar::<f32>()?;
            // Sums of about ten thousand terms in f32, in two orders.
            if off > 1e-4 * scale {
                return Err(format!("{}: {off} off in {scale}", self.name).into());
            }
        }
        Ok(())
    }
}

fn layers() -> Result<Vec<Layer>> {
    let config = |in_channels, out_channels, kernel_size, padding, stride| Conv2dConfig {
        in_channels,
        out_channels,
        kernel_size,
        padding,
        stride,
    };
    let same = |c_in, c_out| config(c_in, c_out, 3, 1, 1);
    let pointwise = |c_in, c_out| config(c_in, c_out, 1, 0, 1);
    let halving = |c_in, c_out| config(c_in, c_out, 3, 0, 2);
    Ok(vec![
        Layer::conv(same(1, 4), 96)?,
        Layer::batch_norm(4, 96)?,
        Layer::conv(same(4, 8), 96)?,
        Layer::batch_norm(8, 96)?,
        Layer::conv(same(8, 16), 96)?,
        Layer::batch_norm(16, 96)?,
        Layer::conv(same(16, 32), 96)?,
        Layer::conv(pointwise(1, 32), 96)?,
        Layer::conv(pointwise(32, 32), 96)?,
        Layer::conv(pointwise(32, 1), 96)?,
        Layer::conv(halving(1, 32), 96)?,
        Layer::conv(halving(32, 32), 96)?,
        Layer::conv(halving(32, 32), 47)?,
    ])
}

/// Times `f`, and prints its rates next to criterion's report.
fn bench<R>(
    c: &mut Criterion,
    name: &str,
    images: usize,
    flops: f64,
    f: impl Fn() -> candle_core::Result<R>,
) {
    let best = Cell::new(f64::INFINITY);
    c.bench_function(name, |bencher| {
        bencher.iter_custom(|n| {
            let mut total = Duration::ZERO;
            for _ in 0..n {
                let start = Instant::now();
                let result = std::hint::black_box(f()).expect("the operation runs");
                let elapsed = start.elapsed();
                drop(result);
                best.set(best.get().min(elapsed.as_secs_f64()));
                total += elapsed;
            }
            total
        });
    });
    if best.get().is_finite() {
        let rate = 1.0 / best.get();
        println!(
            "  best: {:.0} images/s, {:.1} GFLOP/s",
            images as f64 * rate,
            images as f64 * flops * rate * 1e-9
        );
    }
}

fn all(c: &mut Criterion) {
    let square = Tensor::ones((1024, 1024), DType::F32, &Device::Cpu).expect("4 MB");
    bench(c, "matrix product 1024", 1, 2.0 * 1024f64.powi(3), || square.matmul(&square));
    for layer in layers().expect("layers are built") {
        layer.check().expect("ours and candle's agree");
        for (who, forward, batch) in
            [("ours", &layer.ours, BATCH), ("candle", &layer.candle, CANDLE_BATCH)]
        {
            let x = layer.input(batch).expect("the input fits in memory");
            let name = format!("{}/forward/{who}", layer.name);
            bench(c, &name, batch, layer.flops, || forward(&x));
            let y = forward(&x).expect("the operation runs");
            // Each gradient of a convolution costs as much as the convolution.
            let flops = if layer.inner { 2.0 } else { 1.0 } * layer.flops;
            let name = format!("{}/backward/{who}", layer.name);
            bench(c, &name, batch, flops, || y.backward());
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(700));
    targets = all
}
criterion_main!(benches);
