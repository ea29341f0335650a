//! What a user can set: the command line, and the settings of the experiment.

pub mod cli;
pub mod config;
pub mod values;
