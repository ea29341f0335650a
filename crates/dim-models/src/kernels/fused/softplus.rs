//! Sums of softplus over scores, and their gradients.

use crate::kernels::simd::exp::{exp, logistic};
use crate::kernels::simd::{LINE, Simd, WithSimd};

/// The sum over `t` of `softplus(sign t) = ln(1 + exp(sign t))`.
///
/// A term is `max(sign t, 0) + ln(1 + exp(-|t|))`. The arguments of the logarithms are between 1
/// and 2: they are multiplied, and one logarithm is taken of the product.
pub(super) struct SoftplusSum<'a> {
    pub(super) sign: f32,
    pub(super) t: &'a [f32],
}

/// How many such factors are multiplied: their product, at most 2^32, is far from overflow.
const FACTORS: usize = 32;

impl WithSimd for SoftplusSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
        let sign = simd.splat(self.sign);
        let mut total = 0.0;
        for t in self.t.chunks(FACTORS * S::LANES) {
            // t + |t|, not a maximum: it keeps NaN.
            let (mut sums, mut product) = (zero, one);
            let mut add = |t: S::F32s| {
                let magnitude = simd.max(t, simd.sub(zero, t));
                sums = simd.add(sums, simd.add(simd.mul(t, sign), magnitude));
                let e = exp(simd, simd.sub(zero, magnitude));
                product = simd.mul(product, simd.add(one, e));
            };
            let mut vectors = t.chunks_exact(S::LANES);
            for t in &mut vectors {
                add(simd.load(t));
            }
            let mut lanes = [1.0; LINE];
            simd.store(&mut lanes, product);
            let logs: f64 = lanes.iter().map(|&p| f64::from(p)).product::<f64>().ln();
            total += f64::from(simd.sum(sums)) * 0.5 + logs;
            for &t in vectors.remainder() {
                let t = f64::from(self.sign * t);
                total += (t + t.abs()) * 0.5 + (-t.abs()).exp().ln_1p();
            }
        }
        total
    }
}

/// The gradient of `scale` times [`SoftplusSum`]: `scale sign logistic(sign t)` for each `t`.
pub(super) struct SoftplusGrad<'a> {
    pub(super) sign: f32,
    pub(super) scale: f32,
    pub(super) t: &'a [f32],
    pub(super) grad: &'a mut [f32],
}

impl WithSimd for SoftplusGrad<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (sign, scale) = (simd.splat(self.sign), simd.splat(self.scale * self.sign));
        let mut t = self.t.chunks(S::LANES);
        let mut padded = [0.0; LINE];
        for grad in self.grad.chunks_mut(S::LANES) {
            let t = t.next().unwrap_or(&[]);
            padded[..t.len()].copy_from_slice(t);
            let value = logistic(simd, simd.mul(simd.load(&padded), sign));
            simd.store(&mut padded, simd.mul(value, scale));
            grad.copy_from_slice(&padded[..grad.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::Isa;

    #[test]
    fn softplus_sums_and_gradients_are_right_at_any_length_and_size() {
        for isa in Isa::available() {
            for n in [1, 3, 4, 15, 16, 17, 511, 512, 513, 2000] {
                for (sign, spread) in [(1.0, 1.0), (-1.0, 5.0), (1.0, 1e30)] {
                    let t: Vec<f32> =
                        (0..n).map(|i| ((i * 37 % 101) as f32 / 50.0 - 1.0) * spread).collect();
                    let signed = |t: f32| f64::from(t) * f64::from(sign);
                    let softplus = |t: f64| t.max(0.0) + (-t.abs()).exp().ln_1p();
                    let want: f64 = t.iter().map(|&t| softplus(signed(t))).sum();
                    let got = isa.run(SoftplusSum { sign, t: &t });
                    assert!((got - want).abs() <= 2e-6 * want, "{isa:?} {n}: {got}, not {want}");
                    let mut grad = vec![0.0; n];
                    isa.run(SoftplusGrad { sign, scale: 0.5, t: &t, grad: &mut grad });
                    for (&t, got) in t.iter().zip(grad) {
                        let want = 0.5 * f64::from(sign) / (1.0 + (-signed(t)).exp());
                        assert!((f64::from(got) - want).abs() < 1e-7, "{isa:?} {t}: {got}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_sum_of_softplus_keeps_nan() {
        for isa in Isa::available() {
            for at in [0, 16, 20] {
                let mut t = vec![0.5; 21];
                t[at] = f32::NAN;
                assert!(isa.run(SoftplusSum { sign: -1.0, t: &t }).is_nan());
            }
        }
    }
}
