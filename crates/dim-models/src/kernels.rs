//! The CPU's arithmetic on plain `f32` slices: convolutions, batch norm, their gradients.
//!
//! candle's own CPU operations lose most of the machine to layout changes and to loops that are
//! not blocked; these keep one image's block in cache and the multiply-add units busy. Tensors
//! are NCHW and contiguous. Images are spread over rayon's threads, and every result is the same
//! bit for bit whatever their number: what is summed over images is summed in their order.
//!
//! [`conv`] and [`batch_norm`] serve single layers; [`networks`] is a whole training step,
//! [`encode`] the encoder in evaluation mode and [`pairs`] the scores of what it gives, all cut by
//! image and not by layer. [`crate::ops`] makes candle operations of these. Nothing here knows of candle.

pub(crate) mod batch_norm;
mod bounds;
pub(crate) mod conv;
pub(crate) mod encode;
mod encoder;
mod exp;
mod flat;
mod global;
mod local;
pub(crate) mod networks;
mod output;
mod pack;
pub(crate) mod pairs;
mod per_pixel;
mod pixels;
mod prior;
mod scratch;
pub(crate) mod simd;
mod tile;
pub(crate) mod workspace;
