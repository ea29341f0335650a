//! Code that is compiled for several kinds of CPU; the CPU decides at run time which is used.
//!
//! A [`Kernel`] is ordinary safe code. Inlined into a function that may use wider vectors, the
//! compiler vectorises it with them. No operation is fused or reordered, so every level gives the
//! same bits.
//!
//! This is the only `unsafe` of the crate. Without it a measurement takes about twice as long: it
//! would use SSE2, the baseline of x86-64, and wait for memory at the start of each map.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of detected CPU features, and a prefetch hint")
)]

/// Work that gains from wide vectors.
pub(crate) trait Kernel {
    type Output;

    /// Does the work. Mark it, and all that it calls, `#[inline(always)]`.
    ///
    /// `ROUNDS` says whether the CPU truncates a vector of floats in one instruction.
    fn run<const ROUNDS: bool>(self) -> Self::Output;
}

/// Instructions that this CPU has. A value exists only if they were detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The instructions of every CPU of the architecture.
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The widest vectors of this CPU.
    ///
    /// Detects the features that are enabled below and those that they imply to the compiler
    /// (`rustc --print cfg -C target-feature=+avx512bw` lists them). Every CPU with AVX2 or AVX-512
    /// has them all, but a virtual machine may hide some.
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

    /// Every level that this machine can run.
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
            // aarch64 can always round to an integer. The baseline of x86-64 cannot: it would call
            // a function for each value.
            Kind::Baseline => kernel.run::<{ cfg!(target_arch = "aarch64") }>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this kind is constructed only after its features were detected.
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
/// The CPU must have the features that are enabled here and those that they imply.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// # Safety
/// As for [`avx2`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// Asks the CPU to fetch the values at `start..start + count`, as far as they exist.
///
/// Gives one hint for each cache line, if it is called for one run after another of equal length.
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
                // SAFETY: the address is valid, and the hint changes neither registers nor memory.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, start, count);
}
