//! The caller's progress function, which may stop a fetch.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// Reports progress; [`Error::Stopped`] once the caller answers with a break.
pub(super) struct Watch<'a> {
    progress: &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    done: u64,
    total: u64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(progress: &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Self {
        Self { progress, done: 0, total: 0 }
    }

    /// Reports progress.
    pub(super) fn at(&mut self, done: u64, total: u64) -> Result<()> {
        (self.done, self.total) = (done, total);
        self.again()
    }

    /// Reports the same progress again, so that the caller can stop the fetch.
    pub(super) fn again(&mut self) -> Result<()> {
        match (self.progress)(self.done, self.total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        }
    }

    /// Starts another file, of which nothing is known yet.
    pub(super) fn reset(&mut self) {
        (self.done, self.total) = (0, 0);
    }
}
