//! Matrix products over packed images: what convolutions and dense layers come down to.

mod pack;
mod tile;

pub(crate) use pack::{Planes, join_row, odd_lines, unpack_rows};
pub(crate) use tile::{Shifted, Weights, correlate, correlate_grad, total};
