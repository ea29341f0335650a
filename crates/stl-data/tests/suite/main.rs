//! The crate from outside, as one test program.
//!
//! `hostile.rs` and `memory.rs` measure their whole process, so each is a program of its own.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(unreachable_pub, reason = "`pub` marks what a module offers the others")]

mod binaries;
mod fetch_archive;
mod fetch_hub;
mod fetch_stop;
mod hub;
mod parquet;
mod real_data;
mod support;
