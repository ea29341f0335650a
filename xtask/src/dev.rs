//! The commands of a developer: checks, benchmarks, and campaigns whose reports are kept in
//! `results/`.

pub mod bench;
mod cargo;
pub mod ci;
pub mod fuzz;
mod report_file;
pub mod sanitize;
pub mod soak;
