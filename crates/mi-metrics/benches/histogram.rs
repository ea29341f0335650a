//! `cargo bench -p mi-metrics`: 20 images of 96 x 96 with 32 maps each, at 20, 64 and 256 bins, and
//! a single pair at 20 bins.
//!
//! `all_threads` runs in rayon's default pool, with a thread for each core. Before anything is
//! timed, the answers are checked against the plain serial program below.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mi_metrics::{BatchShape, batch_mutual_information, image_against_maps, mutual_information};
use rayon::prelude::*;

const IMAGES: usize = 20;
const MAPS: usize = 32;
const SIDE: usize = 96;
const PIXELS: usize = SIDE * SIDE;

/// The simplest program: a table and three loops.
fn plain(image: &[f32], map: &[f32], bins: usize) -> f64 {
    let bins_of = |values: &[f32]| -> Vec<usize> {
        let lo = values.iter().copied().fold(f32::INFINITY, f32::min);
        let hi = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = (bins as f32 / (hi - lo)).next_up();
        values.iter().map(|v| (((v - lo) * scale) as usize).min(bins - 1)).collect()
    };
    let mut table = vec![vec![0_u32; bins]; bins];
    let (mut rows, mut columns) = (vec![0; bins], vec![0; bins]);
    for (i, j) in bins_of(image).into_iter().zip(bins_of(map)) {
        table[i][j] += 1;
        rows[i] += 1;
        columns[j] += 1;
    }
    let p = |n: u32| f64::from(n) / image.len() as f64;
    let mut mi = 0.0;
    for (row, &n_x) in table.iter().zip(&rows) {
        for (&n, &n_y) in row.iter().zip(&columns).filter(|&(&n, _)| n > 0) {
            mi += p(n) * (p(n) / (p(n_x) * p(n_y))).ln();
        }
    }
    mi
}

/// Smooth images, and maps that are a nonlinear function of their image plus noise.
fn data() -> (Vec<f32>, Vec<f32>) {
    let mut state = 7_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let (mut images, mut maps) = (Vec::new(), Vec::new());
    for n in 0..IMAGES {
        let image: Vec<f32> = (0..PIXELS)
            .map(|i| {
                let (row, column) = ((i / SIDE) as f32, (i % SIDE) as f32);
                let wave = (row * 0.05 * (1 + n % 5) as f32).sin() + (column * 0.11).cos();
                wave + 0.1 * noise()
            })
            .collect();
        for k in 0..MAPS {
            let (gain, spread) = (k as f32 / 4.0 - 4.0, 0.05 + k as f32 / 32.0);
            maps.extend(image.iter().map(|v| (gain * v).tanh() + v + spread * noise()));
        }
        images.extend(image);
    }
    (images, maps)
}

fn histogram(c: &mut Criterion) {
    let (images, maps) = data();
    let mut out = vec![0.0; IMAGES * MAPS];
    let serial = |bins: usize, out: &mut [f64]| {
        for (out, (image, maps)) in
            out.chunks_mut(MAPS).zip(images.chunks(PIXELS).zip(maps.chunks(MAPS * PIXELS)))
        {
            for (mi, map) in out.iter_mut().zip(maps.chunks(PIXELS)) {
                *mi = plain(image, map, bins);
            }
        }
    };
    let one_thread = |bins: usize, out: &mut [f64]| {
        for (out, (image, maps)) in
            out.chunks_mut(MAPS).zip(images.chunks(PIXELS).zip(maps.chunks(MAPS * PIXELS)))
        {
            image_against_maps(image, maps, bins, out).expect("the data are finite");
        }
    };
    let all_threads = |bins: usize, out: &mut [f64]| {
        let shape = BatchShape { pixels: PIXELS, maps_per_image: MAPS };
        batch_mutual_information(&images, &maps, shape, bins, out).expect("the data are finite");
    };
    // The lower limit: all threads read every map once.
    let read_once = || -> u32 {
        let sum = |map: &[f32]| map.iter().fold(0_u32, |sum, v| sum.wrapping_add(v.to_bits()));
        maps.par_chunks(MAPS * PIXELS).map(sum).reduce(|| 0, u32::wrapping_add)
    };

    let mut expected = out.clone();
    for bins in [20, 64, 256] {
        serial(bins, &mut expected);
        for measure in [&one_thread as &dyn Fn(usize, &mut [f64]), &all_threads] {
            out.fill(f64::NAN);
            measure(bins, &mut out);
            for (got, expected) in out.iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-11, "{got} {expected}, {bins} bins");
            }
        }
    }
    let single_pair = || {
        mutual_information(black_box(&images[..PIXELS]), black_box(&maps[..PIXELS]), 20)
            .expect("the data are finite")
    };
    let (got, expected) = (single_pair(), plain(&images[..PIXELS], &maps[..PIXELS], 20));
    assert!((got - expected).abs() < 1e-11, "{got} {expected}");
    let bits = maps.iter().map(|v| u64::from(v.to_bits())).sum::<u64>();
    assert_eq!(u64::from(read_once()), bits & u64::from(u32::MAX));

    let mut group = c.benchmark_group("histogram_mi");
    group.throughput(Throughput::Elements((IMAGES * MAPS * PIXELS) as u64));
    group.sample_size(30);
    group.warm_up_time(Duration::from_secs(1));
    group.measurement_time(Duration::from_secs(4));
    group.bench_function("read_once", |b| b.iter(|| black_box(read_once())));
    group.bench_function(BenchmarkId::new("plain_serial", 20), |b| {
        b.iter(|| serial(20, black_box(&mut out)));
    });
    for bins in [20, 64, 256] {
        group.bench_function(BenchmarkId::new("one_thread", bins), |b| {
            b.iter(|| one_thread(bins, black_box(&mut out)));
        });
        group.bench_function(BenchmarkId::new("all_threads", bins), |b| {
            b.iter(|| all_threads(bins, black_box(&mut out)));
        });
    }
    group.throughput(Throughput::Elements(PIXELS as u64));
    group.bench_function(BenchmarkId::new("single_pair", 20), |b| b.iter(single_pair));
    group.finish();
}

criterion_group!(benches, histogram);
criterion_main!(benches);
