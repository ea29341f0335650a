//! Models as safetensors files that PyTorch can load.
//!
//! Tensor names and shapes are those of a `torch.nn.ModuleDict` with `encoder`, `local`, `global`
//! and `prior`. The metadata has an entry `case`: `a`, `b`, `c` or `d`. A model that crops has a
//! second one, `align`: `crop`. The sizes of [`ModelConfig`] are not stored; they follow from the
//! shapes. Published checkpoints have these names: changing one would change their bytes.

use std::collections::HashMap;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;

use crate::case::Case;
use crate::config::{Alignment, ModelConfig};
use crate::error::{Error, Result};
use crate::file;
use crate::model::DeepInfoMax;

/// Larger than any checkpoint of this crate.
pub(crate) const LARGEST_FILE: u64 = 1 << 30;

impl DeepInfoMax {
    /// Writes every parameter and batch-norm statistic to `path` and replaces what is there. The
    /// file appears whole or not at all. The same model gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written; [`Error::Format`] if its metadata cannot be;
    /// [`Error::Candle`] if the device fails.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let tensors: Vec<(String, Tensor)> = self
            .parameters()
            .iter()
            .map(|p| Ok((p.name.clone(), p.var.to_device(&Device::Cpu)?)))
            .collect::<Result<_>>()?;
        let metadata = HashMap::from([("case".to_owned(), self.case().id().to_owned())]);
        let mut bytes = safetensors::serialize(tensors, Some(metadata))
            .map_err(|error| format_error(path, error.to_string()))?;
        if self.config().alignment != Alignment::default() {
            bytes = with_alignment(&bytes, self.config().alignment).ok_or_else(|| {
                format_error(path, "the header does not begin with its metadata".to_owned())
            })?;
        }
        file::write(path, &bytes)
    }

    /// Reads a model that [`Self::save`] wrote, or that PyTorch wrote under the same names, as f32.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Format`] if it is not a safetensors file,
    /// has no valid `case`, has an invalid `align`, has a tensor too few, too many or of the wrong
    /// shape, or holds NaN or infinity; [`Error::Candle`] if the device cannot hold the model.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self> {
        let path = path.as_ref();
        let bytes = file::read(path, LARGEST_FILE)?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| format_error(path, format!("not a safetensors file: {error}")))?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|error| format_error(path, format!("not a safetensors file: {error}")))?;

        let entry = |name| header.metadata().as_ref().and_then(|m| m.get(name));
        let invalid = |error: Error| format_error(path, error.to_string());
        let case = entry("case").ok_or_else(|| {
            format_error(path, "the metadata has no `case`; expected a, b, c or d".to_owned())
        })?;
        let case: Case = case.parse().map_err(invalid)?;
        let alignment = entry("align").map(|name| name.parse().map_err(invalid)).transpose()?;
        let mut config = shapes_of(&tensors).map_err(|reason| format_error(path, reason))?;
        config.alignment = alignment.unwrap_or_default();
        let (found, needed) = (elements(&tensors), products(&config));
        if found < needed {
            // Otherwise a file of a few kilobytes could make us allocate gigabytes of weights.
            let reason = format!("{found} values; the layers have more than {needed}");
            return Err(format_error(path, reason));
        }
        let model = DeepInfoMax::new(case, &config, 0, DType::F32, device)?;

        let expected = model.parameters().iter().count();
        if tensors.len() != expected {
            let reason = format!("{} tensors; case {case} has {expected}", tensors.len());
            return Err(format_error(path, reason));
        }
        for parameter in model.parameters().iter() {
            let wanted = parameter.var.as_tensor();
            let value = tensor(&tensors, &parameter.name, wanted)
                .map_err(|reason| format_error(path, reason))?;
            parameter.var.set(&value)?;
        }
        Ok(model)
    }
}

/// `file` with `align` as the first entry of its metadata; `None` if it does not begin with metadata.
///
/// `safetensors` takes metadata as a hash map and writes more than one entry in random order, but
/// the same model must give the same bytes.
fn with_alignment(file: &[u8], alignment: Alignment) -> Option<Vec<u8>> {
    const LENGTH: usize = 8;
    const METADATA: &[u8] = b"{\"__metadata__\":{";
    let (length, rest) = file.split_at(LENGTH);
    let length = length.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    let (header, data) = rest.split_at(length);
    let entries = header.strip_prefix(METADATA)?;
    let entry = format!("\"align\":\"{alignment}\",");
    let mut header = [METADATA, entry.as_bytes(), entries].concat();
    header.resize(header.len().next_multiple_of(LENGTH), b' ');
    Some([&(header.len() as u64).to_le_bytes(), &header[..], data].concat())
}

pub(crate) fn format_error(path: &Path, reason: String) -> Error {
    Error::Format { path: path.to_owned(), reason }
}

/// The tensor called `name` with the data type and device of `like`, if it has the shape of `like`
/// and all its values are finite; otherwise what is wrong with it.
pub(crate) fn tensor(
    file: &SafeTensors<'_>,
    name: &str,
    like: &Tensor,
) -> std::result::Result<Tensor, String> {
    let found = file.tensor(name).map_err(|_| format!("no tensor `{name}`"))?;
    if found.shape() != like.dims() {
        return Err(format!("`{name}` has shape {:?}; expected {:?}", found.shape(), like.dims()));
    }
    let unreadable = |error: candle_core::Error| format!("`{name}`: {error}");
    let value = found.load(&Device::Cpu).and_then(|value| value.to_dtype(like.dtype()));
    let value = value.map_err(unreadable)?;
    if !is_finite(&value).map_err(unreadable)? {
        return Err(format!("`{name}` holds NaN or infinity"));
    }
    value.to_device(like.device()).map_err(unreadable)
}

fn is_finite(value: &Tensor) -> candle_core::Result<bool> {
    let values = value.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
    Ok(values.into_iter().all(f64::is_finite))
}

/// The number of values in all tensors of the file.
fn elements(file: &SafeTensors<'_>) -> u64 {
    let lengths = file.tensors().into_iter().map(|(_, tensor)| {
        let lengths = tensor.shape().iter().map(|&n| n as u64);
        lengths.fold(1, u64::saturating_mul)
    });
    lengths.fold(0, u64::saturating_add)
}

/// The number of values in the 3x3 convolutions of the encoder and the global network, which
/// dominate the size of the model.
fn products(config: &ModelConfig) -> u64 {
    let [a, b, c, maps] = config.channels.map(|n| n as u64); // at most 4096 each
    let hidden = config.hidden_channels as u64;
    9 * (a + a * b + b * c + c * maps + maps * hidden + hidden * hidden)
}

/// The sizes of the networks, from the lengths of the biases.
fn shapes_of(file: &SafeTensors<'_>) -> std::result::Result<ModelConfig, String> {
    let length = |name: &str| match file.tensor(name) {
        Ok(tensor) if tensor.shape().len() == 1 => Ok(tensor.shape()[0]),
        Ok(tensor) => Err(format!("`{name}` has shape {:?}; expected a vector", tensor.shape())),
        Err(_) => Err(format!("no tensor `{name}`")),
    };
    let config = ModelConfig {
        channels: [
            length("encoder.0.bias")?,
            length("encoder.3.bias")?,
            length("encoder.6.bias")?,
            length("encoder.9.bias")?,
        ],
        hidden_channels: length("local.0.bias")?,
        ..ModelConfig::default()
    };
    config.validate().map_err(|error| error.to_string())?;
    Ok(config)
}
