//! Memory that is kept from one training step to the next.
//!
//! A step allocates and frees about a thousand results of a megabyte. If the system gets that
//! memory back, it maps and clears it again each time. That took longer than the arithmetic, with
//! the system's allocator and with others. Memory that is kept here costs nothing.
#![allow(unsafe_code, reason = "sets the length of vectors that the callers have written")]

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kernels::simd::Isa;

/// The instruction set and the memory to compute with. Clones share the memory, which lives until
/// the last clone and the last buffer are dropped.
#[derive(Clone)]
pub(crate) struct Workspace {
    pub(crate) isa: Isa,
    free: Arc<Free>,
}

#[derive(Default)]
struct Free(Mutex<Vec<Vec<f32>>>);

/// Values whose memory returns to its workspace when this is dropped.
pub(crate) struct Buffer {
    values: Vec<f32>,
    home: Arc<Free>,
}

impl Workspace {
    pub(crate) fn new(isa: Isa) -> Self {
        Self { isa, free: Arc::default() }
    }

    /// A buffer of `len` zeros.
    pub(crate) fn zeros(&self, len: usize) -> Buffer {
        let mut values = self.free.take(len);
        values.resize(len, 0.0);
        Buffer { values, home: self.free.clone() }
    }

    /// A buffer of `len` values, written by `write`.
    ///
    /// # Safety
    /// `write` must write every value of its slice.
    pub(crate) unsafe fn written(
        &self,
        len: usize,
        write: impl FnOnce(&mut [MaybeUninit<f32>]),
    ) -> Buffer {
        let mut values = self.free.take(len);
        write(&mut values.spare_capacity_mut()[..len]);
        // SAFETY: within the capacity; the caller promises that all values up to `len` are written.
        unsafe { values.set_len(len) };
        Buffer { values, home: self.free.clone() }
    }
}

impl Free {
    /// An empty vector with room for `len` values: the smallest of the free ones, unless more than
    /// half of it would be unused.
    fn take(&self, len: usize) -> Vec<f32> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |v: &Vec<f32>| (len..=2 * len).contains(&v.capacity());
        let best = (0..free.len()).filter(|&i| fits(&free[i])).min_by_key(|&i| free[i].capacity());
        match best {
            Some(i) => free.swap_remove(i),
            None => Vec::with_capacity(len),
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(values);
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl AsRef<[f32]> for Buffer {
    fn as_ref(&self) -> &[f32] {
        self
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("isa", &self.isa).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_memory_is_used_again_and_zeros_are_zeros() {
        let workspace = Workspace::new(Isa::detect());
        let mut first = workspace.zeros(1000);
        first.fill(1.0);
        let at = first.as_ptr();
        drop(first);
        let second = workspace.zeros(900);
        assert_eq!(second.as_ptr(), at);
        assert!(second.iter().all(|&v| v == 0.0) && second.len() == 900);
        assert_ne!(workspace.zeros(900).as_ptr(), at, "that memory is in use");
        drop(second);
        assert_ne!(workspace.zeros(100).as_ptr(), at, "100 values would waste that memory");
    }
}
