//! Bounds on mutual information from scores, and their gradients.

use rayon::prelude::*;

use super::softplus::{SoftplusGrad, SoftplusSum};
use crate::config::Objective;
use crate::kernels::simd::Isa;

/// Scores of a batch: for each image one row for its positive pair, then one row for each of its
/// negative pairs.
#[derive(Clone, Copy)]
pub(super) struct PairScores<'a> {
    pub(super) scores: &'a [Vec<f32>],
    pub(super) negatives: usize,
    /// The number of scores in a row.
    pub(super) row: usize,
}

impl PairScores<'_> {
    /// The number of positive scores in the batch.
    fn count(&self) -> f64 {
        (self.scores.len() * self.row) as f64
    }

    /// The sum of `f(positives, negatives)` over the images, in their order.
    fn sum(&self, f: impl Fn(&[f32], &[f32]) -> f64 + Sync) -> f64 {
        let images: Vec<f64> = self
            .scores
            .par_iter()
            .map(|scores| {
                let (positive, negative) = scores.split_at(self.row);
                f(positive, negative)
            })
            .collect();
        images.iter().sum()
    }

    /// The bound of the batch; see [`Objective`] for the formulas.
    pub(super) fn bound(&self, isa: Isa, objective: Objective) -> f64 {
        let (n, negatives) = (self.count(), self.negatives as f64);
        match objective {
            Objective::Jsd => -self.sum(|positive, negative| {
                isa.run(SoftplusSum { sign: -1.0, t: positive }) / n
                    + isa.run(SoftplusSum { sign: 1.0, t: negative }) / (n * negatives)
            }),
            Objective::Dv => {
                let positive =
                    self.sum(|positive, _| positive.iter().copied().map(f64::from).sum());
                positive / n - (self.log_sum_exp_negative() - (n * negatives).ln())
            }
            Objective::InfoNce => {
                self.sum(|positive, negative| {
                    (0..self.row)
                        .map(|p| {
                            f64::from(positive[p]) - self.log_sum_exp_at(positive, negative, p)
                        })
                        .sum()
                }) / n
            }
        }
    }

    /// `by` times the gradient of the bound with respect to the scores, in their layout.
    pub(super) fn bound_grad(&self, isa: Isa, objective: Objective, by: f32) -> Vec<Vec<f32>> {
        let (n, by) = (self.count(), f64::from(by));
        let per_negative = by / (n * self.negatives as f64);
        let normaliser = match objective {
            Objective::Dv => self.log_sum_exp_negative(),
            Objective::Jsd | Objective::InfoNce => 0.0,
        };
        self.scores
            .par_iter()
            .map(|scores| {
                let mut grads = vec![0.0; scores.len()];
                let (positive, negative) = scores.split_at(self.row);
                let (by_positive, by_negative) = grads.split_at_mut(self.row);
                match objective {
                    Objective::Jsd => {
                        let scale = (-by / n) as f32;
                        let grad = by_positive;
                        isa.run(SoftplusGrad { sign: -1.0, scale, t: positive, grad });
                        let (scale, grad) = (-per_negative as f32, by_negative);
                        isa.run(SoftplusGrad { sign: 1.0, scale, t: negative, grad });
                    }
                    Objective::Dv => {
                        by_positive.fill((by / n) as f32);
                        for (grad, &t) in by_negative.iter_mut().zip(negative) {
                            *grad = (-by * (f64::from(t) - normaliser).exp()) as f32;
                        }
                    }
                    Objective::InfoNce => {
                        for p in 0..self.row {
                            let all = self.log_sum_exp_at(positive, negative, p);
                            let share = |t: f32| (f64::from(t) - all).exp();
                            by_positive[p] = (by / n * (1.0 - share(positive[p]))) as f32;
                            for q in (p..negative.len()).step_by(self.row) {
                                by_negative[q] = (-by / n * share(negative[q])) as f32;
                            }
                        }
                    }
                }
                grads
            })
            .collect()
    }

    /// `ln sum exp T` over all negatives.
    fn log_sum_exp_negative(&self) -> f64 {
        let largest = self
            .scores
            .iter()
            .flat_map(|scores| &scores[self.row..])
            .fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let largest = f64::from(largest);
        let exp = |t: &f32| (f64::from(*t) - largest).exp();
        largest + self.sum(|_, negative| negative.iter().map(exp).sum()).ln()
    }

    /// `ln sum exp T` over the positive and the negatives at location `p` of an image.
    fn log_sum_exp_at(&self, positive: &[f32], negative: &[f32], p: usize) -> f64 {
        let scores = || {
            std::iter::once(positive[p])
                .chain(negative[p..].iter().step_by(self.row).copied())
                .map(f64::from)
        };
        let largest = scores().fold(f64::NEG_INFINITY, f64::max);
        largest + scores().map(|t| (t - largest).exp()).sum::<f64>().ln()
    }
}
