//! The CPU's arithmetic on plain `f32` slices. Nothing here knows of candle's tensors.
//!
//! candle's own CPU operations lose most of the machine to layout changes and to loops that are
//! not blocked. These keep one image's block in cache and the multiply-add units busy. Tensors are
//! NCHW and contiguous. rayon spreads the images over its threads. The number of threads changes
//! no bit: what is summed over images is summed in their order ([`sum`]).
//!
//! Each module uses only those above it:
//!
//! | module | what it does |
//! |---|---|
//! | [`simd`] | vectors of the CPU's width, chosen at run time |
//! | [`memory`] | results that are written once, working memory that is kept |
//! | [`sum`] | sums over the images of a batch |
//! | [`gemm`] | packed images and the two inner loops over them |
//! | [`conv`], [`batch_norm`] | single layers |
//! | [`fused`] | whole networks: a training step, encoding, scoring |
//!
//! [`crate::ops`] makes candle operations of these.

pub(crate) mod batch_norm;
pub(crate) mod conv;
pub(crate) mod fused;
mod gemm;
pub(crate) mod memory;
pub(crate) mod simd;
mod sum;

/// Which of this crate's CPU kernels this machine runs: `avx512`, `avx2`, `neon` or `portable`.
///
/// A training in f32 on the CPU gives the same bits wherever this is the same; two paths agree only
/// to rounding. A test or a record that pins bits therefore needs this name beside them.
///
/// ```
/// assert!(["avx512", "avx2", "neon", "portable"].contains(&dim_models::kernel_path()));
/// ```
pub fn kernel_path() -> &'static str {
    simd::Isa::detect().name()
}
