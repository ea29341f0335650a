//! Every setting of the model and its training, with the study's values as defaults.

use crate::adam::AdamConfig;
use crate::error::{Error, Result};
use crate::names::names;

/// The lower bound on mutual information that scores are turned into.
///
/// `T+` are the scores of positive pairs `(x_i, z_i)`, `T-` those of negative pairs `(x_(i+k), z_i)`,
/// `sp` is softplus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Objective {
    /// Jensen-Shannon: `mean(-sp(-T+)) - mean(sp(T-))`, at most 0 and `-2 ln 2` for a network that
    /// cannot tell (Hjelm et al. 2019, equation 4).
    #[default]
    Jsd,
    /// Donsker-Varadhan: `mean(T+) - ln mean exp(T-)`, in nats (Hjelm et al. 2019, equation 2).
    Dv,
    /// InfoNCE: `mean(T+ - ln(exp T+ + sum_k exp T-_k))`, at most 0 and `-ln(1 + K)` for a network
    /// that cannot tell (Hjelm et al. 2019, equation 5).
    InfoNce,
}

/// How encoder and prior network play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PriorMode {
    /// As in the paper: the network learns to tell `sigmoid(z)` from uniform noise, the encoder to
    /// make it fail (Hjelm et al. 2019, equation 7, non-saturating).
    #[default]
    Adversarial,
    /// As in the implementation that the study modified: both minimise the network's loss.
    Cooperative,
}

/// The networks' shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelConfig {
    /// Channels after each of the encoder's four layers; the last is the number of feature maps.
    pub channels: [usize; 4],
    /// Channels of the hidden layers of the three objective networks.
    pub hidden_channels: usize,
}

/// The objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveConfig {
    /// The bound for both the local and the global information.
    pub objective: Objective,
    /// `K`: negative pairs per positive pair, made by rolling the batch by 1 to `K` images.
    pub negatives: usize,
    /// Adversarial or cooperative prior.
    pub prior: PriorMode,
    /// Weight of the global information.
    pub alpha: f64,
    /// Weight of the local information.
    pub beta: f64,
    /// Weight of the prior.
    pub gamma: f64,
}

/// Everything that determines a training run, but for the case and the images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainConfig {
    /// The networks' shapes.
    pub model: ModelConfig,
    /// The objective.
    pub objective: ObjectiveConfig,
    /// The optimiser.
    pub adam: AdamConfig,
    /// Images a step; the last short batch of an epoch is dropped.
    pub batch_size: usize,
    /// Seed of every random draw; see [`crate::random`].
    pub seed: u64,
    /// The largest norm that a step's gradient may have, all networks' parameters as one vector; a
    /// longer one is shortened to it. `None`, the study's: any.
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
        Self { channels: [4, 8, 16, 32], hidden_channels: 32 }
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
/// Each image of a batch draws its prior noise from a stream numbered in 16 bits.
const LARGEST_BATCH: usize = 1 << 16;

impl ModelConfig {
    /// Refuses shapes that no network of this crate has.
    ///
    /// # Errors
    /// [`Error::Setting`] for channels or hidden channels outside 1 to 4096.
    pub fn validate(&self) -> Result<()> {
        let sound = |n: usize| (1..=LARGEST_LAYER).contains(&n);
        if !self.channels.into_iter().all(sound) {
            let found = format!("{:?}", self.channels);
            return Err(Error::setting("channels", found, "four counts from 1 to 4096"));
        }
        if !sound(self.hidden_channels) {
            return Err(Error::setting("hidden-channels", self.hidden_channels, "1 to 4096"));
        }
        Ok(())
    }
}

impl ObjectiveConfig {
    /// Refuses what is no objective.
    ///
    /// # Errors
    /// [`Error::Setting`] for a weight that is negative or not finite, or for no negatives.
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
    /// Refuses what cannot be trained: checks every part, and that a batch holds its negatives.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first setting that is outside its range.
    pub fn validate(&self) -> Result<()> {
        self.model.validate()?;
        self.objective.validate()?;
        self.adam.validate()?;
        if self.batch_size <= self.objective.negatives {
            return Err(Error::setting(
                "batch-size",
                self.batch_size,
                "more than `negatives`: an image rolled onto itself is no negative pair",
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
    fn the_defaults_are_sound() {
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
        assert!("JSD ".parse::<Objective>().is_err());
    }
}
