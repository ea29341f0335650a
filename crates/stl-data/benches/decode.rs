//! `cargo bench -p stl-data`: 5,000 images, as many as the train split has, to gray.
//!
//! 138 MB of bytes in and 184 MB of floats out. `copy_same_bytes` copies their mean, 161 MB, and so
//! moves the same number of bytes in total. The results are checked against `plain_loop` before
//! anything is timed. The parameter is the number of threads.

use std::{fs, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use stl_data::{Dataset, IMAGE_BYTES, PIXELS, SIDE, gray_batch_into};

const IMAGES: usize = 5_000;
const COPIED: usize = IMAGES * (IMAGE_BYTES + PIXELS * size_of::<f32>()) / 2;

/// The obvious implementation.
fn plain_loop(official: &[u8], out: &mut [f32]) {
    for (image, gray) in official.chunks_exact(IMAGE_BYTES).zip(out.chunks_exact_mut(PIXELS)) {
        for row in 0..SIDE {
            for col in 0..SIDE {
                let at = |channel: usize| f32::from(image[channel * PIXELS + col * SIDE + row]);
                gray[row * SIDE + col] = ((0.299 * at(0) + 0.587 * at(1)) + 0.114 * at(2)) / 255.0;
            }
        }
    }
}

/// Bytes in which every value is as frequent as any other.
fn noise() -> Vec<u8> {
    let mut state = 7_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..IMAGES * IMAGE_BYTES).map(|_| byte()).collect()
}

/// One `copy_from_slice` in each thread.
fn copy(threads: usize, from: &[u8], to: &mut [u8]) {
    let part = from.len().div_ceil(threads);
    to.par_chunks_mut(part).zip(from.par_chunks(part)).for_each(|(to, from)| {
        to.copy_from_slice(from);
    });
}

fn decode_gray(c: &mut Criterion) {
    let official = noise();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("unlabeled_X.bin");
    fs::write(&path, &official).expect("138 MB in the temporary folder");
    let data = Dataset::open(&path).expect("a valid file");
    let indices: Vec<usize> = (0..IMAGES).collect();

    let mut out = vec![f32::NAN; IMAGES * PIXELS];
    let mut expected = out.clone();
    plain_loop(&official, &mut expected);
    gray_batch_into(&official, &mut out).expect("the lengths match");
    assert!(out == expected, "gray_batch_into differs from the plain loop");
    out.fill(f32::NAN);
    data.gray_into(&indices, &mut out).expect("the file is there");
    assert!(out == expected, "Dataset::gray_into differs from the plain loop");
    drop(expected);

    let pool = |threads| -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
    };
    let all = rayon::current_num_threads(); // follows RAYON_NUM_THREADS
    let pools = [("1", pool(1)), ("all", pool(all))];

    let mut group = c.benchmark_group("decode_gray");
    group.throughput(Throughput::Elements(IMAGES as u64)).sample_size(20);
    group.warm_up_time(std::time::Duration::from_secs(1));
    let (from, mut to) = (vec![7_u8; COPIED], vec![1_u8; COPIED]);
    for (threads, pool) in &pools {
        group.bench_function(BenchmarkId::new("copy_same_bytes", threads), |b| {
            let threads = pool.current_num_threads();
            b.iter(|| pool.install(|| copy(threads, black_box(&from), black_box(&mut to))));
        });
        group.bench_function(BenchmarkId::new("gray_batch", threads), |b| {
            b.iter(|| pool.install(|| gray_batch_into(black_box(&official), black_box(&mut out))));
        });
    }
    group.bench_function(BenchmarkId::new("plain_loop", "1"), |b| {
        b.iter(|| plain_loop(black_box(&official), black_box(&mut out)));
    });
    let (threads, pool) = &pools[1];
    group.bench_function(BenchmarkId::new("dataset_from_file", threads), |b| {
        b.iter(|| pool.install(|| data.gray_into(black_box(&indices), black_box(&mut out))));
    });
    group.finish();
}

criterion_group!(benches, decode_gray);
criterion_main!(benches);
