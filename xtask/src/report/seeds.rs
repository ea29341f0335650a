//! The runs of several seeds together: a table, a summary and a figure.

mod figure;
mod rows;
mod summary;

pub use figure::figure;
pub use rows::rows_of_seed;
pub use summary::SeedsSummary;
