//! `cargo bench -p linear-probe`: a fit to 1,000 rows of ten classes, of fewer and of more features
//! than rows, with twelve penalties.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use linear_probe::RidgeClassifier;

const ROWS: usize = 1000;
const CLASSES: usize = 10;
const PENALTIES: [f64; 12] = [1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7];

/// Noise, with a feature in ten raised for the row's class.
fn features(dimension: usize, labels: &[usize]) -> Vec<f32> {
    let mut state = 7_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let of_row = |&label: &usize| {
        (0..dimension)
            .map(|i| noise() + if i % CLASSES == label { 0.3 } else { 0.0 })
            .collect::<Vec<_>>()
    };
    labels.iter().flat_map(of_row).collect()
}

fn fit(c: &mut Criterion) {
    let labels: Vec<usize> = (0..ROWS).map(|row| row % CLASSES).collect();
    let mut group = c.benchmark_group("fit");
    group.sample_size(10);
    for dimension in [256, 2048] {
        let x = features(dimension, &labels);
        let fit = || RidgeClassifier::fit(&x, dimension, &labels, &PENALTIES).expect("valid");
        assert!(fit().accuracy(&x, &labels).expect("valid") > 0.9);
        group.bench_function(BenchmarkId::new("1000 rows", dimension), |b| b.iter(fit));
    }
    group.finish();
}

criterion_group!(benches, fit);
criterion_main!(benches);
