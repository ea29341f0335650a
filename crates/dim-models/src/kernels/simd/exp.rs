//! The exponential and the logistic function, a vector at a time.

use super::Simd;

/// `exp x` to 2 units in the last place for `x` in [-87, 88]; outside, the value at the nearer end.
///
/// `x = n ln 2 + r` with a whole `n`; `exp r` is the polynomial of the Cephes library's `expf`.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::F32s) -> S::F32s {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to a whole number
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4]; // the first has 9 bits
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
pub(crate) fn logistic<S: Simd>(simd: S, x: S::F32s) -> S::F32s {
    let one = simd.splat(1.0);
    simd.div(one, simd.add(one, exp(simd, simd.sub(simd.splat(0.0), x))))
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, WithSimd};
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
}
