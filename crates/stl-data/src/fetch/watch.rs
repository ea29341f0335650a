//! The caller's progress function, and its wish to stop.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// Tells the caller how far a fetch is; [`Error::Stopped`] once it answers with a break.
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

    /// Asks whether to go on where there is nothing new to report.
    pub(super) fn again(&mut self) -> Result<()> {
        match (self.progress)(self.done, self.total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        }
    }

    /// Begins another file: nothing is known of it yet.
    pub(super) fn reset(&mut self) {
        (self.done, self.total) = (0, 0);
    }
}
