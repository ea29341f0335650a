//! What a run says: its measurements as statistics, words and figures. Nothing here runs an
//! encoder.

pub mod claims;
pub mod figures;
pub mod geometry;
pub mod measurements;
pub mod seeds;
pub mod subjects;
pub mod summary;
pub mod verdict;
