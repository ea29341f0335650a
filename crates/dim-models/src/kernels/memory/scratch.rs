//! Working memory that a thread keeps between calls.
//!
//! The packed block of an image is a few hundred kilobytes, used for a fraction of a
//! millisecond: fresh memory from the system would cost about as much as the arithmetic.

use std::cell::Cell;

use crate::kernels::simd::LINE;

thread_local! {
    static KEPT: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// The thread's working memory; goes back to the thread when dropped.
///
/// A guard and not a function that takes a closure: the closure would be a function of its own,
/// compiled for the baseline CPU.
pub(crate) struct Scratch {
    memory: Vec<f32>,
}

impl Scratch {
    /// Takes the thread's memory, grown where `values` do not fit.
    pub(crate) fn take(values: [usize; 2]) -> Self {
        let needed = values.map(|n| n.next_multiple_of(LINE)).iter().sum::<usize>() + LINE;
        let mut memory = KEPT.take();
        if memory.len() < needed {
            // Not `resize`: the old values need not be copied.
            memory = vec![0.0; needed];
        }
        Self { memory }
    }

    /// Slices of at least the two lengths given to `take`, each starting on a cache line and
    /// holding whatever the last user left there.
    pub(crate) fn split(&mut self, first: usize) -> (&mut [f32], &mut [f32]) {
        let start = self.memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        self.memory[start..].split_at_mut(first.next_multiple_of(LINE))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        KEPT.set(std::mem::take(&mut self.memory));
    }
}
