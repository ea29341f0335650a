//! The arithmetic and memory traffic of a training step, counted from its definition.

use crate::case::{Case, LayerKind};
use crate::config::{ModelConfig, ObjectiveConfig};

/// Operations and bytes that a training step takes for one image, with the adversarial prior.
///
/// ```
/// use dim_models::{Case, ModelConfig, ObjectiveConfig, StepCost};
///
/// let (model, objective) = (ModelConfig::default(), ObjectiveConfig::default());
/// let cost = StepCost::new(Case::C, &model, &objective, 96).expect("96 pixels suffice");
/// assert_eq!(cost.flops, 795_594_240.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepCost {
    /// Floating-point operations of the products in convolutions and dense layers; a multiply-add
    /// counts as two.
    ///
    /// A layer's forward pass counts once, and once more for each gradient that is needed (the
    /// image and the noise need none). In a first layer the latent's part counts once for all
    /// pairs. The image's part counts for each pair in the local network, once in the global
    /// network, and for noise and latent in the prior network. What is computed twice to save
    /// memory counts once.
    pub flops: f64,
    /// Bytes that leave a core's cache if the work is cut by image, as this crate cuts it: what one
    /// image leaves for later passes over the batch, in f32, each time it is written or read.
    ///
    /// | values | written | read |
    /// |---|---|---|
    /// | maps before a batch norm | once | three times: normalise, gradient sums, gradient |
    /// | gradients after a batch norm | once | once |
    /// | latent | once | once |
    /// | noise | once | twice |
    /// | global network, both parts of the first layer | once | twice |
    /// | global network, second layer of each pair | once | once |
    pub bytes: f64,
}

impl StepCost {
    /// The cost for square images of `side` pixels; `None` if they are too small for the networks.
    pub fn new(
        case: Case,
        model: &ModelConfig,
        objective: &ObjectiveConfig,
        side: usize,
    ) -> Option<Self> {
        let sizes = case.sizes(side)?;
        let latent = model.alignment.latent_size(case, side)?;
        let after_first = latent.checked_sub(1)? / 2;
        let after_second = after_first.checked_sub(1)? / 2;
        let (z, w, pairs) = (model.channels[3], model.hidden_channels, 1 + objective.negatives);
        let square = |side: usize| (side * side) as f64;
        let (area, first, second) = (square(latent), square(after_first), square(after_second));

        let (mut products, mut values) = (0.0, 0.0);
        let mut c_in = 1;
        for (layer, (kind, c_out)) in case.layers().into_iter().zip(model.channels).enumerate() {
            // A transposed convolution scatters each pixel of its input. Of maps that are cropped,
            // only the centre is computed, as by a convolution.
            let side = match kind {
                LayerKind::Up if layer < 3 || latent == sizes[4] => sizes[layer],
                LayerKind::Up => latent,
                LayerKind::Valid | LayerKind::Same => sizes[layer + 1],
            };
            let passes = if layer == 0 { 2.0 } else { 3.0 };
            products += passes * 9.0 * square(side) * (c_in * c_out) as f64;
            if layer < 3 {
                values += (4 + 2) as f64 * square(sizes[layer + 1]) * c_out as f64;
            }
            c_in = c_out;
        }
        products += area * (3 * z * w + pairs * (2 * w + 3 * (w * w + w))) as f64;
        // Global: the last two layers see one pooled vector for each pair.
        products += 9.0 * first * (3 * z * w + 2 * w) as f64;
        products += 9.0 * second * (pairs * 3 * w * w) as f64 + (pairs * 3 * (w * w + w)) as f64;
        // Prior. Noise: forward, weights, hidden units. Latent: forward, weights, the latent, and
        // the hidden units for each of the two losses.
        products += area * (2 * (z + 2) * w + w) as f64;
        products += area * (2 * (z + 2) * w + z * w + 2 * w) as f64;
        values += area * (2 * z + 3 * z) as f64;
        values += (2 * 3 * w) as f64 * first + (2 * pairs * w) as f64 * second;
        Some(Self { flops: 2.0 * products, bytes: 4.0 * values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Alignment;

    #[test]
    fn one_channel_one_unit_and_one_pair_count_by_hand() {
        // Case C, 8x8: every layer 1 -> 1 at 64 pixels, 9 products a pixel.
        let config = ModelConfig { channels: [1; 4], hidden_channels: 1, ..ModelConfig::default() };
        let cost = StepCost::new(Case::C, &config, &ObjectiveConfig::default(), 8).unwrap();
        let encoder = 64 * 9 * (2 + 3 + 3 + 3);
        let local = 64 * (3 + 2 * (2 + 6));
        // 8 -> 3 -> 1, then one hidden unit and the score.
        let global = 9 * 9 * (3 + 2) + 9 * (2 * 3) + 2 * 3 * 2;
        let prior = 64 * (2 * 3 + 1) + 64 * (2 * 3 + 1 + 2);
        assert_eq!(cost.flops, f64::from(2 * (encoder + local + global + prior)));
        let values = 3 * 6 * 64 + 64 * 5 + 2 * 3 * 9 + 2 * 2;
        assert_eq!(cost.bytes, f64::from(4 * values));
    }

    #[test]
    fn of_cropped_maps_only_the_centre_counts() {
        let resize = ModelConfig { channels: [1; 4], hidden_channels: 1, ..ModelConfig::default() };
        let crop = ModelConfig { alignment: Alignment::Crop, ..resize };
        let cost = |case, model, side| {
            StepCost::new(case, &model, &ObjectiveConfig::default(), side).unwrap()
        };
        for case in [Case::A, Case::C, Case::D] {
            assert_eq!(cost(case, crop, 16), cost(case, resize, 16));
        }
        // Case B, 8x8: inputs of 8, 10 and 12 pixels a side, then an output of 8. The objective
        // networks are those of case C.
        let (b, c) = (cost(Case::B, crop, 8), cost(Case::C, resize, 8));
        let products = 9 * (2 * 64 + 3 * 100 + 3 * 144 + 3 * 64) - 64 * 9 * (2 + 3 + 3 + 3);
        assert_eq!(b.flops - c.flops, f64::from(2 * products));
        assert_eq!(b.bytes - c.bytes, f64::from(4 * 6 * (100 + 144 + 196 - 3 * 64)));
    }

    #[test]
    fn images_that_are_too_small_have_no_cost() {
        let (model, objective) = (ModelConfig::default(), ObjectiveConfig::default());
        assert_eq!(StepCost::new(Case::A, &model, &objective, 8), None);
        assert!(StepCost::new(Case::A, &model, &objective, 96).is_some());
    }
}
