//! The runs of several seeds together: tables, a summary and figures.

mod figure;
pub mod means;
mod rows;
mod summary;

pub use figure::figure;
pub use rows::rows_of_seed;
pub use summary::SeedsSummary;
