//! Tests of the public functions, as one test program.

mod faults;
mod gradients;
mod hostile_files;
mod pytorch_reference;
mod resume;
mod training;
