//! The choice of a device.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::error::{Error, Result};

/// A device as a user names it.
///
/// Text: `auto`, `cpu`, `cuda` (the first), `cuda:1`, `metal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first CUDA or Metal device if this build supports one and it is present, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device with this ordinal.
    Cuda(usize),
    /// The Metal device.
    Metal,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// [`Error::Device`] if a device that was asked for by name is absent, or this build does not
    /// support it; the message says how to build with support. `Auto` and `Cpu` cannot fail.
    pub fn open(self) -> Result<Device> {
        match self {
            DeviceChoice::Cpu => Ok(Device::Cpu),
            DeviceChoice::Cuda(ordinal) => {
                self.require("cuda", cfg!(feature = "cuda"), || Device::new_cuda(ordinal))
            }
            DeviceChoice::Metal => {
                self.require("metal", cfg!(feature = "metal"), || Device::new_metal(0))
            }
            DeviceChoice::Auto => {
                let gpus: [fn() -> candle_core::Result<Device>; 2] =
                    [|| Device::new_cuda(0), || Device::new_metal(0)];
                Ok(gpus.into_iter().find_map(|open| open().ok()).unwrap_or(Device::Cpu))
            }
        }
    }

    fn require(
        self,
        feature: &str,
        built_in: bool,
        open: impl FnOnce() -> candle_core::Result<Device>,
    ) -> Result<Device> {
        let unavailable = |reason| Error::Device { device: self.to_string(), reason };
        if !built_in {
            return Err(unavailable(format!(
                "this program was built without support for it; build with `--features {feature}`, \
                 or choose `cpu`"
            )));
        }
        open().map_err(|error| {
            unavailable(format!("{error}; choose `auto` or `cpu` to run without it"))
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(0) => f.write_str("cuda"),
            DeviceChoice::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
            DeviceChoice::Metal => f.write_str("metal"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        let unknown = || Error::UnknownName {
            kind: "device",
            found: s.to_owned(),
            expected: "auto, cpu, cuda, cuda:N, metal",
        };
        match s {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "cuda" => Ok(DeviceChoice::Cuda(0)),
            "metal" => Ok(DeviceChoice::Metal),
            _ => {
                let ordinal = s.strip_prefix("cuda:").ok_or_else(unknown)?;
                Ok(DeviceChoice::Cuda(ordinal.parse().map_err(|_| unknown())?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for name in ["auto", "cpu", "cuda", "cuda:3", "metal"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        for name in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            assert!(name.parse::<DeviceChoice>().is_err(), "{name:?} was accepted");
        }
    }

    #[test]
    #[cfg(not(feature = "cuda"))]
    fn the_error_for_a_device_without_support_says_how_to_build_with_it() {
        let message = DeviceChoice::Cuda(0).open().unwrap_err().to_string();
        assert!(message.contains("--features cuda"), "{message}");
    }

    #[test]
    fn auto_always_finds_a_device() {
        DeviceChoice::Auto.open().unwrap();
    }
}
