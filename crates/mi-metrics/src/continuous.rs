//! Information of continuous variables, without bins.

mod array;
mod digamma;
mod gaussian;
mod kd_tree;
mod ksg;
mod linear;
mod ross;
mod sorted;

pub use array::Ties;
pub use gaussian::gaussian_mi;
pub use ksg::{Ksg, ksg_mi};
pub use linear::{linear_gaussian_mi, linear_r_squared};
pub use ross::ross_mi;
