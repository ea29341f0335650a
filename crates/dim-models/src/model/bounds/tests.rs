//! The bounds against the losses of the same scores, against candle's operations in f64 and against
//! closed forms.

use super::*;
use crate::case::Case;
use crate::config::{Alignment, ModelConfig, ObjectiveConfig};
use crate::kernels::memory::Workspace;
use crate::kernels::simd::Isa;

const NARROW: ModelConfig =
    ModelConfig { channels: [2, 3, 4, 5], hidden_channels: 6, alignment: Alignment::Resize };

fn images(batch: usize, height: usize, width: usize, dtype: DType) -> Tensor {
    let pixel = |i: usize| (i * 7919 % 251 + i / (height * width) * 40 % 90) as f64 / 340.0;
    let pixels: Vec<f64> = (0..batch * height * width).map(pixel).collect();
    let x = Tensor::from_vec(pixels, (batch, 1, height, width), &Device::Cpu).unwrap();
    x.to_dtype(dtype).unwrap()
}

fn values(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn set(model: &DeepInfoMax, name: &str, new: &[f64]) {
    let var = &model.parameters().get(name).unwrap().var;
    let new = Tensor::new(new, &Device::Cpu).unwrap().reshape(var.shape()).unwrap();
    var.set(&new.to_dtype(var.dtype()).unwrap()).unwrap();
}

fn six(bounds: InformationBounds) -> [f64; 6] {
    let InformationBounds { local, global } = bounds;
    [local.jsd, local.dv, local.infonce, global.jsd, global.dv, global.infonce]
}

fn losses(model: &DeepInfoMax, x: &Tensor, objective: Objective, negatives: usize) -> [f64; 2] {
    let [c, h, w] = model.latent_shape(x.dim(2).unwrap(), x.dim(3).unwrap()).unwrap();
    let noise = Tensor::zeros((x.dim(0).unwrap(), c, h, w), x.dtype(), &Device::Cpu).unwrap();
    let config = ObjectiveConfig { objective, negatives, ..ObjectiveConfig::default() };
    let losses = model.losses(x, &noise, &config).unwrap();
    [values(&losses.local)[0], values(&losses.global)[0]]
}

/// Spreads the scores, so that a wrong pair shows.
fn sharpen(model: &DeepInfoMax) {
    for p in model.parameters().trainable() {
        if p.name.starts_with("local.") || p.name.starts_with("global.") {
            p.var.set(&(p.var.as_tensor() * 2.5).unwrap()).unwrap();
        }
    }
}

#[test]
fn bounds_are_minus_the_losses_if_running_statistics_are_those_of_the_batch() {
    for (dtype, tolerance) in [(DType::F64, 1e-10), (DType::F32, 2e-5)] {
        for (case, negatives) in [(Case::A, 1), (Case::B, 2), (Case::C, 3), (Case::D, 1)] {
            let (batch, side) = (4, 17);
            let model = DeepInfoMax::new(case, &NARROW, 4, dtype, &Device::Cpu).unwrap();
            sharpen(&model);
            let x = images(batch, side, side, dtype);
            // From 0 and 1, a tenth of the way to the batch's mean and unbiased variance.
            losses(&model, &x, Objective::Jsd, negatives);
            let sizes = case.sizes(side).unwrap();
            for (layer, size) in [1, 4, 7].into_iter().zip(&sizes[1..]) {
                let n = (batch * size * size) as f64;
                let name = |of: &str| format!("encoder.{layer}.running_{of}");
                let running = |of| values(&model.parameters().get(&name(of)).unwrap().var);
                let mean: Vec<f64> = running("mean").iter().map(|m| m / 0.1).collect();
                let var: Vec<f64> =
                    running("var").iter().map(|v| (v - 0.9) / 0.1 * (n - 1.0) / n).collect();
                set(&model, &name("mean"), &mean);
                set(&model, &name("var"), &var);
            }
            let InformationBounds { local, global } = model.bounds(&x, negatives).unwrap();
            for (objective, bounds) in [
                (Objective::Jsd, [local.jsd, global.jsd]),
                (Objective::Dv, [local.dv, global.dv]),
                (Objective::InfoNce, [local.infonce, global.infonce]),
            ] {
                for (bound, loss) in
                    bounds.into_iter().zip(losses(&model, &x, objective, negatives))
                {
                    let error = (bound + loss).abs();
                    assert!(error < tolerance, "case {case}, {objective}: {bound}, not -{loss}");
                }
            }
        }
    }
}

#[test]
fn every_case_and_number_of_negatives_agrees_with_candle() {
    for case in Case::ALL {
        let crop = ModelConfig { alignment: Alignment::Crop, ..NARROW };
        for (config, [height, width], batch, negatives) in [
            (NARROW, [17, 15], 2, 1),
            (NARROW, [23, 29], 3, 2),
            (crop, [23, 29], 3, 2),
            (ModelConfig::default(), [36, 41], 5, 3),
        ] {
            let bounds = |dtype, isa| {
                let mut model = DeepInfoMax::new(case, &config, 4, dtype, &Device::Cpu).unwrap();
                model.workspace = Workspace::new(isa);
                sharpen(&model);
                let x = images(batch, height, width, dtype);
                // Running statistics other than the initial ones.
                losses(&model, &x, Objective::Jsd, negatives);
                six(model.bounds(&x, negatives).unwrap())
            };
            let expected = bounds(DType::F64, Isa::detect());
            for isa in Isa::available() {
                for (found, expected) in bounds(DType::F32, isa).into_iter().zip(expected) {
                    let error = (found - expected).abs();
                    assert!(error < 2e-5, "case {case}, {isa:?}: {found}, not {expected}");
                }
            }
        }
    }
}

#[test]
fn constant_scores_give_the_closed_forms() {
    for dtype in [DType::F32, DType::F64] {
        let model = DeepInfoMax::new(Case::C, &NARROW, 4, dtype, &Device::Cpu).unwrap();
        for name in ["local.4.weight", "global.8.weight"] {
            set(&model, name, &[0.0; 6]);
        }
        for (c, negatives) in [(0.0, 1), (0.0, 4), (1.5, 2), (-3.0, 3)] {
            set(&model, "local.4.bias", &[c]);
            set(&model, "global.8.bias", &[c]);
            let found = model.bounds(&images(5, 12, 13, dtype), negatives).unwrap();
            let softplus = |t: f64| t.exp().ln_1p();
            let expected = Bounds {
                jsd: -softplus(-c) - softplus(c),
                dv: 0.0,
                infonce: -(1.0 + negatives as f64).ln(),
            };
            let both = InformationBounds { local: expected, global: expected };
            for (found, expected) in six(found).into_iter().zip(six(both)) {
                assert!((found - expected).abs() < 1e-6, "{dtype:?}, {c}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn bounds_change_nothing_and_have_the_same_bits_on_any_number_of_threads() {
    let model =
        DeepInfoMax::new(Case::A, &ModelConfig::default(), 4, DType::F32, &Device::Cpu).unwrap();
    let state = || model.parameters().iter().map(|p| values(&p.var)).collect::<Vec<_>>();
    let before = state();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let x = images(5, 30, 30, DType::F32);
        pool.install(|| six(model.bounds(&x, 2).unwrap())).map(f64::to_bits)
    };
    assert_eq!(run(1), run(1));
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(3));
    assert_eq!(before, state());
}

#[test]
fn a_batch_with_too_few_images_for_its_negatives_is_refused() {
    let model = DeepInfoMax::new(Case::C, &NARROW, 4, DType::F32, &Device::Cpu).unwrap();
    for (batch, negatives) in [(3, 0), (3, 3), (1, 1), (3, usize::MAX)] {
        let refused = model.bounds(&images(batch, 9, 9, DType::F32), negatives);
        let expected = matches!(refused, Err(Error::Setting { name: "negatives", .. }));
        assert!(expected, "{batch}, {negatives}: {refused:?}");
    }
    assert!(matches!(
        model.bounds(&images(3, 6, 9, DType::F32), 1),
        Err(Error::ImageSize { height: 6, width: 9, minimum: 7 })
    ));
}
