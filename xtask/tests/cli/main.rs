//! The built program, used as a person would: right and wrong input to every command.
//!
//! No test touches the network: the hub is switched off and its address leads nowhere.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(unreachable_pub, reason = "`pub` marks what a module offers the others")]

mod changed_inputs;
mod command_line;
mod common;
mod config_file;
mod disk;
mod fetch;
mod interruption;
mod memory;
mod probe;
mod readme;
mod repeatability;
mod reproduce;
mod seeds;
mod soak;
mod sources;
mod steps;
mod verify;
