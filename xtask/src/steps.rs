//! The steps of a run. They read and write tables; none imports another. What several of them do:
//! [`encoding`], [`maps_mi`], [`pixels`], [`train_images`], [`calibrated`].

pub mod blur;
pub mod bounds;
pub mod calibrated;
pub mod encoding;
pub mod figures;
pub mod geometry;
pub mod maps_mi;
pub mod measure;
pub mod pixels;
pub mod probe;
pub mod sensitivity;
pub mod summary;
pub mod train;
pub mod train_images;
pub mod unseen;
pub mod untrained;
