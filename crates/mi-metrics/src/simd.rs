//! One source, compiled for each kind of CPU and chosen at run time.
//!
//! A [`Kernel`] is ordinary safe code; inlined into a function that may use wider vectors, the compiler
//! vectorises it with them. No operation is fused or reordered, so every level gives the same bits.
//!
//! This is the crate's only `unsafe`. Without it (the baseline of x86-64, SSE2, and waiting for memory
//! at the start of each map) a measurement takes about twice as long.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of detected CPU features, and a prefetch hint")
)]

/// Work that gains from wide vectors.
pub(crate) trait Kernel {
    type Output;

    /// Does the work; to be marked `#[inline(always)]`, as must be all that it calls.
    ///
    /// `ROUNDS` says whether the CPU truncates a vector of floats in one instruction.
    fn run<const ROUNDS: bool>(self) -> Self::Output;
}

/// Instructions that this CPU has: a value exists only where they were detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What every CPU of the architecture has.
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The widest. Detects what is enabled below and what that implies to the compiler (`rustc --print
    /// cfg -C target-feature=+avx512bw` lists it); all of it goes with AVX2 or AVX-512 unless a virtual
    /// machine hides some.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c")
                && has_avx2()
            {
                return Self(Kind::Avx512);
            }
            if has_avx2() {
                return Self(Kind::Avx2);
            }
        }
        Self(Kind::Baseline)
    }

    /// All that this machine has, for tests.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let mut levels = vec![Self(Kind::Baseline)];
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            levels.push(Self(Kind::Avx2));
        }
        if !levels.contains(&Self::detect()) {
            levels.push(Self::detect());
        }
        levels
    }

    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            // Rounding to an integer is part of aarch64, and not of x86-64, whose baseline calls a
            // function for each value.
            Kind::Baseline => kernel.run::<{ cfg!(target_arch = "aarch64") }>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this kind is made only after its features were detected.
            Kind::Avx2 => unsafe { avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Kind::Avx512 => unsafe { avx512(kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("sse4.2")
        && is_x86_feature_detected!("sse4.1")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse3")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

/// # Safety
/// The CPU has what is enabled here and what that implies.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// # Safety
/// As of [`avx2`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// Asks for `count` values from `start` on that are needed soon, as far as there are any.
///
/// One hint a cache line when called for runs of equal length one after another.
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T], start: usize, count: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let line = const { 64 / size_of::<T>() };
        if !start.is_multiple_of(line) {
            return;
        }
        for i in (0..count).step_by(line) {
            if let Some(value) = values.get(start + i) {
                // SAFETY: a hint without effect on registers or memory, about a valid address.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, start, count);
}
