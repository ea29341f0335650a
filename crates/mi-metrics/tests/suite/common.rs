//! Helpers: random numbers that are the same on every machine, and a comparison.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The sum of 12 uniform numbers minus 6: nearly a standard Gaussian.
    pub(crate) fn bell(&mut self) -> f64 {
        (0..12).fold(0.0, |sum, _| sum + self.uniform()) - 6.0
    }
}

/// Pairs of standard Gaussians with correlation `rho`.
pub(crate) fn gaussian_pairs(n: usize, rho: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut random = Random(seed);
    let pair = |_| {
        let radius = (-2.0 * (1.0 - random.uniform()).ln()).sqrt();
        let (sin, cos) = (TAU * random.uniform()).sin_cos();
        (radius * cos, radius * (rho * cos + (1.0 - rho * rho).sqrt() * sin))
    };
    (0..n).map(pair).unzip()
}

/// psi(n), by its definition at integers.
pub(crate) fn digamma(n: usize) -> f64 {
    const GAMMA: f64 = 0.577_215_664_901_532_9;
    (1..n).map(|i| 1.0 / i as f64).sum::<f64>() - GAMMA
}

/// The generator of the scripts in `data`: `n` numbers in [0, 1), the same to the last bit.
pub(crate) fn lcg(seed: u32, n: usize) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / 4_294_967_296.0
    };
    (0..n).map(|_| uniform()).collect()
}

/// Runs `work` in a pool with `threads` threads.
pub(crate) fn in_pool<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[track_caller]
pub(crate) fn assert_close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let off = (got - expected).abs();
    assert!(off <= tolerance, "{what}: {got} is {off:e} from {expected}");
}
