//! NEON, part of every 64-bit ARM: 4 lanes, 32 registers.

use std::arch::aarch64::*;

use super::Simd;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

impl Simd for Neon {
    const LANES: usize = 4;
    const WIDE_FILE: bool = true;
    type F32s = float32x4_t;

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        intrinsic!(vdupq_n_f32(value))
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f32) -> float32x4_t {
        // SAFETY: the caller promises four readable floats; `self` proves the feature.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f32, value: float32x4_t) {
        // SAFETY: the caller promises room for four floats; `self` proves the feature.
        unsafe { vst1q_f32(to, value) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        intrinsic!(vaddq_f32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        intrinsic!(vsubq_f32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        intrinsic!(vmulq_f32(a, b))
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        intrinsic!(vdivq_f32(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        intrinsic!(vfmaq_f32(c, a, b))
    }
    #[inline(always)]
    fn max(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        intrinsic!(vbslq_f32(vcgtq_f32(a, b), a, b))
    }
    #[inline(always)]
    fn where_positive(self, test: float32x4_t, value: float32x4_t) -> float32x4_t {
        intrinsic!(vbslq_f32(vcgtzq_f32(test), value, vdupq_n_f32(0.0)))
    }
    #[inline(always)]
    fn times_power_of_two(self, value: float32x4_t, n: float32x4_t) -> float32x4_t {
        intrinsic!({
            let biased = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
            vmulq_f32(value, vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn sum(self, value: float32x4_t) -> f32 {
        intrinsic!(vaddvq_f32(value))
    }
}
