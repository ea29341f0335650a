//! The layers that the networks are made of.
//!
//! Each holds its parameters and calls the operation behind it, which picks this crate's own kernels
//! for f32 on the CPU and candle's everywhere else.

pub(crate) mod batch_norm_relu;
mod conv;
mod linear;

pub use batch_norm_relu::BatchNormRelu;
pub use conv::{Conv2d, ConvTranspose2d};
pub use linear::Linear;
