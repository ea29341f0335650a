//! The steps of a run. They read and write tables; none imports another, except for [`encoding`].

pub mod bounds;
pub mod encoding;
pub mod figures;
pub mod measure;
pub mod probe;
pub mod sensitivity;
pub mod summary;
pub mod train;
