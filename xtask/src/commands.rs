//! The commands of a user.

pub mod fetch;
pub mod reproduce;
pub mod seeds;
pub mod verify;
