//! The tables that join the steps: row types, and reading and writing them.

pub mod blur;
pub mod bounds;
pub mod claims;
pub mod comparison;
pub mod csv;
pub mod geometry;
pub mod joint;
pub mod losses;
pub mod mi;
pub mod probe;
pub mod seeds;
pub mod sensitivity;
pub mod summary;
pub mod unseen;
pub mod untrained;
