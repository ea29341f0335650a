//! `cargo bench -p mi-metrics`: 20 images of 96 x 96 with 32 maps each, 20 bins.
//!
//! The answer is checked against the plain serial program below before anything is timed.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mi_metrics::{batch_mutual_information, image_against_maps};

const IMAGES: usize = 20;
const MAPS: usize = 32;
const SIDE: usize = 96;
const PIXELS: usize = SIDE * SIDE;
const BINS: usize = 20;

/// What one would write first: a table and three loops.
fn plain(image: &[f32], map: &[f32]) -> f64 {
    let mut table = [[0_u32; BINS]; BINS];
    let bins_of = |values: &[f32]| -> Vec<usize> {
        let lo = values.iter().copied().fold(f32::INFINITY, f32::min);
        let hi = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = (BINS as f32 / (hi - lo)).next_up();
        values.iter().map(|v| (((v - lo) * scale) as usize).min(BINS - 1)).collect()
    };
    for (i, j) in bins_of(image).into_iter().zip(bins_of(map)) {
        table[i][j] += 1;
    }
    let p = |n: u32| f64::from(n) / image.len() as f64;
    let column = |j: usize| -> u32 { table.iter().map(|row| row[j]).sum() };
    let mut mi = 0.0;
    for row in &table {
        for (j, &n) in row.iter().enumerate().filter(|&(_, &n)| n > 0) {
            mi += p(n) * (p(n) / (p(row.iter().sum()) * p(column(j)))).ln();
        }
    }
    mi
}

/// Smooth images; maps that are a nonlinear function of the image plus noise.
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
    let serial = |out: &mut [f64]| {
        for (out, (image, maps)) in
            out.chunks_mut(MAPS).zip(images.chunks(PIXELS).zip(maps.chunks(MAPS * PIXELS)))
        {
            for (mi, map) in out.iter_mut().zip(maps.chunks(PIXELS)) {
                *mi = plain(image, map);
            }
        }
    };
    let one_thread = |out: &mut [f64]| {
        for (out, (image, maps)) in
            out.chunks_mut(MAPS).zip(images.chunks(PIXELS).zip(maps.chunks(MAPS * PIXELS)))
        {
            image_against_maps(image, maps, BINS, out).expect("the data are finite");
        }
    };
    let all_threads = |out: &mut [f64]| {
        batch_mutual_information(&images, &maps, PIXELS, MAPS, BINS, out)
            .expect("the data are finite");
    };

    let mut expected = out.clone();
    serial(&mut expected);
    for measure in [&one_thread as &dyn Fn(&mut [f64]), &all_threads] {
        out.fill(f64::NAN);
        measure(&mut out);
        for (got, expected) in out.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        }
    }

    let mut group = c.benchmark_group(format!("{IMAGES}x{MAPS}x{SIDE}x{SIDE}, {BINS} bins"));
    group.throughput(Throughput::Elements((IMAGES * MAPS * PIXELS) as u64));
    group.sample_size(20);
    group.bench_function("plain serial", |b| b.iter(|| serial(black_box(&mut out))));
    group.bench_function("image_against_maps, 1 thread", |b| {
        b.iter(|| one_thread(black_box(&mut out)));
    });
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    group.bench_function(format!("batch_mutual_information, {threads} threads"), |b| {
        b.iter(|| all_threads(black_box(&mut out)));
    });
    group.finish();
}

criterion_group!(benches, histogram);
criterion_main!(benches);
