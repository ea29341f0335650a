//! Results whose memory is written once.
//!
//! The maps of one layer are tens of megabytes. Clearing them before they are computed is a pass
//! over memory by one thread, a third of the time of a small layer.
#![allow(unsafe_code, reason = "declares memory written that the callers' loops have covered")]

use std::mem::MaybeUninit;

/// A vector of `len` values, written by `write`.
///
/// # Safety
/// `write` must write every value of its slice.
pub(crate) unsafe fn written(len: usize, write: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut values = Vec::with_capacity(len);
    write(&mut values.spare_capacity_mut()[..len]);
    // SAFETY: within the capacity; all values up to `len` are written, by the caller's promise.
    unsafe { values.set_len(len) };
    values
}
