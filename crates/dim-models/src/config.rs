//! Every setting of the model and its training. The defaults are the values of the study.

use crate::adam::AdamConfig;
use crate::error::{Error, Result};
use crate::names::names;

/// The lower bound on mutual information that training maximises.
///
/// `T+` are the scores of positive pairs `(x_i, z_i)`, `T-` those of negative pairs
/// `(x_(i+k), z_i)`; `sp` is softplus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Objective {
    /// Jensen-Shannon: `mean(-sp(-T+)) - mean(sp(T-))`, at most 0; `-2 ln 2` for a network at
    /// chance (Hjelm et al. 2019, equation 4). It grows with the information but is not in nats of
    /// it.
    #[default]
    Jsd,
    /// Donsker-Varadhan: `mean(T+) - ln mean exp(T-)`, in nats; 0 for a network at chance (Hjelm et
    /// al. 2019, equation 2).
    Dv,
    /// InfoNCE: `mean(T+ - ln(exp T+ + sum_k exp T-_k))`, at most 0; `-ln(1 + K)` for a network at
    /// chance (Hjelm et al. 2019, equation 5). Plus `ln(1 + K)` it is in nats.
    InfoNce,
}

/// How the encoder and the prior network are trained against each other, or together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PriorMode {
    /// As in the paper: the network learns to distinguish `sigmoid(z)` from uniform noise, and the
    /// encoder to make it fail (Hjelm et al. 2019, equation 7, non-saturating).
    #[default]
    Adversarial,
    /// As in the implementation that the study modified: both minimise the loss of the network.
    Cooperative,
}

/// How images are compared with maps of another size, as in cases A and B.
///
/// In cases C and D, whose maps have the size of the image, both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alignment {
    /// As in the study: the image is resized to the size of the maps. The pixel of the resized
    /// image at a location is not the one that the map computes there: it is up to 4 pixels off.
    #[default]
    Resize,
    /// The larger of the two is cut to the size of the smaller, around its centre, so that each
    /// location of a map lies on its pixel. A: the image, 96 x 96, is cut to its centre 88 x 88. B:
    /// the maps, 104 x 104, are cut to their centre 96 x 96.
    Crop,
}

/// The shape of the networks, and what they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelConfig {
    /// Channels after each of the four layers of the encoder, 1 to 4096. The last is the number of
    /// feature maps. Default 4, 8, 16, 32.
    pub channels: [usize; 4],
    /// Channels of the hidden layers of the three objective networks, 1 to 4096. Default 32.
    pub hidden_channels: usize,
    /// How images are compared with maps of another size. Default resize.
    pub alignment: Alignment,
}

/// What training maximises, and the weights of its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveConfig {
    /// The bound on both the local and the global information. Default Jensen-Shannon.
    pub objective: Objective,
    /// `K`: negative pairs for each positive pair, made by rolling the batch by 1 to `K` images; at
    /// least 1. Default 1.
    pub negatives: usize,
    /// Adversarial or cooperative prior. Default adversarial.
    pub prior: PriorMode,
    /// Weight of the global information, at least 0. Default 0.5.
    pub alpha: f64,
    /// Weight of the local information, at least 0. Default 1.
    pub beta: f64,
    /// Weight of the prior, at least 0. Default 0.1.
    pub gamma: f64,
}

/// Everything that determines a training, except the case and the images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainConfig {
    /// The networks.
    pub model: ModelConfig,
    /// The objective.
    pub objective: ObjectiveConfig,
    /// The optimiser.
    pub adam: AdamConfig,
    /// Images in a step: more than [`ObjectiveConfig::negatives`], at most 65,536. A last batch of
    /// an epoch that is not full is dropped. Default 64.
    pub batch_size: usize,
    /// Seed of every random draw; see [`crate::random`]. Default 0.
    pub seed: u64,
    /// Largest Euclidean norm of the gradient of all parameters of all networks. A larger gradient
    /// is scaled down to it. Default `None`: no limit.
    pub clip_gradient_norm: Option<f64>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            model: ModelConfig::default(),
            objective: ObjectiveConfig::default(),
            adam: AdamConfig::default(),
            batch_size: 64,
            seed: 0,
            clip_gradient_norm: None,
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { channels: [4, 8, 16, 32], hidden_channels: 32, alignment: Alignment::Resize }
    }
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        Self {
            objective: Objective::Jsd,
            negatives: 1,
            prior: PriorMode::Adversarial,
            alpha: 0.5,
            beta: 1.0,
            gamma: 0.1,
        }
    }
}

const LARGEST_LAYER: usize = 4096;
/// The number of an image in its batch takes 16 bits of the stream that its prior noise is drawn
/// from.
pub(crate) const LARGEST_BATCH: usize = 1 << 16;

impl ModelConfig {
    /// Checks that every size is in its range.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is not.
    pub fn validate(&self) -> Result<()> {
        let in_range = |n: usize| (1..=LARGEST_LAYER).contains(&n);
        if !self.channels.into_iter().all(in_range) {
            let found = format!("{:?}", self.channels);
            return Err(Error::setting("channels", found, "four counts from 1 to 4096"));
        }
        if !in_range(self.hidden_channels) {
            return Err(Error::setting("hidden-channels", self.hidden_channels, "1 to 4096"));
        }
        Ok(())
    }
}

impl ObjectiveConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is not.
    pub fn validate(&self) -> Result<()> {
        for (name, weight) in [("alpha", self.alpha), ("beta", self.beta), ("gamma", self.gamma)] {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(Error::setting(name, weight, "a finite number of at least 0"));
            }
        }
        if self.negatives == 0 {
            return Err(Error::setting("negatives", 0, "at least 1"));
        }
        Ok(())
    }
}

impl TrainConfig {
    /// Checks that every setting of every part is in its range.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is not.
    pub fn validate(&self) -> Result<()> {
        self.model.validate()?;
        self.objective.validate()?;
        self.adam.validate()?;
        if self.batch_size <= self.objective.negatives {
            return Err(Error::setting(
                "batch-size",
                self.batch_size,
                "more than `negatives`: an image rolled onto itself is not a negative pair",
            ));
        }
        if self.batch_size > LARGEST_BATCH {
            return Err(Error::setting("batch-size", self.batch_size, "at most 65536"));
        }
        if let Some(norm) = self.clip_gradient_norm
            && !(norm.is_finite() && norm > 0.0)
        {
            return Err(Error::setting("clip-gradient-norm", norm, "a finite number above 0"));
        }
        Ok(())
    }
}

names!(Objective, "objective", "jsd, dv, infonce", Jsd => "jsd", Dv => "dv", InfoNce => "infonce");
names!(Alignment, "align", "resize, crop", Resize => "resize", Crop => "crop");
names!(PriorMode, "prior", "adversarial, cooperative",
    Adversarial => "adversarial", Cooperative => "cooperative");

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut TrainConfig)) -> &'static str {
        let mut config = TrainConfig::default();
        change(&mut config);
        match config.validate() {
            Err(Error::Setting { name, .. }) => name,
            other => panic!("expected a refused setting, got {other:?}"),
        }
    }

    #[test]
    fn the_defaults_are_valid() {
        TrainConfig::default().validate().unwrap();
    }

    #[test]
    fn settings_out_of_range_are_named() {
        assert_eq!(refused(|c| c.model.hidden_channels = 0), "hidden-channels");
        assert_eq!(refused(|c| c.model.channels[2] = usize::MAX), "channels");
        assert_eq!(refused(|c| c.objective.alpha = f64::NAN), "alpha");
        assert_eq!(refused(|c| c.objective.gamma = -0.1), "gamma");
        assert_eq!(refused(|c| c.objective.negatives = 0), "negatives");
        assert_eq!(refused(|c| c.batch_size = 1), "batch-size");
        assert_eq!(refused(|c| c.objective.negatives = 64), "batch-size");
        assert_eq!(refused(|c| c.batch_size = LARGEST_BATCH + 1), "batch-size");
        assert_eq!(refused(|c| c.adam.learning_rate = f64::INFINITY), "learning-rate");
        for norm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused(|c| c.clip_gradient_norm = Some(norm)), "clip-gradient-norm");
        }
    }

    #[test]
    fn names_parse_back() {
        for objective in [Objective::Jsd, Objective::Dv, Objective::InfoNce] {
            assert_eq!(objective.to_string().parse::<Objective>().unwrap(), objective);
        }
        for prior in [PriorMode::Adversarial, PriorMode::Cooperative] {
            assert_eq!(prior.to_string().parse::<PriorMode>().unwrap(), prior);
        }
        for alignment in [Alignment::Resize, Alignment::Crop] {
            assert_eq!(alignment.to_string().parse::<Alignment>().unwrap(), alignment);
        }
        assert!("JSD ".parse::<Objective>().is_err());
    }
}
