//! Bounds on mutual information from scores, and the losses of the prior from logits.

use candle_core::{Result, Tensor};

use crate::config::Objective;
use crate::discriminators::Scores;

/// `ln(1 + exp t)`, finite and accurate for every finite `t`: `max(t, 0) + ln(1 + exp(-|t|))`.
///
/// The maximum is `(t + |t|) / 2`: with it the gradient at 0 is the right 1/2, with candle's `relu`
/// it would not be.
///
/// # Errors
/// If the device runs out of memory.
pub(crate) fn softplus(t: &Tensor) -> Result<Tensor> {
    let magnitude = t.abs()?;
    ((t + &magnitude)? * 0.5)? + (magnitude.neg()?.exp()? + 1.0)?.log()?
}

impl Objective {
    /// The bound, a scalar tensor; see [`Objective`] for the formulas. The means of JSD and DV over
    /// negative pairs are over all `K` of them.
    ///
    /// # Errors
    /// If the scores differ in shape.
    pub(crate) fn bound(self, scores: &Scores) -> Result<Tensor> {
        let positive = &scores.positive;
        match self {
            Objective::Jsd => {
                let negative = Tensor::stack(&scores.negatives, 0)?;
                softplus(&positive.neg()?)?.mean_all()?.neg()? - softplus(&negative)?.mean_all()?
            }
            Objective::Dv => {
                let negative = Tensor::stack(&scores.negatives, 0)?.flatten_all()?;
                let count = negative.elem_count() as f64;
                positive.mean_all()? - (negative.log_sum_exp(0)? - count.ln())?
            }
            Objective::InfoNce => {
                let mut all = vec![positive.clone()];
                all.extend(scores.negatives.iter().cloned());
                (positive - Tensor::stack(&all, 0)?.log_sum_exp(0)?)?.mean_all()
            }
        }
    }
}

/// The loss of the prior network: `mean sp(-D(noise)) + mean sp(D(latent))`.
pub(crate) fn discriminator_loss(noise_logits: &Tensor, latent_logits: &Tensor) -> Result<Tensor> {
    softplus(&noise_logits.neg()?)?.mean_all()? + softplus(latent_logits)?.mean_all()?
}

/// The loss of the encoder against the prior network: `mean sp(-D(latent))`.
pub(crate) fn generator_loss(latent_logits: &Tensor) -> Result<Tensor> {
    softplus(&latent_logits.neg()?)?.mean_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn scores(positive: &[f64], negatives: &[&[f64]]) -> Scores {
        let tensor = |v: &[f64]| Tensor::new(v, &Device::Cpu).unwrap();
        Scores {
            positive: tensor(positive),
            negatives: negatives.iter().map(|v| tensor(v)).collect(),
        }
    }

    fn bound(objective: Objective, scores: &Scores) -> f64 {
        objective.bound(scores).unwrap().to_scalar().unwrap()
    }

    fn sp(t: f64) -> f64 {
        t.exp().ln_1p()
    }

    #[test]
    fn bounds_match_their_formulas() {
        let s = scores(&[1.0, -2.0], &[&[0.5, -1.0]]);
        let jsd = -(sp(-1.0) + sp(2.0)) / 2.0 - (sp(0.5) + sp(-1.0)) / 2.0;
        let dv = -0.5 - ((0.5f64.exp() + (-1.0f64).exp()) / 2.0).ln();
        let nce = ((1.0 - (1f64.exp() + 0.5f64.exp()).ln())
            + (-2.0 - ((-2f64).exp() + (-1f64).exp()).ln()))
            / 2.0;
        assert!((bound(Objective::Jsd, &s) - jsd).abs() < 1e-12);
        assert!((bound(Objective::Dv, &s) - dv).abs() < 1e-12);
        assert!((bound(Objective::InfoNce, &s) - nce).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_give_the_chance_level() {
        let zeros = [0.0; 3];
        let s = scores(&zeros, &[&zeros, &zeros]);
        assert!((bound(Objective::Jsd, &s) + 2.0 * 2f64.ln()).abs() < 1e-12);
        assert!(bound(Objective::Dv, &s).abs() < 1e-12);
        assert!((bound(Objective::InfoNce, &s) + 3f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn extreme_scores_stay_finite() {
        for t in [50.0, 1e4, 1e30] {
            let s = scores(&[t, -t], &[&[-t, t]]);
            for objective in [Objective::Jsd, Objective::Dv, Objective::InfoNce] {
                assert!(bound(objective, &s).is_finite(), "{objective} at {t}");
            }
        }
        let t = Tensor::new(&[-1e30f32, -50.0, 0.0, 50.0, 1e30], &Device::Cpu).unwrap();
        let sp = softplus(&t).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!((sp[0], sp[3], sp[4]), (0.0, 50.0, 1e30));
        assert!((sp[2] - std::f32::consts::LN_2).abs() < 1e-7);
    }

    #[test]
    fn softplus_has_the_right_gradient_even_at_zero() {
        let x = Var::new(&[-30.0f64, -1.0, 0.0, 1.0, 30.0], &Device::Cpu).unwrap();
        let gradients = softplus(&x).unwrap().sum_all().unwrap().backward().unwrap();
        let gradients = gradients.get(&x).unwrap().to_vec1::<f64>().unwrap();
        for (x, gradient) in [-30.0f64, -1.0, 0.0, 1.0, 30.0].into_iter().zip(gradients) {
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            assert!((gradient - sigmoid).abs() < 1e-12, "at {x}: {gradient} is not {sigmoid}");
        }
    }
}
