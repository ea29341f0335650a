use super::*;

/// Values in -1..1, the same for the same seed.
fn values(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// A convolution with its data.
struct Case {
    conv: Conv,
    batch: usize,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    fn new(window: Window, batch: usize, channels: (usize, usize), size: (usize, usize)) -> Self {
        let ((c_in, c_out), (height, width)) = (channels, size);
        let conv = Conv { window, c_in, c_out, height, width };
        let (h, w) = conv.out_size().unwrap();
        Self {
            conv,
            batch,
            x: values(batch * c_in * height * width, 1),
            weight: values(c_out * c_in * window.taps(), 2),
            bias: values(c_out, 3),
            dy: values(batch * c_out * h * w, 4),
        }
    }

    /// Calls `f(y, x, weight)` with the indices of the values of each product.
    fn products(&self, mut f: impl FnMut(usize, usize, usize)) {
        let Conv { window, c_in, c_out, height, width } = self.conv;
        let (size, stride, padding) = match window {
            Window::One => (1, 1, 0),
            Window::Three { padding } => (3, 1, padding),
            Window::ThreeStride2 => (3, 2, 0),
        };
        let (h, w) = self.conv.out_size().unwrap();
        for b in 0..self.batch {
            for (o, c) in (0..c_out).flat_map(|o| (0..c_in).map(move |c| (o, c))) {
                for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
                    for (ky, kx) in (0..size).flat_map(|ky| (0..size).map(move |kx| (ky, kx))) {
                        let (iy, ix) = (y * stride + ky, x * stride + kx);
                        let inside = (padding..padding + height).contains(&iy)
                            && (padding..padding + width).contains(&ix);
                        if inside {
                            f(
                                ((b * c_out + o) * h + y) * w + x,
                                ((b * c_in + c) * height + iy - padding) * width + ix - padding,
                                ((o * c_in + c) * size + ky) * size + kx,
                            );
                        }
                    }
                }
            }
        }
    }

    fn naive_forward(&self) -> Vec<f64> {
        let area = self.dy.len() / self.batch / self.conv.c_out;
        let mut out: Vec<f64> =
            (0..self.dy.len()).map(|i| f64::from(self.bias[i / area % self.conv.c_out])).collect();
        self.products(|y, x, w| out[y] += f64::from(self.x[x]) * f64::from(self.weight[w]));
        out
    }

    fn naive_input_grad(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.x.len()];
        self.products(|y, x, w| out[x] += f64::from(self.dy[y]) * f64::from(self.weight[w]));
        out
    }

    fn naive_weight_grad(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.weight.len()];
        self.products(|y, x, w| out[w] += f64::from(self.dy[y]) * f64::from(self.x[x]));
        out
    }

    fn naive_bias_grad(&self) -> Vec<f64> {
        let area = self.dy.len() / self.batch / self.conv.c_out;
        let mut out = vec![0.0; self.conv.c_out];
        for (i, &dy) in self.dy.iter().enumerate() {
            out[i / area % self.conv.c_out] += f64::from(dy);
        }
        out
    }

    /// All results of one instruction set, as bits.
    fn bits(&self, isa: Isa) -> Vec<Vec<u32>> {
        let (dw, db) = self.conv.weight_grad(isa, &self.x, &self.dy);
        let y = self.conv.forward(isa, &self.x, &self.weight, Some(&self.bias));
        let dx = self.conv.input_grad(isa, &self.dy, &self.weight);
        [y, dx, dw, db].iter().map(|v| v.iter().map(|f| f.to_bits()).collect()).collect()
    }
}

/// `terms` products of values below 1 are summed in f32. Rounding grows with the square root of
/// their number; the tolerance is 32 standard deviations.
fn assert_close(what: &str, got: &[f32], want: &[f64], terms: usize) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    let tolerance = 32.0 * f64::from(f32::EPSILON) * (terms as f64).sqrt();
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() <= tolerance, "{what}[{i}]: {got}, not {want}");
    }
}

fn check(case: &Case) {
    let Conv { window, c_in, c_out, .. } = case.conv;
    let (y, dx) = (case.naive_forward(), case.naive_input_grad());
    let (dw, db) = (case.naive_weight_grad(), case.naive_bias_grad());
    for isa in Isa::available() {
        let name = |what: &str| format!("{what}, {:?}, batch {}, {isa:?}", case.conv, case.batch);
        let got = case.conv.forward(isa, &case.x, &case.weight, Some(&case.bias));
        assert_close(&name("forward"), &got, &y, c_in * window.taps() + 1);
        let got = case.conv.input_grad(isa, &case.dy, &case.weight);
        assert_close(&name("input gradient"), &got, &dx, c_out * window.taps());
        let got = case.conv.weight_grad(isa, &case.x, &case.dy);
        let terms = case.dy.len() / c_out;
        assert_close(&name("weight gradient"), &got.0, &dw, terms);
        assert_close(&name("bias gradient"), &got.1, &db, terms);
    }
}

const WINDOWS: [Window; 5] = [
    Window::One,
    Window::Three { padding: 0 },
    Window::Three { padding: 1 },
    Window::Three { padding: 2 },
    Window::ThreeStride2,
];

#[test]
fn every_size_agrees_with_plain_loops() {
    let sizes = [(1, 1), (1, 7), (2, 1), (3, 3), (4, 3), (5, 7), (6, 6), (24, 25), (33, 20)];
    // Miri takes seconds for the small sizes alone.
    let (sizes, batch) = if cfg!(miri) { (&sizes[4..6], 1) } else { (&sizes[..], 3) };
    for window in WINDOWS {
        for &size in sizes {
            let conv = Conv { window, c_in: 1, c_out: 1, height: size.0, width: size.1 };
            if conv.out_size().is_some_and(|(h, w)| h > 0 && w > 0) {
                check(&Case::new(window, batch, (2, 3), size));
            }
        }
    }
}

#[test]
fn every_channel_count_agrees_with_plain_loops() {
    for window in WINDOWS {
        for channels in [(1, 1), (1, 4), (4, 8), (3, 5), (5, 3), (8, 2), (7, 13), (33, 9), (9, 33)]
        {
            check(&Case::new(window, 1, channels, (9, 11)));
        }
    }
}

/// Wide enough for full register tiles and more than one block of rows.
#[test]
fn images_larger_than_a_block_agree_with_plain_loops() {
    for window in WINDOWS {
        check(&Case::new(window, 1, (16, 8), (51, 102)));
    }
}

#[test]
fn results_repeat_bit_for_bit_over_threads_and_runs() {
    for window in WINDOWS {
        let case = Case::new(window, 7, (5, 9), (17, 19));
        for isa in Isa::available() {
            let results: Vec<_> = [1, 2, 3, 3]
                .map(|threads| {
                    let pool =
                        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    pool.install(|| case.bits(isa))
                })
                .into();
            assert!(results.iter().all(|r| *r == results[0]), "{window:?} {isa:?}");
        }
    }
}

#[test]
fn no_bias_is_a_bias_of_zero() {
    let case = Case::new(Window::Three { padding: 1 }, 2, (3, 4), (6, 5));
    let isa = Isa::detect();
    let without = case.conv.forward(isa, &case.x, &case.weight, None);
    assert_eq!(without, case.conv.forward(isa, &case.x, &case.weight, Some(&[0.0; 4])));
}

#[test]
fn an_image_smaller_than_the_kernel_has_no_output() {
    let conv = |window| Conv { window, c_in: 1, c_out: 1, height: 5, width: 2 };
    assert_eq!(conv(Window::Three { padding: 0 }).out_size(), None);
    assert_eq!(conv(Window::ThreeStride2).out_size(), None);
    assert_eq!(conv(Window::Three { padding: 1 }).out_size(), Some((5, 2)));
}

#[test]
fn stale_scratch_does_not_reach_the_result() {
    let case = || Case::new(Window::Three { padding: 1 }, 1, (3, 4), (6, 5));
    let poison = |len: usize| vec![f32::NAN; len];
    // One thread: the scratch memory is that of the call before.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        for isa in Isa::available() {
            let clean = case().bits(isa);
            let nan = Case { x: poison(case().x.len()), dy: poison(case().dy.len()), ..case() };
            nan.bits(isa);
            assert_eq!(case().bits(isa), clean, "{isa:?}");
        }
    });
}
