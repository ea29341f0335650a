//! Statistics, without files or runs.

pub mod statistics;
