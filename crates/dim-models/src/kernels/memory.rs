//! Where results and working memory come from: fresh memory from the system would cost as much as
//! the arithmetic.

mod output;
mod scratch;
mod workspace;

pub(crate) use output::written;
pub(crate) use scratch::Scratch;
pub(crate) use workspace::{Buffer, Workspace};
