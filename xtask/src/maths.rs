//! Statistics, without files or runs.

pub mod sampling;
pub mod statistics;
