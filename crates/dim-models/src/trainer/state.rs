//! The whole state of a training as one file. A training resumed from it gives the same bits as one
//! that was never stopped.
//!
//! The file is in the safetensors format. It holds the model's tensors under their names, Adam's
//! two moments of each trainable one under `adam.mean.NAME` and `adam.mean-square.NAME`, and one
//! metadata entry, `trainer`, of lines `name value`: the MD5 of the file (taken with zeros in its
//! place), the settings, and the position in the training. Numbers are written so that they parse
//! back to the same bits. Random draws need no state: they follow from seed, step and epoch
//! ([`crate::random`]).

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use candle_core::{Device, Tensor};
use md5::{Digest, Md5};
use safetensors::SafeTensors;

use super::{LossValues, Partial, Trainer};
use crate::adam::AdamConfig;
use crate::case::Case;
use crate::checkpoint::{LARGEST_FILE, format_error, tensor};
use crate::config::{Alignment, ModelConfig, ObjectiveConfig, TrainConfig};
use crate::error::{Error, Result};
use crate::file;

/// The version of the layout.
const FORMAT: &str = "2";
/// Room for names, shapes and settings.
const LARGEST_HEADER: u64 = 1 << 20;
/// The placeholder for the digest while the digest is taken.
const NO_DIGEST: &str = "digest 00000000000000000000000000000000";

/// Why a file is invalid.
type Fault = String;

impl Trainer {
    /// Writes the whole state of the training to `path` and replaces what is there: weights,
    /// batch-norm statistics, Adam's moments, the settings, and the position to the batch. The file
    /// appears whole or not at all. [`Self::resume`] reads it.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written; [`Error::Candle`] if the device fails.
    pub fn save_state(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut tensors: Vec<(String, Tensor)> = Vec::new();
        for parameter in self.model.parameters().iter() {
            tensors.push((parameter.name.clone(), parameter.var.to_device(&Device::Cpu)?));
        }
        let trainable = self.model.parameters().trainable();
        for (parameter, moments) in trainable.zip(self.optimizer.moments()) {
            for (name, moment) in moment_names(&parameter.name).into_iter().zip(moments) {
                tensors.push((name, moment.to_device(&Device::Cpu)?));
            }
        }
        let settings = settings(self.model.case(), &self.config).into_iter();
        let written = settings.filter(|setting| *setting != default_alignment());
        let lines = written.chain(self.position());
        let lines = lines.map(|(name, value)| format!("\n{name} {value}"));
        let text: String = std::iter::once(NO_DIGEST.to_owned()).chain(lines).collect();
        let metadata = HashMap::from([("trainer".to_owned(), text)]);
        let bytes = safetensors::serialize(tensors, Some(metadata))
            .map_err(|error| format_error(path, error.to_string()))?;
        let bytes = sealed(bytes).map_err(|reason| format_error(path, reason))?;
        file::write(path, &bytes)
    }

    /// The training that [`Self::save_state`] wrote to `path`. The next [`Self::train_epoch`]
    /// starts with the batch after the last one.
    ///
    /// # Errors
    /// [`Error::OtherTraining`] with the first setting that differs from the saved one, or `case`;
    /// [`Error::Io`] if the file cannot be read; [`Error::Format`] if it is damaged or not a
    /// training state; [`Error::Setting`] for a setting outside its range; [`Error::Candle`] if the
    /// device cannot hold the model.
    pub fn resume(
        path: impl AsRef<Path>,
        case: Case,
        config: &TrainConfig,
        device: &Device,
    ) -> Result<Self> {
        let path = path.as_ref();
        let mut trainer = Self::new(case, config, device)?;
        // A state with other sizes must fit too: the error should name the setting that differs.
        let largest = LARGEST_FILE.max(trainer.state_bytes() + LARGEST_HEADER);
        let bytes = file::read(path, largest)?;
        let format = |reason| format_error(path, reason);
        let text = unsealed(&bytes).map_err(format)?;
        let lines: HashMap<&str, &str> =
            text.lines().filter_map(|line| line.split_once(' ')).collect();
        for (setting, asked) in settings(case, config) {
            let (name, default) = default_alignment();
            let saved = match lines.get(setting) {
                None if setting == name => default,
                _ => value(&lines, setting).map_err(format)?.to_owned(),
            };
            if saved != asked {
                let path = path.to_owned();
                return Err(Error::OtherTraining { path, setting, saved, asked });
            }
        }
        trainer.set_position(&lines).map_err(format)?;
        trainer.load(&bytes).map_err(format)?;
        Ok(trainer)
    }

    /// The size of all tensors in bytes.
    fn state_bytes(&self) -> u64 {
        let bytes = |t: &Tensor| (t.elem_count() * t.dtype().size_in_bytes()) as u64;
        let parameters = self.model.parameters().iter().map(|p| bytes(&p.var));
        parameters.chain(self.optimizer.moments().flatten().map(bytes)).sum()
    }

    /// The position in the training.
    fn position(&self) -> [(&'static str, String); 11] {
        let Partial { images, batches, losses, norms, largest_norm, seconds } = self.partial;
        let LossValues { total, local, global, prior } = losses;
        [
            ("epoch", self.epoch.to_string()),
            ("step", self.step.to_string()),
            ("images", images.to_string()),
            ("batches", batches.to_string()),
            ("total-loss", total.to_string()),
            ("local-loss", local.to_string()),
            ("global-loss", global.to_string()),
            ("prior-loss", prior.to_string()),
            ("gradient-norms", norms.to_string()),
            ("largest-gradient-norm", largest_norm.to_string()),
            ("seconds", seconds.to_string()),
        ]
    }

    /// The inverse of [`Self::position`].
    fn set_position(&mut self, lines: &HashMap<&str, &str>) -> Result<(), Fault> {
        let real = |name| {
            let found: f64 = number(lines, name)?;
            if found.is_finite() { Ok(found) } else { Err(format!("`{name}` is {found}")) }
        };
        let partial = Partial {
            images: number(lines, "images")?,
            batches: number(lines, "batches")?,
            losses: LossValues {
                total: real("total-loss")?,
                local: real("local-loss")?,
                global: real("global-loss")?,
                prior: real("prior-loss")?,
            },
            norms: real("gradient-norms")?,
            largest_norm: real("largest-gradient-norm")?,
            seconds: real("seconds")?,
        };
        let (epoch, step): (u32, i32) = (number(lines, "epoch")?, number(lines, "step")?);
        let batches = partial.images / self.config.batch_size;
        if partial.batches > batches {
            return Err(format!("{} batches of {batches} are done", partial.batches));
        }
        self.step = u64::try_from(step).map_err(|_| format!("`step` is {step}"))?;
        (self.epoch, self.partial) = (epoch as usize, partial);
        Ok(())
    }

    /// Loads every tensor from the file. The optimiser has taken as many steps as the trainer.
    fn load(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let file = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
        let parameters = self.model.parameters();
        let (all, trainable) = (parameters.iter().count(), parameters.trainable().count());
        if file.len() != all + 2 * trainable {
            return Err(format!("{} tensors; expected {}", file.len(), all + 2 * trainable));
        }
        for parameter in parameters.iter() {
            let value = tensor(&file, &parameter.name, &parameter.var)?;
            parameter.var.set(&value).map_err(|error| error.to_string())?;
        }
        let mut moments = Vec::new();
        for parameter in parameters.trainable() {
            let [mean, square] = moment_names(&parameter.name);
            let like = &parameter.var;
            moments.push([tensor(&file, &mean, like)?, tensor(&file, &square, like)?]);
        }
        let steps = i32::try_from(self.step).map_err(|error| error.to_string())?;
        self.optimizer.resume(steps, moments);
        Ok(())
    }
}

/// Everything that must be the same to resume a training.
fn settings(case: Case, config: &TrainConfig) -> Vec<(&'static str, String)> {
    let TrainConfig { model, objective, adam, batch_size, seed, clip_gradient_norm } = *config;
    let ModelConfig { channels, hidden_channels, alignment } = model;
    let ObjectiveConfig { objective, negatives, prior, alpha, beta, gamma } = objective;
    let AdamConfig { learning_rate, beta1, beta2, eps } = adam;
    vec![
        ("format", FORMAT.to_owned()),
        ("case", case.id().to_owned()),
        ("channels", format!("{channels:?}")),
        ("hidden-channels", hidden_channels.to_string()),
        ("align", alignment.to_string()),
        ("objective", objective.to_string()),
        ("negatives", negatives.to_string()),
        ("prior", prior.to_string()),
        ("alpha", alpha.to_string()),
        ("beta", beta.to_string()),
        ("gamma", gamma.to_string()),
        ("learning-rate", learning_rate.to_string()),
        ("adam-beta1", beta1.to_string()),
        ("adam-beta2", beta2.to_string()),
        ("adam-eps", eps.to_string()),
        ("batch-size", batch_size.to_string()),
        ("seed", seed.to_string()),
        ("clip-gradient-norm", clip_gradient_norm.map_or("none".to_owned(), |n| n.to_string())),
    ]
}

/// The setting that a state does not have if it is this: states were written before it was there.
fn default_alignment() -> (&'static str, String) {
    ("align", Alignment::default().to_string())
}

fn moment_names(parameter: &str) -> [String; 2] {
    [format!("adam.mean.{parameter}"), format!("adam.mean-square.{parameter}")]
}

fn value<'a>(lines: &HashMap<&str, &'a str>, name: &str) -> Result<&'a str, Fault> {
    lines.get(name).copied().ok_or_else(|| format!("the metadata has no `{name}`"))
}

fn number<T: FromStr>(lines: &HashMap<&str, &str>, name: &str) -> Result<T, Fault> {
    let found = value(lines, name)?;
    found.parse().map_err(|_| format!("`{name}` is {found}, which is invalid"))
}

fn not_safetensors(error: safetensors::SafeTensorError) -> Fault {
    format!("not a safetensors file: {error}")
}

/// Replaces the placeholder by the digest.
fn sealed(mut bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let (digest, at) = digest(&bytes, NO_DIGEST)?;
    bytes[at..at + digest.len()].copy_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// The metadata of a file, if its digest matches its content.
fn unsealed(bytes: &[u8]) -> Result<String, Fault> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    let text = header.metadata().as_ref().and_then(|m| m.get("trainer"));
    let text = text.ok_or("the metadata has no `trainer`: not a training state")?;
    let written = text.get(..NO_DIGEST.len()).unwrap_or_default();
    let (found, _) = digest(bytes, written)?;
    if found != written {
        return Err("the digest does not match the content: the file is damaged".to_owned());
    }
    Ok(text.clone())
}

/// The line with the digest of a file in which it is now `present`, and where that line starts.
fn digest(bytes: &[u8], present: &str) -> Result<(String, usize), Fault> {
    let mut places = bytes.windows(NO_DIGEST.len());
    let at = places.position(|place| place == present.as_bytes()).ok_or("no digest")?;
    let md5 = Md5::new_with_prefix(&bytes[..at])
        .chain_update(NO_DIGEST)
        .chain_update(&bytes[at + NO_DIGEST.len()..]);
    let hex: String = md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((format!("digest {hex}"), at))
}

#[cfg(test)]
mod tests;
