//! A run: its folder and record, its steps, which of them are due, its images and its disk space.

pub mod disk_budget;
pub mod download;
pub mod folder;
pub mod images;
pub mod photographs;
pub mod plan;
pub mod record;
pub mod session;
pub mod step;
