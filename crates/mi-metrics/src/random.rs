//! Random numbers that depend only on a seed and on what they are used for.

use chacha20::ChaCha8Rng;
use rand::SeedableRng;

/// What random numbers are used for. Different purposes never share numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Permutation = 0,
    Bootstrap = 1,
    Jitter = 2,
}

/// The generator of one replicate or array: ChaCha8 with the seed as its key.
///
/// The stream number has the purpose in its top 8 bits and the replicate in the other 56.
pub(crate) fn generator(seed: u64, purpose: Purpose, replicate: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) | (replicate & ((1 << 56) - 1)));
    rng
}
