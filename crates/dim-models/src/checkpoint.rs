//! Models as safetensors files that PyTorch can load.
//!
//! Tensor names and shapes are those of a `torch.nn.ModuleDict` with `encoder`, `local`, `global` and
//! `prior`; the metadata has one entry, `case`. Channels and width follow from the shapes.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;

use crate::case::Case;
use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::model::DeepInfoMax;

/// No checkpoint of this crate comes near; a larger file is something else.
const LARGEST_FILE: u64 = 1 << 30;

impl DeepInfoMax {
    /// Writes every parameter and batch-norm statistic to `path`, replacing what is there. The file
    /// appears whole or not at all, and the same model gives the same bytes.
    ///
    /// # Errors
    /// [`Error::CheckpointIo`] with the path.
    pub fn save(&self, path: &Path) -> Result<()> {
        let io = |source| Error::CheckpointIo { path: path.to_owned(), source };
        let tensors: Vec<(String, Tensor)> = self
            .parameters()
            .iter()
            .map(|p| Ok((p.name.clone(), p.var.to_device(&Device::Cpu)?)))
            .collect::<Result<_>>()?;
        let metadata = HashMap::from([("case".to_owned(), self.case().id().to_owned())]);
        let bytes = safetensors::serialize(tensors, Some(metadata))
            .map_err(|error| format_error(path, error.to_string()))?;

        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        // Temporary files are private; a checkpoint is for everyone. The umask still applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder).map_err(io)?;
        file.write_all(&bytes).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// Reads a model that [`Self::save`] wrote, or that PyTorch did under the same names, in f32.
    ///
    /// # Errors
    /// [`Error::CheckpointIo`] where the file cannot be read; [`Error::CheckpointFormat`] where it is
    /// no safetensors file, names no case, or lacks, adds or misshapes a tensor, or holds a value
    /// that is not finite.
    pub fn load(path: &Path, device: &Device) -> Result<Self> {
        let io = |source| Error::CheckpointIo { path: path.to_owned(), source };
        let size = fs::metadata(path).map_err(io)?.len();
        if size > LARGEST_FILE {
            return Err(format_error(path, format!("{size} bytes is too large for a checkpoint")));
        }
        let bytes = fs::read(path).map_err(io)?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| format_error(path, format!("not a safetensors file: {error}")))?;
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|error| format_error(path, format!("not a safetensors file: {error}")))?;

        let case = header.metadata().as_ref().and_then(|m| m.get("case")).ok_or_else(|| {
            format_error(path, "the metadata has no `case`; expected a, b, c or d".to_owned())
        })?;
        let case: Case =
            case.parse().map_err(|error: Error| format_error(path, error.to_string()))?;
        let config = shapes_of(&file).map_err(|reason| format_error(path, reason))?;
        let model = DeepInfoMax::new(case, &config, 0, DType::F32, device)?;

        let expected = model.parameters().iter().count();
        if file.len() != expected {
            let reason = format!("{} tensors; case {case} has {expected}", file.len());
            return Err(format_error(path, reason));
        }
        for parameter in model.parameters().iter() {
            let name = &parameter.name;
            let found =
                file.tensor(name).map_err(|_| format_error(path, format!("no tensor `{name}`")))?;
            let wanted = parameter.var.as_tensor();
            if found.shape() != wanted.dims() {
                let reason =
                    format!("`{name}` has shape {:?}; expected {:?}", found.shape(), wanted.dims());
                return Err(format_error(path, reason));
            }
            let value = found.load(&Device::Cpu)?;
            if !is_finite(&value)? {
                return Err(format_error(path, format!("`{name}` holds NaN or infinity")));
            }
            parameter.var.set(&value.to_dtype(wanted.dtype())?.to_device(wanted.device())?)?;
        }
        Ok(model)
    }
}

fn format_error(path: &Path, reason: String) -> Error {
    Error::CheckpointFormat { path: path.to_owned(), reason }
}

fn is_finite(value: &Tensor) -> Result<bool> {
    let values = value.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
    Ok(values.into_iter().all(f64::is_finite))
}

/// Channels from the lengths of the encoder's biases, width from that of the local network's.
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
        width: length("local.0.bias")?,
    };
    config.validate().map_err(|error| error.to_string())?;
    Ok(config)
}
