//! Working memory that a thread keeps between calls.
//!
//! The packed block of an image is a few hundred kilobytes and is used for a fraction of a
//! millisecond. New memory from the system would cost about as much as the arithmetic.

use std::cell::Cell;

use crate::kernels::simd::LINE;

thread_local! {
    static KEPT: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// The thread's working memory, which returns to the thread when this is dropped.
///
/// A guard, not a function that takes a closure: the closure would be compiled for the baseline
/// CPU.
pub(crate) struct Scratch {
    memory: Vec<f32>,
}

impl Scratch {
    /// Takes the thread's memory, and enlarges it if the two lengths in `values` do not fit.
    pub(crate) fn take(values: [usize; 2]) -> Self {
        let needed = values.map(|n| n.next_multiple_of(LINE)).iter().sum::<usize>() + LINE;
        let mut memory = KEPT.take();
        if memory.len() < needed {
            // Not `resize`: it would copy the old values.
            memory = vec![0.0; needed];
        }
        Self { memory }
    }

    /// Two slices of at least the lengths given to `take`, the first of which is `first`. Each
    /// starts on a cache line. The values are those of the last use.
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
