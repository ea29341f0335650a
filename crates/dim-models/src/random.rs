//! Random draws that depend only on the seed and on their purpose.
//!
//! Every draw comes from ChaCha8 with the seed as its key. Each purpose and counter has a stream of
//! its own: the top 8 bits of the stream number hold the [`Purpose`], the other 56 a counter. So
//! the initial weights do not depend on the batch size, no draw depends on the thread count or the
//! device, and a resumed training can start anywhere.

use chacha20::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// What random numbers are drawn for. The value is stored in the number of the stream: it must not
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights.
    Weights = 0,
    /// Order of the images within an epoch; the counter is the epoch.
    Shuffle = 1,
    /// Uniform noise for the prior network; the counter is `step * 2^16 + image in batch`.
    PriorNoise = 2,
    /// Choice of the training images among all images.
    Subset = 3,
    /// Order of the pixels of an image, which keeps its histogram and destroys its layout: to
    /// measure what an estimate of information gives if there is none. The counter is the image.
    PixelShuffle = 4,
}

/// The generator of one purpose and counter.
pub(crate) fn generator(seed: u64, purpose: Purpose, counter: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) | (counter & ((1 << 56) - 1)));
    rng
}

/// The numbers `0..n` in random order: the same for the same arguments.
///
/// ```
/// use dim_models::random::{Purpose, permutation};
///
/// let order = permutation(7, Purpose::Subset, 0, 100);
/// assert_eq!(order, permutation(7, Purpose::Subset, 0, 100));
/// ```
pub fn permutation(seed: u64, purpose: Purpose, counter: u64, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut generator(seed, purpose, counter));
    order
}

/// Words drawn at a time: 4 KiB, which stay in the first-level cache.
const WORDS: usize = 1024;

/// `images * values_per_image` uniform draws in `[0, 1)`, multiples of 2^-24, for the prior network
/// at training step `step`. Each image has a stream of its own; they are drawn in parallel.
pub(crate) fn prior_noise(
    seed: u64,
    step: u64,
    images: usize,
    values_per_image: usize,
) -> Vec<f32> {
    let mut noise = vec![0f32; images * values_per_image];
    noise.par_chunks_mut(values_per_image).enumerate().for_each(|(image, values)| {
        let mut rng = generator(seed, Purpose::PriorNoise, (step << 16) | image as u64);
        // The words that `next_u32` would give, but twice as fast.
        let mut words = [0; 4 * WORDS];
        for values in values.chunks_mut(WORDS) {
            let words = &mut words[..4 * values.len()];
            rng.fill_bytes(words);
            for (value, &word) in values.iter_mut().zip(words.as_chunks().0) {
                *value = (u32::from_le_bytes(word) >> 8) as f32 * (1.0 / (1 << 24) as f32);
            }
        }
    });
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_holds_every_index_once_and_is_repeatable() {
        let order = permutation(7, Purpose::Shuffle, 3, 100);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(order, permutation(7, Purpose::Shuffle, 3, 100));
    }

    #[test]
    fn seed_purpose_and_counter_each_change_the_draw() {
        let base = permutation(7, Purpose::Shuffle, 3, 50);
        assert_ne!(base, permutation(8, Purpose::Shuffle, 3, 50));
        assert_ne!(base, permutation(7, Purpose::Subset, 3, 50));
        assert_ne!(base, permutation(7, Purpose::Shuffle, 4, 50));
    }

    #[test]
    fn streams_are_those_of_the_reference_generator() {
        // rand_chacha 0.10: `seed_from_u64(7)`, `set_stream(purpose << 56 | 3)`.
        for (purpose, words) in [
            (Purpose::Weights, [2_257_105_521, 779_716_368, 2_242_456_910, 398_849_454]),
            (Purpose::Shuffle, [804_148_778, 3_839_954_813, 3_525_940_954, 2_887_349_792]),
            (Purpose::PriorNoise, [585_328_217, 1_228_630_811, 1_370_550_326, 3_097_397_477]),
            (Purpose::Subset, [1_246_802_856, 3_356_608_630, 3_708_529_470, 3_557_371_846]),
            (Purpose::PixelShuffle, [799_426_058, 3_882_232_214, 3_463_128_055, 2_744_276_087]),
        ] {
            let mut rng = generator(7, purpose, 3);
            assert_eq!([(); 4].map(|()| rng.next_u32()), words, "{purpose:?}");
        }
    }

    #[test]
    fn prior_noise_is_uniform_and_independent_of_the_thread_count() {
        let draw = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| prior_noise(1, 5, 6, 10_000))
        };
        let noise = draw(1);
        assert_eq!(noise, draw(3));
        assert!(noise.iter().all(|v| (0.0..1.0).contains(v)));
        // The mean of 60,000 uniform draws has standard deviation 0.0012: five of them.
        let mean = noise.iter().map(|&v| f64::from(v)).sum::<f64>() / noise.len() as f64;
        assert!((mean - 0.5).abs() < 0.006, "mean {mean}");
        assert_ne!(noise[..10_000], noise[10_000..20_000]);
    }

    #[test]
    fn prior_noise_is_the_stream_word_by_word() {
        // Not a multiple of the words drawn at a time.
        let per_image = 2 * WORDS + 13;
        let noise = prior_noise(9, 3, 2, per_image);
        let mut rng = generator(9, Purpose::PriorNoise, (3 << 16) | 1);
        for (i, &value) in noise[per_image..].iter().enumerate() {
            assert_eq!(value, (rng.next_u32() >> 8) as f32 / 16_777_216.0, "value {i}");
        }
    }
}
