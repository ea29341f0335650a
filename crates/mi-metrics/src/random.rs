//! Seeded draws that depend on nothing but the seed and what they are for.

use chacha20::ChaCha8Rng;
use rand::SeedableRng;

/// What random numbers are drawn for: streams of the generator that never meet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Permutation = 0,
    Bootstrap = 1,
    Jitter = 2,
}

/// The generator of one replicate, or array: ChaCha8 keyed by the seed, on a stream of its own, with
/// the purpose in the top 8 bits of its number and the replicate in the other 56.
pub(crate) fn generator(seed: u64, purpose: Purpose, replicate: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) | (replicate & ((1 << 56) - 1)));
    rng
}
