//! Vectors that are not cleared before they are written.
//!
//! The maps of one layer are tens of megabytes. To clear them first is a pass over memory by one
//! thread, which takes a third of the time of a small layer.
#![allow(unsafe_code, reason = "sets the length of vectors that the callers have written")]

use std::mem::MaybeUninit;

/// A vector of `len` values, written by `write`.
///
/// # Safety
/// `write` must write every value of its slice.
pub(crate) unsafe fn written(len: usize, write: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut values = Vec::with_capacity(len);
    write(&mut values.spare_capacity_mut()[..len]);
    // SAFETY: within the capacity; the caller promises that all values up to `len` are written.
    unsafe { values.set_len(len) };
    values
}
