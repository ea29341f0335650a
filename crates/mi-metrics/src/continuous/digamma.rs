//! The digamma function at integers.

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// From this argument on the asymptotic series, cut after `n^-10`, is accurate to 1e-16.
const LARGE: usize = 16;

/// psi(1) to psi(`last`), each at the index of its argument. Psi has a pole at 0; index 0 is NaN.
///
/// `psi(n) = -gamma + 1 + 1/2 + .. + 1/(n - 1)`. For large `n` it is
/// `ln n - 1/2n - 1/12n^2 + 1/120n^4 - 1/252n^6 + 1/240n^8 - 1/132n^10` (DLMF 5.4.14 and 5.11.2).
/// Accurate to a few roundings.
pub(crate) fn table(last: usize) -> Vec<f64> {
    let mut psi = Vec::with_capacity(last + 1);
    psi.push(f64::NAN);
    let mut harmonic = 0.0;
    for n in 1..=last {
        if n < LARGE {
            psi.push(harmonic - GAMMA);
            harmonic += 1.0 / n as f64;
        } else {
            psi.push(asymptotic(n as f64));
        }
    }
    psi
}

fn asymptotic(n: f64) -> f64 {
    let r = 1.0 / (n * n);
    let tail = 1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r / 132.0));
    n.ln() - 0.5 / n - r * (1.0 / 12.0 - r * tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_scipy() {
        // scipy.special.digamma, scipy 1.17.1
        let psi = table(1_000_000);
        for (n, expected) in [
            (1, -0.577_215_664_901_532_9),
            (2, 0.422_784_335_098_467_1),
            (3, 0.922_784_335_098_467_1),
            (10, 2.251_752_589_066_721),
            (15, 2.674_346_661_660_793_6),
            (16, 2.741_013_328_327_460_5),
            (100, 4.600_161_852_738_088),
            (9216, 9.128_642_128_482_305),
            (1_000_000, 13.815_510_057_964_19),
        ] {
            assert!((psi[n] - expected).abs() < 4e-15, "psi({n}) = {}", psi[n]);
        }
    }

    #[test]
    fn steps_are_the_recurrence() {
        let psi = table(5000);
        assert!(psi[0].is_nan());
        for n in 1..5000 {
            assert!((psi[n + 1] - psi[n] - 1.0 / n as f64).abs() < 4e-15, "psi({n} + 1)");
        }
    }
}
