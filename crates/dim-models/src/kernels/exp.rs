//! The exponential and what is made of it: the logistic function and the sum of softplus.

use super::scratch::LINE;
use super::simd::{Simd, WithSimd};

/// `exp x` to 2 units in the last place for `x` in [-87, 88], and the value at the nearer end
/// outside it.
///
/// `x = n ln 2 + r` with whole `n`, `exp r` from the polynomial of the Cephes library's `expf`.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::F32s) -> S::F32s {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: what is added to it loses its fraction
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4]; // the first exact in 9 bits
    const POLYNOMIAL: [f32; 6] =
        [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5];
    let zero = simd.splat(0.0);
    let at_most_88 = simd.sub(zero, simd.max(simd.sub(zero, x), simd.splat(-88.0)));
    let x = simd.max(at_most_88, simd.splat(-87.0));
    let round = simd.splat(ROUND);
    let n = simd.sub(simd.mul_add(x, simd.splat(std::f32::consts::LOG2_E), round), round);
    let r = simd.mul_add(n, simd.splat(-LN_2[0]), x);
    let r = simd.mul_add(n, simd.splat(-LN_2[1]), r);
    let mut p = simd.splat(POLYNOMIAL[0]);
    for c in &POLYNOMIAL[1..] {
        p = simd.mul_add(p, r, simd.splat(*c));
    }
    let one = simd.splat(1.0);
    let p = simd.mul_add(p, simd.mul(r, r), simd.add(r, one));
    simd.times_power_of_two(p, n)
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(super) fn logistic<S: Simd>(simd: S, x: S::F32s) -> S::F32s {
    let one = simd.splat(1.0);
    simd.div(one, simd.add(one, exp(simd, simd.sub(simd.splat(0.0), x))))
}

/// The sum over `t` of `softplus(sign t) = ln(1 + exp(sign t))`.
///
/// That is `max(sign t, 0)` and the logarithm of `1 + exp(-|t|)`. Of the latter, which lie between
/// 1 and 2, the logarithm of a product is taken and not the sum of logarithms.
pub(super) struct SoftplusSum<'a> {
    pub(super) sign: f32,
    pub(super) t: &'a [f32],
}

/// Factors up to 2 whose product is far from overflow.
const FACTORS: usize = 32;

impl WithSimd for SoftplusSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
        let sign = simd.splat(self.sign);
        let mut total = 0.0;
        for t in self.t.chunks(FACTORS * S::LANES) {
            // t + |t|, which unlike a maximum passes on what is not a number.
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
    use super::super::simd::Isa;
    use super::*;

    struct Each<'a>(&'a [f32], &'a mut [f32], &'a mut [f32]);

    impl WithSimd for Each<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for ((x, e), l) in self
                .0
                .chunks_exact(S::LANES)
                .zip(self.1.chunks_exact_mut(S::LANES))
                .zip(self.2.chunks_exact_mut(S::LANES))
            {
                simd.store(e, exp(simd, simd.load(x)));
                simd.store(l, logistic(simd, simd.load(x)));
            }
        }
    }

    #[test]
    fn exp_and_logistic_are_right_to_rounding_over_their_range() {
        let x: Vec<f32> = (0..160_000).map(|i| i as f32 * (175.0 / 160_000.0) - 87.0).collect();
        for isa in Isa::available() {
            let (mut e, mut l) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            isa.run(Each(&x, &mut e, &mut l));
            for ((&x, e), l) in x.iter().zip(e).zip(l) {
                let exact = f64::from(x).exp();
                assert!((f64::from(e) / exact - 1.0).abs() < 2.5e-7, "{isa:?}: exp {x} is {e}");
                let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
                assert!((f64::from(l) / exact - 1.0).abs() < 4e-7, "{isa:?}: logistic {x} is {l}");
            }
        }
    }

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
    fn what_is_not_a_number_stays_so_in_a_sum_of_softplus() {
        for isa in Isa::available() {
            for at in [0, 16, 20] {
                let mut t = vec![0.5; 21];
                t[at] = f32::NAN;
                assert!(isa.run(SoftplusSum { sign: -1.0, t: &t }).is_nan());
            }
        }
    }
}
