//! Vectors of `f32` at the width of the CPU that the program runs on.
//!
//! A kernel is written once, generic over [`Simd`], and wrapped in a [`WithSimd`]. [`Isa::run`] is
//! compiled for each instruction set and calls the one detected at run time, so a published binary
//! is fast without `target-cpu=native`. Everything between `run` and the intrinsics must be
//! `#[inline(always)]`: a function that is not inlined is compiled for the baseline CPU.
//!
//! The order of every sum in a kernel depends on the instruction set alone. So results repeat bit
//! for bit over runs and thread counts, and two instruction sets agree to rounding.
#![allow(unsafe_code, reason = "intrinsics; each value that offers them proves the CPU has them")]

use std::mem::MaybeUninit;
use std::sync::LazyLock;

/// A cache line, and the widest vector, in `f32`s.
pub(crate) const LINE: usize = 16;

/// One instruction set's vector operations. A value of the type proves that the CPU has it.
pub(crate) trait Simd: Copy + Send + Sync {
    /// Lanes of one vector.
    const LANES: usize;
    /// Whether there are 32 vector registers, not 16: decides the size of the register tiles.
    const WIDE_FILE: bool;
    /// `LANES` floats in a register.
    type F32s: Copy + Send + Sync;

    fn splat(self, value: f32) -> Self::F32s;
    /// # Safety
    /// `LANES` floats must be readable at `from`.
    unsafe fn load_ptr(self, from: *const f32) -> Self::F32s;
    /// # Safety
    /// `LANES` floats must be writable at `to`.
    unsafe fn store_ptr(self, to: *mut f32, value: Self::F32s);

    /// The first `LANES` values of `from`.
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::F32s {
        // SAFETY: the slice is checked to hold a vector.
        unsafe { self.load_ptr(from[..Self::LANES].as_ptr()) }
    }
    /// Overwrites the first `LANES` values of `to`.
    #[inline(always)]
    fn store(self, to: &mut [f32], value: Self::F32s) {
        // SAFETY: the slice is checked to hold a vector.
        unsafe { self.store_ptr(to[..Self::LANES].as_mut_ptr(), value) }
    }
    /// Writes the first `LANES` values of `to`.
    #[inline(always)]
    fn write(self, to: &mut [MaybeUninit<f32>], value: Self::F32s) {
        // SAFETY: the slice is checked to hold a vector, and is only written.
        unsafe { self.store_ptr(to[..Self::LANES].as_mut_ptr().cast(), value) }
    }

    fn add(self, a: Self::F32s, b: Self::F32s) -> Self::F32s;
    fn sub(self, a: Self::F32s, b: Self::F32s) -> Self::F32s;
    fn mul(self, a: Self::F32s, b: Self::F32s) -> Self::F32s;
    fn div(self, a: Self::F32s, b: Self::F32s) -> Self::F32s;
    /// `a * b + c`, rounded once where the instruction set can.
    fn mul_add(self, a: Self::F32s, b: Self::F32s, c: Self::F32s) -> Self::F32s;
    /// The larger of each pair; `b` where `a` is NaN.
    fn max(self, a: Self::F32s, b: Self::F32s) -> Self::F32s;
    /// `value` where `test` is above zero, else zero.
    fn where_positive(self, test: Self::F32s, value: Self::F32s) -> Self::F32s;
    /// `value * 2^n` for whole `n` from -126 to 127.
    fn times_power_of_two(self, value: Self::F32s, n: Self::F32s) -> Self::F32s;
    /// The sum of the lanes: upper half plus lower half, repeatedly.
    fn sum(self, value: Self::F32s) -> f32;
}

/// A computation that is generic over the instruction set.
pub(crate) trait WithSimd {
    type Output;
    /// Must be `#[inline(always)]`.
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output;
}

/// The instruction sets of this architecture.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
    Portable(portable::Portable),
}

impl Isa {
    /// The best that this machine has. Detected once.
    pub(crate) fn detect() -> Self {
        static BEST: LazyLock<Isa> = LazyLock::new(|| Isa::available()[0]);
        *BEST
    }

    /// All that this machine has, best first.
    pub(crate) fn available() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            found.extend(x86::Avx512::detect().map(Isa::Avx512));
            found.extend(x86::Avx2::detect().map(Isa::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        found.extend(neon::Neon::detect().map(Isa::Neon));
        found.push(Isa::Portable(portable::Portable));
        found
    }

    /// The name that [`crate::kernel_path`] returns.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => "neon",
            Isa::Portable(_) => "portable",
        }
    }

    /// [`Simd::WIDE_FILE`] of this instruction set.
    pub(crate) fn wide_file(self) -> bool {
        struct WideFile;
        impl WithSimd for WideFile {
            type Output = bool;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> bool {
                S::WIDE_FILE
            }
        }
        self.run(WideFile)
    }

    /// Runs `op`, compiled for this instruction set.
    pub(crate) fn run<O: WithSimd>(self, op: O) -> O::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(simd) => simd.run(op),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(simd) => simd.run(op),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => op.with_simd(simd),
            Isa::Portable(simd) => op.with_simd(simd),
        }
    }
}

/// Evaluates an intrinsic inside a method of a type whose values prove the feature.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: `detect` alone makes `Self`, and only on a CPU with the instructions.
        unsafe { $call }
    };
}

pub(crate) mod exp;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;
