//! Tests that run the compiled program as a user would, with valid and invalid input.
//!
//! No test uses the network: the hub is offline, and its address has no server.

#![expect(clippy::unwrap_used, reason = "a helper may fail like a test")]
#![expect(unreachable_pub, reason = "`pub` marks what other modules use")]

mod align;
mod changed_inputs;
mod command_line;
mod common;
mod config_file;
mod constant_images;
mod controls_reference;
mod disk;
mod fetch;
mod golden;
mod interruption;
mod layout;
mod memory;
mod probe;
mod readme;
mod repeatability;
mod reproduce;
mod revisions;
mod seeds;
mod soak;
mod sources;
mod steps;
mod verify;
