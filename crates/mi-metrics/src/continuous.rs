//! Information of continuous variables, without bins.

mod array;
mod digamma;
mod gaussian;
mod kd_tree;
mod ksg;
mod ross;
mod sorted;

pub use array::Ties;
pub use gaussian::gaussian_mi;
pub use ksg::{Ksg, ksg_mi};
pub use ross::ross_mi;
