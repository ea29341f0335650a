//! AVX-512 and AVX2 with FMA.

use std::arch::x86_64::*;

use super::{Simd, WithSimd};

/// AVX-512 foundation: 16 lanes, 32 registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// Checks every feature that `avx512f` implies to the compiler: it may use AVX2, FMA and F16C.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("f16c")
            && Avx2::detect().is_some())
        .then_some(Self(()))
    }

    pub(super) fn run<O: WithSimd>(self, op: O) -> O::Output {
        /// # Safety
        /// The CPU has AVX-512F, which `simd` proves.
        #[target_feature(enable = "avx512f")]
        fn compiled<O: WithSimd>(simd: Avx512, op: O) -> O::Output {
            op.with_simd(simd)
        }
        intrinsic!(compiled(self, op))
    }
}

impl Simd for Avx512 {
    const LANES: usize = 16;
    const WIDE_FILE: bool = true;
    type F32s = __m512;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        intrinsic!(_mm512_set1_ps(value))
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f32) -> __m512 {
        // SAFETY: the caller promises sixteen readable floats; `self` proves the feature.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f32, value: __m512) {
        // SAFETY: the caller promises room for sixteen floats; `self` proves the feature.
        unsafe { _mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        intrinsic!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn where_positive(self, test: __m512, value: __m512) -> __m512 {
        intrinsic!({
            let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(test, _mm512_setzero_ps());
            _mm512_maskz_mov_ps(positive, value)
        })
    }
    #[inline(always)]
    fn times_power_of_two(self, value: __m512, n: __m512) -> __m512 {
        intrinsic!(_mm512_scalef_ps(value, n))
    }
    #[inline(always)]
    fn sum(self, value: __m512) -> f32 {
        intrinsic!({
            let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(value));
            let low = _mm512_castps512_ps256(value);
            sum_256(_mm256_add_ps(low, _mm256_castpd_ps(high)))
        })
    }
}

/// AVX2 with FMA: 8 lanes, 16 registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    pub(super) fn run<O: WithSimd>(self, op: O) -> O::Output {
        /// # Safety
        /// The CPU has AVX2 and FMA, which `simd` proves.
        #[target_feature(enable = "avx2,fma")]
        fn compiled<O: WithSimd>(simd: Avx2, op: O) -> O::Output {
            op.with_simd(simd)
        }
        intrinsic!(compiled(self, op))
    }
}

impl Simd for Avx2 {
    const LANES: usize = 8;
    const WIDE_FILE: bool = false;
    type F32s = __m256;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        intrinsic!(_mm256_set1_ps(value))
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f32) -> __m256 {
        // SAFETY: the caller promises eight readable floats; `self` proves the feature.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f32, value: __m256) {
        // SAFETY: the caller promises room for eight floats; `self` proves the feature.
        unsafe { _mm256_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        intrinsic!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        intrinsic!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        intrinsic!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        intrinsic!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        intrinsic!(_mm256_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        intrinsic!(_mm256_max_ps(a, b))
    }
    #[inline(always)]
    fn where_positive(self, test: __m256, value: __m256) -> __m256 {
        intrinsic!({
            let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(test, _mm256_setzero_ps());
            _mm256_and_ps(positive, value)
        })
    }
    #[inline(always)]
    fn times_power_of_two(self, value: __m256, n: __m256) -> __m256 {
        intrinsic!({
            let biased = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_mul_ps(value, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn sum(self, value: __m256) -> f32 {
        intrinsic!(sum_256(value))
    }
}

/// # Safety
/// The CPU has AVX2.
#[target_feature(enable = "avx2")]
#[inline]
fn sum_256(value: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps::<1>(value));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}
