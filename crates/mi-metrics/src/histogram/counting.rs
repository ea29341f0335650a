//! Counting of the cells of a joint histogram.
//!
//! A cell is counted by adding 1 to memory. A CPU can do that about once per cycle, unless it has
//! to wait for the number of the cell, or for the last addition to the same cell. So the cell
//! numbers of a chunk of pixels are computed first, in vectors. And neighbouring pixels, which
//! often have the same cell, are counted in different copies of the table, which are added up at
//! the end. With few bins two maps are counted at once ([`TwoMapCounter`]).

mod cells;
mod joint;
mod two_maps;

pub(crate) use joint::JointCounter;
pub(crate) use two_maps::TwoMapCounter;
