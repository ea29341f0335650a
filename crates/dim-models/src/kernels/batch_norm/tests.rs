use super::*;

const EPS: f64 = 1e-5;

fn values(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

struct Case {
    maps: Maps,
    x: Vec<f32>,
    dy: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl Case {
    fn new(batch: usize, channels: usize, area: usize) -> Self {
        let n = batch * channels * area;
        Self {
            maps: Maps { channels, area },
            x: values(n, 1).iter().map(|x| 3.0 * x + 0.7).collect(),
            dy: values(n, 2),
            gamma: values(channels, 3),
            beta: values(channels, 4),
        }
    }

    fn affine(&self) -> Affine<'_> {
        Affine { gamma: &self.gamma, beta: &self.beta, eps: EPS }
    }

    fn channel(&self, i: usize) -> usize {
        i / self.maps.area % self.maps.channels
    }

    fn per_channel(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.maps.channels];
        (0..self.x.len()).for_each(|i| sums[self.channel(i)] += value(i));
        sums
    }

    fn naive_moments(&self) -> (Vec<f64>, Vec<f64>) {
        let n = (self.x.len() / self.maps.channels) as f64;
        let mean: Vec<f64> =
            self.per_channel(|i| f64::from(self.x[i])).iter().map(|sum| sum / n).collect();
        let var = self.per_channel(|i| (f64::from(self.x[i]) - mean[self.channel(i)]).powi(2));
        (mean, var.iter().map(|sum| sum / n).collect())
    }
}

fn assert_close(what: &str, got: &[f32], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let limit = tolerance * want.abs().max(1.0);
        assert!((f64::from(got) - want).abs() <= limit, "{what}[{i}]: {got}, not {want}");
    }
}

/// Outputs and input gradients are off by a few roundings of values near 1, parameter gradients by
/// those of a sum of a few thousand such values.
fn check(case: &Case, mode: Mode) {
    let n = (case.x.len() / case.maps.channels) as f64;
    let (mean, var) = match mode {
        Mode::Train => case.naive_moments(),
        Mode::Eval => (vec![0.25; case.maps.channels], vec![2.5; case.maps.channels]),
    };
    let s: Vec<f64> = var.iter().map(|var| 1.0 / (var + EPS).sqrt()).collect();
    let c = |i: usize| case.channel(i);
    let hat = |i: usize| (f64::from(case.x[i]) - mean[c(i)]) * s[c(i)];
    let pre = |i: usize| f64::from(case.gamma[c(i)]) * hat(i) + f64::from(case.beta[c(i)]);
    let g = |i: usize| if pre(i) > 0.0 { f64::from(case.dy[i]) } else { 0.0 };
    let (dbeta, dgamma) = (case.per_channel(g), case.per_channel(|i| g(i) * hat(i)));
    let all = 0..case.x.len();
    let y: Vec<f64> = all.clone().map(|i| pre(i).max(0.0)).collect();
    let dx: Vec<f64> = all
        .map(|i| {
            let moments = match mode {
                Mode::Train => (dbeta[c(i)] + hat(i) * dgamma[c(i)]) / n,
                Mode::Eval => 0.0,
            };
            f64::from(case.gamma[c(i)]) * s[c(i)] * (g(i) - moments)
        })
        .collect();
    for isa in Isa::available() {
        let moments = match mode {
            Mode::Train => case.maps.moments(isa, &case.x),
            Mode::Eval => Moments {
                mean: mean.iter().map(|&m| m as f32).collect(),
                var: var.iter().map(|&v| v as f32).collect(),
            },
        };
        let name = |what: &str| format!("{what}, {:?}, {mode:?}, {isa:?}", case.maps);
        assert_close(&name("mean"), &moments.mean, &mean, 1e-6);
        assert_close(&name("variance"), &moments.var, &var, 1e-6);
        let got = case.maps.forward(isa, &case.x, &moments, case.affine());
        assert_close(&name("forward"), &got, &y, 2e-6);
        let got = case.maps.backward(isa, &case.x, &case.dy, &moments, case.affine(), mode);
        assert_close(&name("dgamma"), &got.gamma, &dgamma, 2e-5);
        assert_close(&name("dbeta"), &got.beta, &dbeta, 2e-5);
        assert_close(&name("dx"), &got.x, &dx, 5e-6);
    }
}

#[test]
fn every_size_agrees_with_plain_loops() {
    let sizes = [(2, 1, 1), (1, 3, 35), (3, 5, 64), (2, 4, 600), (1, 2, 9000)];
    // Miri takes seconds for the small sizes alone.
    let sizes = if cfg!(miri) { &sizes[..2] } else { &sizes[..] };
    for mode in [Mode::Train, Mode::Eval] {
        for &(batch, channels, area) in sizes {
            check(&Case::new(batch, channels, area), mode);
        }
    }
}

#[test]
fn a_mean_far_from_zero_keeps_the_variance() {
    let mut case = Case::new(4, 2, 500);
    case.x.iter_mut().for_each(|x| *x = 1000.0 + *x * 0.01);
    let want = case.naive_moments().1;
    for isa in Isa::available() {
        let var = case.maps.moments(isa, &case.x).var;
        // One part in 10^4: the inputs themselves are rounded to 6e-5 of a deviation of 0.017.
        assert_close("variance", &var, &want, 1e-4 * want[0]);
    }
}

#[test]
fn a_constant_channel_is_its_shift() {
    let mut case = Case::new(2, 1, 50);
    case.x.fill(5.5);
    case.beta[0] = 0.75;
    let isa = Isa::detect();
    let moments = case.maps.moments(isa, &case.x);
    assert_eq!(moments, Moments { mean: vec![5.5], var: vec![0.0] });
    let y = case.maps.forward(isa, &case.x, &moments, case.affine());
    // The scale is gamma / sqrt(1e-5), so 5.5 gamma loses at most a few hundred roundings.
    assert_close("y", &y, &[0.75; 100], 1e-3);
}

#[test]
fn results_repeat_bit_for_bit_over_threads_and_runs() {
    let case = Case::new(7, 3, 301);
    for isa in Isa::available() {
        let run = || {
            let moments = case.maps.moments(isa, &case.x);
            let y = case.maps.forward(isa, &case.x, &moments, case.affine());
            let grads =
                case.maps.backward(isa, &case.x, &case.dy, &moments, case.affine(), Mode::Train);
            (moments, y, grads)
        };
        let results: Vec<_> = [1, 2, 3, 3]
            .map(|threads| {
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
            })
            .into();
        assert!(results.iter().all(|r| *r == results[0]), "{isa:?}");
    }
}
