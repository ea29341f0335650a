//! Arithmetic on plain `f32` slices for the CPU. Nothing here knows candle's tensors.
//!
//! candle's own CPU operations spend most of their time on layout changes and in loops that are not
//! blocked for the cache. These keep the block of one image in cache and the multiply-add units
//! busy. Tensors are NCHW and contiguous. rayon runs the images in parallel. The number of threads
//! changes no bit: sums over images are in the order of the images ([`sum`]).
//!
//! A module uses only those above it:
//!
//! | module | what it does |
//! |---|---|
//! | [`simd`] | vectors of the CPU's width, chosen at run time |
//! | [`memory`] | memory for results, and working memory that is kept between calls |
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

/// The CPU kernels that this machine runs: `avx512`, `avx2`, `neon` or `portable`.
///
/// Trainings in f32 on the CPU of two machines have the same bits only if this is the same.
/// Different kernels agree to rounding. Record this name beside anything that depends on the bits.
///
/// ```
/// assert!(["avx512", "avx2", "neon", "portable"].contains(&dim_models::kernel_path()));
/// ```
pub fn kernel_path() -> &'static str {
    simd::Isa::detect().name()
}
