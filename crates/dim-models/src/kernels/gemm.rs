//! Matrix products over packed images. Convolutions and dense layers are made of them.

mod pack;
mod tile;

pub(crate) use pack::{Planes, join_row, odd_lines, unpack_rows};
pub(crate) use tile::{Shifted, Weights, correlate, correlate_grad, total};
