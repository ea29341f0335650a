//! Tests of the public functions, as one test program.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod drawing;
mod golden;
mod grouped_bars;
mod heat_map;
mod intervals;
mod line_panels;
mod network_diagram;
mod refusals;
