// README links to the sources. These links come first, so here the same words link to the
// documentation.
//! [`Adam`]: crate::Adam
//! [`Alignment`]: crate::Alignment
//! [`Alignment::Crop`]: crate::Alignment::Crop
//! [`Case`]: crate::Case
//! [`Case::layers`]: crate::Case::layers
//! [`DeepInfoMax::bounds`]: crate::DeepInfoMax::bounds
//! [`DeepInfoMax::calibrate_batch_norm`]: crate::DeepInfoMax::calibrate_batch_norm
//! [`DeepInfoMax::encode`]: crate::DeepInfoMax::encode
//! [`DeepInfoMax::load`]: crate::DeepInfoMax::load
//! [`DeepInfoMax::losses`]: crate::DeepInfoMax::losses
//! [`DeepInfoMax::network_layers`]: crate::DeepInfoMax::network_layers
//! [`DeepInfoMax::parameters`]: crate::DeepInfoMax::parameters
//! [`DeepInfoMax::with_layers_of`]: crate::DeepInfoMax::with_layers_of
//! [`DeviceChoice`]: crate::DeviceChoice
//! [`ImageSource`]: crate::ImageSource
//! [`ModelConfig`]: crate::ModelConfig
//! [`Objective`]: crate::Objective
//! [`ObjectiveConfig`]: crate::ObjectiveConfig
//! [`PriorMode`]: crate::PriorMode
//! [`TrainConfig`]: crate::TrainConfig
//! [`Trainer`]: crate::Trainer
//! [`Trainer::resume`]: crate::Trainer::resume
//! [`Trainer::save_state`]: crate::Trainer::save_state
//! [`Trainer::train_epoch_with`]: crate::Trainer::train_epoch_with
//! [`kernel_path`]: crate::kernel_path
//! [`layers`]: crate::layers
#![doc = include_str!("../README.md")]

// Who does what; each layer uses only those below it:
//   model    the encoder with its objective networks, their losses; trainer and checkpoint use it
//   layers   one layer: its parameters, and the call of its operation
//   ops      candle operations: our kernels for f32 on the CPU, candle's own for everything else
//   kernels  arithmetic on f32 slices for the CPU's instruction set; knows no tensor

mod adam;
mod alignment;
#[cfg(feature = "serde")]
mod by_name;
mod case;
mod checkpoint;
mod config;
mod cost;
mod device;
mod discriminators;
mod encoder;
mod error;
mod file;
mod gradients;
mod images;
mod kernels;
pub mod layers;
mod model;
mod names;
mod objective;
mod ops;
mod parameters;
pub mod random;
mod resize;
mod trainer;

pub use adam::{Adam, AdamConfig};
pub use candle_core::{DType, Device, Tensor};
pub use case::{Case, LayerKind};
pub use config::{Alignment, ModelConfig, Objective, ObjectiveConfig, PriorMode, TrainConfig};
pub use cost::StepCost;
pub use device::DeviceChoice;
pub use error::{Error, Result};
pub use images::{ImageSource, InMemoryImages};
pub use kernels::kernel_path;
pub use layers::description::{NetworkLayer, NetworkLayerKind};
pub use model::{Bounds, DeepInfoMax, Encoded, InformationBounds, Losses, NetworkLayers};
pub use parameters::{Parameter, Parameters};
pub use trainer::{BatchProgress, EpochMetrics, GradientNorm, LossValues, Trainer};
