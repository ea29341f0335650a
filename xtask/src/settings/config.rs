//! Every setting of the experiment: a flag, a key of one configuration file, a field of the
//! resolved configuration. Flags win over the file, the file over the preset.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dim_models::{
    AdamConfig, Alignment, Case, DeviceChoice, ModelConfig, Objective, ObjectiveConfig, PriorMode,
    TrainConfig,
};
use serde::{Deserialize, Serialize};
use stl_data::Label;

use crate::settings::values::{Count, Limit, repeated};

/// The largest seed that a TOML file can hold.
pub const LARGEST_SEED: u64 = i64::MAX as u64;

/// Declares the settings once: [`Settings`] with optional fields, [`Config`] with all of them set.
macro_rules! settings {
    ($($(#[$attribute:meta])* $name:ident: $type:ty),+ $(,)?) => {
        /// Settings that were given; the rest come from the preset.
        #[derive(Debug, Clone, Default, clap::Args, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Settings {
            $($(#[$attribute])* #[arg(long, allow_negative_numbers = true)] pub $name: Option<$type>,)+
        }

        /// The resolved configuration, as written to `config.toml` of a run.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Config {
            $(pub $name: $type,)+
        }

        impl Settings {
            /// These settings, and where one is not given, `other`'s.
            pub fn or(self, other: Settings) -> Settings {
                Settings { $($name: self.$name.or(other.$name),)+ }
            }
        }

        impl Config {
            /// This configuration with the settings that were given.
            pub fn with(mut self, settings: Settings) -> Config {
                $(if let Some(value) = settings.$name { self.$name = value; })+
                self
            }
        }
    };
}

settings! {
    /// Images: auto, stl10, sample, or the path of a *_X.bin, a .parquet or a folder of binaries.
    source: String,
    /// Size of the run: smoke (seconds), quick (CPU), paper (the study in full), auto (paper on a
    /// GPU, quick on a CPU).
    preset: Preset,
    /// Cases to train, measure and draw: a (smaller latent), b (larger latent), c (same size), d
    /// (reversed autoencoder) (default a,b,c,d).
    #[arg(value_delimiter = ',')]
    cases: Vec<Case>,
    /// Seed of every random draw (default 0).
    seed: u64,
    /// Device: auto, cpu, cuda, cuda:N, metal.
    device: DeviceChoice,
    /// Epochs: passes over the training images (default 50; smoke 2).
    epochs: usize,
    /// Training images, drawn at random by the seed: a number or all (default all; quick 256, smoke
    /// 8).
    train_images: Count,
    /// Images measured, the first in file order: a number or all (default all; smoke 12).
    measure_images: Count,
    /// Images per training step; the last short batch of an epoch is dropped (default 64; smoke 4).
    batch_size: usize,
    /// Adam's step size (default 1e-4).
    learning_rate: f64,
    /// Adam's decay of the mean of gradients (default 0.9).
    adam_beta1: f64,
    /// Adam's decay of the mean of squared gradients (default 0.999).
    adam_beta2: f64,
    /// Added to Adam's denominator (default 1e-8).
    adam_eps: f64,
    /// Largest norm of all gradients together; larger ones are scaled down to it: a number or none
    /// (default none).
    clip_gradient_norm: Limit,
    /// Bound on mutual information: jsd, dv, infonce (default jsd).
    objective: Objective,
    /// Negative pairs for each positive pair, made by as many rolls of the batch (default 1).
    negatives: usize,
    /// Prior matching: adversarial, cooperative (default adversarial).
    prior: PriorMode,
    /// Weight of the global information (default 0.5).
    alpha: f64,
    /// Weight of the local information (default 1).
    beta: f64,
    /// Weight of the prior (default 0.1).
    gamma: f64,
    /// Channels after each of the encoder's four layers; the last is the number of feature maps
    /// (default 4,8,16,32).
    #[arg(value_delimiter = ',')]
    channels: Vec<usize>,
    /// Channels of the hidden layers of the objective networks (default 32).
    hidden_channels: usize,
    /// What is compared with the maps of cases A and B: resize, the image resized to their size; crop,
    /// the pixels that lie under them (default resize).
    align: Alignment,
    /// Histogram bins along each axis of the joint histogram (default 20).
    bins: usize,
    /// Classes whose first image gets figures of its own (default airplane,horse).
    #[arg(value_delimiter = ',')]
    figure_classes: Vec<Label>,
}

/// How large a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// `paper` on a GPU, `quick` on a CPU.
    Auto,
    /// Seconds: for tests.
    Smoke,
    /// 50 epochs over 256 images; every image measured.
    Quick,
    /// The study in full.
    Paper,
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Preset::Auto => "auto",
            Preset::Smoke => "smoke",
            Preset::Quick => "quick",
            Preset::Paper => "paper",
        })
    }
}

impl Settings {
    /// Reads settings from a TOML file.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in the configuration {}", path.display()))
    }
}

impl Config {
    /// The configuration that `settings` ask for; their preset gives the rest.
    pub fn resolve(settings: Settings, on_gpu: bool) -> Result<Self> {
        let preset = settings.preset.unwrap_or(Preset::Auto);
        let base = Self::of_preset(preset, on_gpu);
        let preset = base.preset;
        let mut config = base.with(settings);
        // A run's file names the preset that `auto` resolved to, and lists the cases in order.
        config.preset = preset;
        config.cases.sort();
        config.validate()?;
        Ok(config)
    }

    /// The study's configuration at the size of a preset; `auto` is resolved by `on_gpu`.
    fn of_preset(preset: Preset, on_gpu: bool) -> Self {
        let preset = match preset {
            Preset::Auto if on_gpu => Preset::Paper,
            Preset::Auto => Preset::Quick,
            other => other,
        };
        let TrainConfig { model, objective, adam, batch_size, seed, clip_gradient_norm } =
            TrainConfig::default();
        let full = Self {
            source: "auto".to_owned(),
            preset,
            cases: Case::ALL.to_vec(),
            seed,
            device: DeviceChoice::Auto,
            epochs: 50,
            train_images: Count::All,
            measure_images: Count::All,
            batch_size,
            learning_rate: adam.learning_rate,
            adam_beta1: adam.beta1,
            adam_beta2: adam.beta2,
            adam_eps: adam.eps,
            clip_gradient_norm: Limit(clip_gradient_norm),
            objective: objective.objective,
            negatives: objective.negatives,
            prior: objective.prior,
            alpha: objective.alpha,
            beta: objective.beta,
            gamma: objective.gamma,
            channels: model.channels.to_vec(),
            hidden_channels: model.hidden_channels,
            align: model.alignment,
            bins: 20,
            figure_classes: vec![Label::Airplane, Label::Horse],
        };
        match preset {
            Preset::Smoke => Self {
                epochs: 2,
                train_images: Count::Images(8),
                measure_images: Count::Images(12),
                batch_size: 4,
                ..full
            },
            Preset::Quick => Self { train_images: Count::Images(256), ..full },
            Preset::Auto | Preset::Paper => full,
        }
    }

    /// Refuses settings that cannot be run; the error names the setting.
    fn validate(&self) -> Result<()> {
        self.train_config()?.validate()?;
        if self.cases.is_empty() {
            bail!("`cases` is empty; expected some of a, b, c, d");
        }
        if let Some(case) = repeated(&self.cases) {
            bail!("`cases` names {} twice", case.id());
        }
        if let Some(class) = repeated(&self.figure_classes) {
            bail!("`figure-classes` names {class} twice");
        }
        if self.seed > LARGEST_SEED {
            bail!("`seed` is {}; expected 0 to {LARGEST_SEED}", self.seed);
        }
        if !(1..=1_000_000).contains(&self.epochs) {
            bail!("`epochs` is {}; expected 1 to 1,000,000", self.epochs);
        }
        if !(2..=mi_metrics::MAX_BINS).contains(&self.bins) {
            bail!("`bins` is {}; expected 2 to {}", self.bins, mi_metrics::MAX_BINS);
        }
        Ok(())
    }

    /// Refuses a batch that the training images cannot fill.
    pub fn check_images(&self, available: usize) -> Result<()> {
        let images = self.train_images.of(available);
        if images < self.batch_size {
            bail!(
                "`batch-size` is {}, but there are only {images} training images; use a smaller \
                 batch or more images",
                self.batch_size
            );
        }
        Ok(())
    }

    /// The part that `dim-models` takes.
    pub fn train_config(&self) -> Result<TrainConfig> {
        let channels = self.channels.as_slice().try_into().map_err(|_| {
            anyhow::anyhow!("`channels` has {} numbers; expected 4", self.channels.len())
        })?;
        Ok(TrainConfig {
            model: ModelConfig {
                channels,
                hidden_channels: self.hidden_channels,
                alignment: self.align,
            },
            objective: ObjectiveConfig {
                objective: self.objective,
                negatives: self.negatives,
                prior: self.prior,
                alpha: self.alpha,
                beta: self.beta,
                gamma: self.gamma,
            },
            adam: AdamConfig {
                learning_rate: self.learning_rate,
                beta1: self.adam_beta1,
                beta2: self.adam_beta2,
                eps: self.adam_eps,
            },
            batch_size: self.batch_size,
            seed: self.seed,
            clip_gradient_norm: self.clip_gradient_norm.0,
        })
    }

    /// The study in full.
    pub fn paper() -> Self {
        Self::of_preset(Preset::Paper, false)
    }

    /// The configuration of the preset, without any other setting.
    pub fn defaults(&self) -> Self {
        Self::of_preset(self.preset, false)
    }

    /// Values by key, as TOML.
    pub fn settings(&self, keys: &[&str]) -> Result<BTreeMap<String, String>> {
        let table = toml::Table::try_from(self).context("the configuration as a table")?;
        let value = |&key: &&str| {
            let value = table.get(key).with_context(|| format!("no setting `{key}`"))?;
            Ok((key.to_owned(), value.to_string()))
        };
        keys.iter().map(value).collect()
    }

    /// The number of feature maps.
    pub fn maps(&self) -> usize {
        self.channels.last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn every_preset_is_valid_and_survives_its_file() {
        for preset in [Preset::Auto, Preset::Smoke, Preset::Quick, Preset::Paper] {
            let config = Config::of_preset(preset, false);
            config.validate().unwrap();
            let text = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<Config>(&text).unwrap(), config, "{text}");
            // The file of a run is also a configuration file for the next.
            let again = Config::of_preset(Preset::Paper, true).with(parse(&text).unwrap());
            assert_eq!(again, config);
        }
    }

    #[test]
    fn auto_is_paper_on_a_gpu_and_quick_on_a_cpu() {
        assert_eq!(Config::of_preset(Preset::Auto, true).preset, Preset::Paper);
        assert_eq!(Config::of_preset(Preset::Auto, false).preset, Preset::Quick);
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_refused() {
        for text in [
            "epoch = 5",
            "epochs = -5",
            "epochs = \"many\"",
            "train-images = 0",
            "train-images = \"some\"",
            "cases = [\"e\"]",
            "preset = \"fast\"",
            "objective = \"mine\"",
            "device = \"tpu\"",
        ] {
            assert!(parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        let refused = |text: &str| {
            let config = Config::of_preset(Preset::Quick, false).with(parse(text).unwrap());
            config.validate().unwrap_err().to_string()
        };
        for (text, name) in [
            ("epochs = 0", "epochs"),
            ("bins = 1", "bins"),
            ("bins = 1000000", "bins"),
            ("cases = []", "cases"),
            ("cases = [\"a\", \"a\"]", "cases"),
            ("channels = [1, 2]", "channels"),
            ("learning-rate = nan", "learning-rate"),
            ("alpha = -1.0", "alpha"),
            ("gamma = inf", "gamma"),
            ("batch-size = 0", "batch-size"),
        ] {
            let message = refused(text);
            assert!(message.contains(name), "{text}: {message}");
        }
    }

    /// Each setting with each value that a hostile file may hold: refused, or training can start.
    #[test]
    fn settings_that_are_accepted_can_be_trained_with() {
        let preset = || Config::of_preset(Preset::Quick, false);
        let values = [
            "nan",
            "inf",
            "-inf",
            "-1",
            "-1.0",
            "0",
            "0.0",
            "-0.0",
            "1e308",
            "5e-324",
            "9223372036854775807",
            "-9223372036854775808",
            "\"\"",
            "\"x\"",
            "\"all\"",
            "\"none\"",
            "true",
            "[]",
            "[0]",
            "[\"a\", \"a\"]",
            "[4097, 1, 1, 1]",
            "[0, 0, 0, 0]",
            "{}",
            "1979-05-27",
        ];
        let keys = toml::Table::try_from(preset()).unwrap();
        let mut accepted = 0;
        for (key, value) in keys.keys().flat_map(|key| values.map(|value| (key, value))) {
            let Ok(settings) = parse(&format!("{key} = {value}")) else { continue };
            let config = preset().with(settings);
            if config.validate().is_err() {
                continue;
            }
            accepted += 1;
            let train = config.train_config().unwrap();
            dim_models::Trainer::new(Case::C, &train, &candle_core::Device::Cpu).unwrap();
            assert!(config.check_images(5_000).is_ok() || key == "batch-size", "{key} = {value}");
            let numbers =
                [config.learning_rate, config.adam_eps, config.alpha, config.beta, config.gamma];
            assert!(numbers.iter().all(|number| number.is_finite()), "{key} = {value}");
            assert!(config.epochs > 0 && !config.cases.is_empty(), "{key} = {value}");
        }
        assert!(accepted > 20, "{accepted}");
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = parse("seed = 2").unwrap();
        let file = parse("seed = 1\nbins = 32").unwrap();
        let config = Config::of_preset(Preset::Quick, false).with(flags.or(file));
        assert_eq!((config.seed, config.bins), (2, 32));
    }
}
