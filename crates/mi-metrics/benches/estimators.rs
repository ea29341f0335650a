//! `cargo bench -p mi-metrics --bench estimators`: each estimator on the table of two images of 96
//! x 96 at 20 and 256 bins, and 99 permutations and 99 resamples on all threads.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mi_metrics::{
    BinnedArray, Estimator, JointHistogram, Resampling, bootstrap_interval, permutation_null,
};

const PIXELS: usize = 96 * 96;
const RESAMPLING: Resampling = Resampling { replicates: 99, seed: 1 };

/// Two smooth images with noise, one a function of the other.
fn images() -> (Vec<f32>, Vec<f32>) {
    let mut state = 7_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let x: Vec<f32> = (0..PIXELS).map(|i| (i as f32 * 0.002).sin() + 0.3 * noise()).collect();
    let y = x.iter().map(|v| (3.0 * v).tanh() + 0.5 * noise()).collect();
    (x, y)
}

fn estimators(c: &mut Criterion) {
    let (x, y) = images();
    for bins in [20, 256] {
        let binned = |v: &[f32]| BinnedArray::new(v, bins).expect("finite");
        let (x, y) = (binned(&x), binned(&y));
        let joint = JointHistogram::new(&x, &y).expect("equal lengths");
        assert!(joint.estimate(Estimator::PlugIn) > 0.5);
        let mut group = c.benchmark_group("estimate");
        for estimator in Estimator::ALL {
            group.bench_function(BenchmarkId::new(estimator.name(), bins), |b| {
                b.iter(|| black_box(&joint).estimate(estimator));
            });
        }
        group.finish();
        let mut group = c.benchmark_group("inference");
        group.bench_function(BenchmarkId::new("permutation", bins), |b| {
            b.iter(|| permutation_null(&x, &y, Estimator::PlugIn, RESAMPLING).expect("paired"));
        });
        group.bench_function(BenchmarkId::new("bootstrap", bins), |b| {
            b.iter(|| {
                bootstrap_interval(&x, &y, Estimator::PlugIn, 0.95, RESAMPLING).expect("paired")
            });
        });
        group.finish();
    }
}

criterion_group!(benches, estimators);
criterion_main!(benches);
