//! The layers of the networks, each by itself.
//!
//! A layer holds its parameters and calls the operation behind it. In f32 on the CPU that is one of
//! this crate's kernels, forward and backward; everywhere else it is candle's, with the gradients
//! that candle gets wrong put right.
//!
//! ```
//! use dim_models::layers::{BatchNormRelu, Conv2d, Conv2dConfig, Module, ModuleT};
//! use dim_models::{DType, Device, Parameters, Tensor};
//!
//! let mut parameters = Parameters::new(1, DType::F32, &Device::Cpu);
//! let config =
//!     Conv2dConfig { in_channels: 1, out_channels: 4, kernel_size: 3, padding: 1, stride: 1 };
//! let conv = Conv2d::new(&mut parameters, "conv", config)?;
//! let norm = BatchNormRelu::new(&mut parameters, "norm", 4)?;
//!
//! let images = Tensor::rand(0f32, 1.0, (8, 1, 24, 24), &Device::Cpu)?;
//! let maps = norm.forward_t(&conv.forward(&images)?, true)?;
//! assert_eq!(maps.dims(), [8, 4, 24, 24]);
//!
//! let gradients = maps.sqr()?.mean_all()?.backward()?;
//! for parameter in parameters.trainable() {
//!     assert!(gradients.get(&parameter.var).is_some(), "{}", parameter.name); // conv.weight, ...
//! }
//! # Ok::<(), dim_models::Error>(())
//! ```

pub(crate) mod batch_norm_relu;
mod conv;
pub(crate) mod description;
mod linear;

pub use batch_norm_relu::BatchNormRelu;
pub use candle_nn::{Module, ModuleT};
pub use conv::{Conv2d, Conv2dConfig, ConvTranspose2d};
pub use linear::Linear;
