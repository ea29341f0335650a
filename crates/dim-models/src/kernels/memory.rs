//! Memory for results and for work. New memory from the system costs as much as the arithmetic.

mod output;
mod scratch;
mod workspace;

pub(crate) use output::written;
pub(crate) use scratch::Scratch;
pub(crate) use workspace::{Buffer, Workspace};
