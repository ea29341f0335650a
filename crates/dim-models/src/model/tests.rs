//! The fused kernels against the same losses layer by layer in f64, on candle's operations: losses,
//! gradients and running statistics.

use super::*;
use crate::config::{Alignment, Objective, ObjectiveConfig, PriorMode};
use crate::layers::description::NetworkLayerKind;

fn values(shape: &[usize], seed: u32) -> Tensor {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let n = shape.iter().product();
    let data: Vec<f64> = (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / 16_777_216.0
        })
        .collect();
    Tensor::from_vec(data, shape, &Device::Cpu).unwrap()
}

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

struct Step {
    case: Case,
    config: ModelConfig,
    size: [usize; 2],
    batch: usize,
    objective: ObjectiveConfig,
}

/// Named vectors: the losses, and for each parameter its gradient, or its value if it has none.
fn results(step: &Step, dtype: DType, isa: Isa) -> Vec<(String, Vec<f64>)> {
    let Step { case, config, size: [height, width], batch, objective } = step;
    let mut model = DeepInfoMax::new(*case, config, 4, dtype, &Device::Cpu).unwrap();
    model.workspace = Workspace::new(isa);
    let [c, h, w] = model.latent_shape(*height, *width).unwrap();
    let x = values(&[*batch, 1, *height, *width], 15).to_dtype(dtype).unwrap();
    let noise = values(&[*batch, c, h, w], 6).to_dtype(dtype).unwrap();
    let losses = model.losses(&x, &noise, objective).unwrap();
    let gradients = losses.objective().unwrap().backward().unwrap();
    let mut named: Vec<(&str, &Tensor)> = vec![
        ("total", &losses.total),
        ("local", &losses.local),
        ("global", &losses.global),
        ("prior", &losses.prior),
    ];
    named.extend(losses.prior_network.as_ref().map(|loss| ("prior network", loss)));
    let mut all: Vec<(String, Vec<f64>)> =
        named.into_iter().map(|(name, t)| (name.to_owned(), flat(t))).collect();
    all.extend(model.parameters().iter().map(|p| {
        let value = if p.trainable { gradients.get(&p.var).unwrap() } else { &p.var };
        (p.name.clone(), flat(value))
    }));
    all
}

fn assert_agree(what: &str, step: &Step) {
    let expected = results(step, DType::F64, Isa::detect());
    for isa in Isa::available() {
        let found = results(step, DType::F32, isa);
        assert_eq!(found.len(), expected.len());
        for ((name, found), (_, expected)) in found.iter().zip(&expected) {
            assert_eq!(found.len(), expected.len(), "{what}, {isa:?}: {name}");
            let norm = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
            let error =
                expected.iter().zip(found).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            // A bias before a batch norm has a gradient of rounding errors only: hence the absolute
            // part.
            assert!(
                error <= 1e-3 * norm + 2e-6,
                "{what}, {isa:?}: {name} is off by {error:e} of {norm:e}"
            );
        }
    }
}

fn objective(objective: Objective, negatives: usize, prior: PriorMode) -> ObjectiveConfig {
    ObjectiveConfig { objective, negatives, prior, alpha: 0.3, beta: 0.7, gamma: 0.9 }
}

const NARROW: ModelConfig =
    ModelConfig { channels: [2, 3, 4, 5], hidden_channels: 6, alignment: Alignment::Resize };

#[test]
fn every_case_at_odd_sizes_agrees_with_candle() {
    // Latents of less than one tile, of one full and one partial tile, of several tiles.
    for case in Case::ALL {
        for size in [[17, 15], [23, 29], [36, 41]] {
            for config in [NARROW, ModelConfig::default()] {
                let objective = objective(Objective::Jsd, 1, PriorMode::Adversarial);
                let step = Step { case, config, size, batch: 3, objective };
                assert_agree(&format!("case {case}, {size:?}, {config:?}"), &step);
            }
        }
    }
}

#[test]
fn encoding_agrees_with_candle_for_every_case_and_image() {
    for case in Case::ALL {
        for (config, [height, width], batch) in
            [(NARROW, [17, 15], 1), (NARROW, [23, 29], 3), (ModelConfig::default(), [36, 41], 5)]
        {
            let encode = |dtype, isa, batch: usize| {
                let mut model = DeepInfoMax::new(case, &config, 4, dtype, &Device::Cpu).unwrap();
                model.workspace = Workspace::new(isa);
                let x = values(&[5, 1, height, width], 15).to_dtype(dtype).unwrap();
                // Running statistics other than the initial ones.
                let [c, h, w] = model.latent_shape(height, width).unwrap();
                let noise = values(&[5, c, h, w], 6).to_dtype(dtype).unwrap();
                model.losses(&x, &noise, &ObjectiveConfig::default()).unwrap();
                let maps = model.encode(&x.narrow(0, 5 - batch, batch).unwrap()).unwrap().maps;
                assert_eq!(maps.dims(), [batch, c, h, w]);
                flat(&maps)
            };
            let expected = encode(DType::F64, Isa::detect(), batch);
            let scale = expected.iter().fold(0.0_f64, |max, v| max.max(v.abs()));
            for isa in Isa::available() {
                let found = encode(DType::F32, isa, batch);
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let error = (found - expected).abs();
                    assert!(error < 1e-5 * scale, "case {case}, {isa:?}: value {i} off {error:e}");
                }
                // The maps of an image have the same bits in any batch.
                let all = encode(DType::F32, isa, 5);
                assert_eq!(all[all.len() - found.len()..], found, "case {case}, {isa:?}");
            }
        }
    }
}

fn cropped(config: ModelConfig) -> ModelConfig {
    ModelConfig { alignment: Alignment::Crop, ..config }
}

#[test]
fn cropped_cases_agree_with_candle() {
    for case in [Case::A, Case::B] {
        for size in [[17, 15], [23, 29], [36, 41]] {
            for config in [NARROW, ModelConfig::default()].map(cropped) {
                for (bound, negatives, prior) in [
                    (Objective::Jsd, 1, PriorMode::Adversarial),
                    (Objective::InfoNce, 2, PriorMode::Cooperative),
                ] {
                    let objective = objective(bound, negatives, prior);
                    let step = Step { case, config, size, batch: 3, objective };
                    assert_agree(&format!("case {case}, cropped, {size:?}, {config:?}"), &step);
                }
            }
        }
    }
}

#[test]
fn a_crop_has_the_centre_of_what_a_resize_has_and_the_same_batch_norm() {
    let (height, width) = (23, 19);
    for (dtype, tolerance) in [(DType::F64, 0.0), (DType::F32, 1e-6)] {
        let x = values(&[3, 1, height, width], 15).to_dtype(dtype).unwrap();
        let encode = |case, config| {
            let model = DeepInfoMax::new(case, &config, 4, dtype, &Device::Cpu).unwrap();
            // Running statistics other than the initial ones.
            let [c, h, w] = model.latent_shape(height, width).unwrap();
            let noise = values(&[3, c, h, w], 6).to_dtype(dtype).unwrap();
            model.losses(&x, &noise, &ObjectiveConfig::default()).unwrap();
            model.encode(&x).unwrap()
        };
        for case in Case::ALL {
            let (whole, crop) = (encode(case, NARROW), encode(case, cropped(NARROW)));
            let size = |n: usize| n.min(case.sizes(n).unwrap()[4]);
            let (h, w) = (size(height), size(width));
            assert_eq!(crop.maps.dims(), [3, 5, h, w], "case {case}");
            assert_eq!(crop.images.dims(), [3, 1, h, w], "case {case}");
            assert_eq!(flat(&crop.images), flat(&centre(&x, h, w).unwrap()), "case {case}");
            let expected = flat(&centre(&whole.maps, h, w).unwrap());
            for (found, expected) in flat(&crop.maps).into_iter().zip(expected) {
                let error = (found - expected).abs();
                assert!(error <= tolerance, "case {case}, {dtype:?}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn cases_that_keep_the_size_have_the_same_bits_cropped_and_resized() {
    for case in [Case::C, Case::D] {
        for dtype in [DType::F32, DType::F64] {
            let objective = objective(Objective::Jsd, 1, PriorMode::Adversarial);
            let of = |config| {
                let step = Step { case, config, size: [17, 15], batch: 3, objective };
                results(&step, dtype, Isa::detect())
            };
            assert_eq!(of(NARROW), of(cropped(NARROW)), "case {case}, {dtype:?}");
        }
    }
}

#[test]
fn every_objective_number_of_negatives_and_prior_agrees_with_candle() {
    for bound in [Objective::Jsd, Objective::Dv, Objective::InfoNce] {
        for (negatives, batch) in [(1, 1), (1, 3), (2, 3), (3, 3), (3, 5)] {
            for prior in [PriorMode::Adversarial, PriorMode::Cooperative] {
                let objective = objective(bound, negatives, prior);
                let step = Step { case: Case::C, config: NARROW, size: [11, 13], batch, objective };
                assert_agree(&format!("{bound}, K {negatives}, batch {batch}, {prior}"), &step);
            }
        }
    }
}

#[test]
fn channels_that_fill_no_vector_agree_with_candle() {
    for (channels, hidden_channels) in
        [([1, 1, 1, 1], 1), ([3, 1, 5, 2], 7), ([4, 8, 16, 33], 17), ([1, 2, 3, 9], 34)]
    {
        let objective = objective(Objective::Jsd, 2, PriorMode::Adversarial);
        let config = ModelConfig { channels, hidden_channels, ..ModelConfig::default() };
        let step = Step { case: Case::D, config, size: [12, 19], batch: 3, objective };
        assert_agree(&format!("{channels:?}, hidden {hidden_channels}"), &step);
    }
}

#[test]
fn a_used_workspace_gives_the_bits_of_a_new_one() {
    let config = ModelConfig::default();
    let model = DeepInfoMax::new(Case::A, &config, 1, DType::F32, &Device::Cpu).unwrap();
    let run = |model: &DeepInfoMax, batch: usize| {
        let x = values(&[batch, 1, 24, 24], 2).to_dtype(DType::F32).unwrap();
        let noise = values(&[batch, 32, 16, 16], 3).to_dtype(DType::F32).unwrap();
        let losses = model.losses(&x, &noise, &ObjectiveConfig::default()).unwrap();
        let gradients = losses.objective().unwrap().backward().unwrap();
        let parameters = model.parameters().trainable();
        parameters.map(|p| flat(gradients.get(&p.var).unwrap())).collect::<Vec<_>>()
    };
    let first = run(&model, 4);
    // Another batch size leaves other values in the workspace, in memory of other sizes.
    run(&model, 3);
    assert_eq!(run(&model, 4), first);
}

#[test]
fn objective_networks_describe_every_weight_that_they_have() {
    let model = DeepInfoMax::new(Case::B, &NARROW, 4, DType::F32, &Device::Cpu).unwrap();
    let NetworkLayers { local, global, prior } = model.network_layers();
    for (name, layers) in [("local.", local), ("global.", global), ("prior.", prior)] {
        let described: Vec<Vec<usize>> = layers
            .iter()
            .filter_map(|layer| match layer.kind {
                NetworkLayerKind::Convolution { kernel_size: k, .. } => {
                    Some(vec![layer.outputs, layer.inputs, k, k])
                }
                NetworkLayerKind::Linear => Some(vec![layer.outputs, layer.inputs]),
                NetworkLayerKind::MeanOverSpace => None,
            })
            .collect();
        let of_network = |p: &&crate::Parameter| p.name.starts_with(name) && p.var.rank() > 1;
        let weights: Vec<Vec<usize>> =
            model.parameters().iter().filter(of_network).map(|p| p.var.dims().to_vec()).collect();
        assert_eq!(described, weights, "{name}");
        let joined = layers.windows(2).all(|pair| pair[0].outputs == pair[1].inputs);
        assert!(joined, "{name}: each layer takes what the one before gives");
        assert_eq!((layers[0].inputs, layers[layers.len() - 1].outputs), (1 + 5, 1), "{name}");
    }
}

#[test]
fn noise_of_another_shape_is_refused() {
    let model = DeepInfoMax::new(Case::C, &NARROW, 1, DType::F32, &Device::Cpu).unwrap();
    let x = values(&[2, 1, 9, 9], 2).to_dtype(DType::F32).unwrap();
    for shape in [[2, 5, 9, 8], [1, 5, 9, 9], [2, 4, 9, 9]] {
        let noise = values(&shape, 3).to_dtype(DType::F32).unwrap();
        assert!(model.losses(&x, &noise, &ObjectiveConfig::default()).is_err(), "{shape:?}");
    }
}

#[test]
fn tensors_that_are_not_gray_images_are_refused_with_their_shape() {
    let model = DeepInfoMax::new(Case::C, &NARROW, 1, DType::F32, &Device::Cpu).unwrap();
    for shape in [&[2, 3, 9, 9][..], &[9, 9], &[1, 2, 1, 9, 9]] {
        let x = values(shape, 2).to_dtype(DType::F32).unwrap();
        match model.encode(&x) {
            Err(Error::ImageShape { found }) => assert_eq!(found, shape),
            other => panic!("expected a refused shape, got {other:?}"),
        }
    }
}
