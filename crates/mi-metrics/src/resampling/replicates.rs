//! How often to resample, and with which random numbers.

use crate::error::{Error, Result};

/// The number of permutations or resamples, and the seed of their random numbers.
///
/// Each permutation or resample has a stream of random numbers of its own (ChaCha8 with the seed as
/// its key), so results are the same bit for bit for any number of threads.
///
/// ```
/// use mi_metrics::Resampling;
///
/// let resampling = Resampling { replicates: 999, seed: 1 };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// The number of permutations or resamples: at least 2; 999 is usual.
    pub replicates: usize,
    /// The seed.
    pub seed: u64,
}

impl Resampling {
    /// There must be enough replicates for a standard deviation.
    pub(crate) fn check(self) -> Result<()> {
        const MIN: usize = 2;
        if self.replicates < MIN {
            return Err(Error::Replicates { found: self.replicates, min: MIN });
        }
        Ok(())
    }
}
