//! What any program needs: files that appear whole, progress, Ctrl-C, dates.

pub mod command_line;
pub mod date;
pub mod disk;
pub mod files;
pub mod interrupt;
pub mod paths;
pub mod progress;
