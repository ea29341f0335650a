//! The error of this crate.

use std::path::PathBuf;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and what is needed to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor operation failed (shape, data type, device memory).
    #[error(transparent)]
    Candle(#[from] candle_core::Error),

    /// A setting is outside its range.
    #[error("`{name}` is {found}; expected {expected}")]
    Setting {
        /// The setting, in kebab-case.
        name: &'static str,
        /// Its value.
        found: String,
        /// The values that are valid.
        expected: &'static str,
    },

    /// A name is not one of the known ones.
    #[error("unknown {kind} `{found}`; expected one of: {expected}")]
    UnknownName {
        /// What the name is for, for example `case`.
        kind: &'static str,
        /// The unknown name.
        found: String,
        /// The known names.
        expected: &'static str,
    },

    /// A tensor is not a batch of gray images.
    #[error("images have shape {found:?}; expected [batch, 1, height, width]")]
    ImageShape {
        /// The shape of the tensor.
        found: Vec<usize>,
    },

    /// The images are too small for the networks.
    #[error(
        "images of {height} x {width} pixels are too small: the networks need at least {minimum} x \
         {minimum}"
    )]
    ImageSize {
        /// The height of the images.
        height: usize,
        /// The width of the images.
        width: usize,
        /// The smallest height and width that every network accepts.
        minimum: usize,
    },

    /// Pixels are not a whole number of images.
    #[error("{pixels} pixels are not a whole number of images of {height} x {width}")]
    PixelCount {
        /// The number of pixels.
        pixels: usize,
        /// The height of an image.
        height: usize,
        /// The width of an image.
        width: usize,
    },

    /// The device is absent, or this build does not support it.
    #[error("device `{device}` is not available: {reason}")]
    Device {
        /// The device that was asked for.
        device: String,
        /// Why, and what to do about it.
        reason: String,
    },

    /// There are fewer training images than a batch has.
    #[error(
        "{images} training images cannot fill one batch of {batch_size}; give more images or a \
         smaller batch size"
    )]
    TooFewImages {
        /// The number of training images.
        images: usize,
        /// The configured batch size.
        batch_size: usize,
    },

    /// The image source failed.
    #[error("cannot read training images: {0}")]
    Images(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// A training image holds NaN, infinity or a value outside `[0, 1]`.
    #[error("pixel {pixel} of image {image} is {value}; expected 0 to 1")]
    Pixel {
        /// Index of the image in its source.
        image: usize,
        /// Row-major index of the pixel.
        pixel: usize,
        /// Its value.
        value: f32,
    },

    /// A loss or a gradient became NaN or infinite. The step was not made.
    #[error(
        "{quantity} became {value} at epoch {epoch}, batch {batch}: lower the learning rate or \
         inspect the data"
    )]
    NotFinite {
        /// Which loss, or the gradient of which parameter.
        quantity: String,
        /// Its value.
        value: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The batch within the epoch, from 1.
        batch: usize,
    },

    /// An epoch that was stopped resumes with another number of images.
    #[error(
        "epoch {epoch} started with {expected} images, not {found}: resume it with the same images"
    )]
    OtherImages {
        /// The epoch, from 1.
        epoch: usize,
        /// The number of images that it started with.
        expected: usize,
        /// The number of images now.
        found: usize,
    },

    /// A training state was saved with another case or other settings.
    #[error(
        "training state {}: `{setting}` was {saved}, is now {asked}: resume with the saved \
         settings, or start a new training",
        path.display()
    )]
    OtherTraining {
        /// The file.
        path: PathBuf,
        /// The first setting that differs.
        setting: &'static str,
        /// Its value in the file.
        saved: String,
        /// The value now.
        asked: String,
    },

    /// The callback of [`Trainer::train_epoch_with`](crate::Trainer::train_epoch_with) stopped the
    /// training.
    #[error("stopped within epoch {epoch}")]
    Stopped {
        /// The epoch, from 1.
        epoch: usize,
    },

    /// The callback of
    /// [`DeepInfoMax::calibrate_batch_norm`](crate::DeepInfoMax::calibrate_batch_norm) stopped it.
    #[error("stopped while calibrating batch norm")]
    CalibrationStopped,

    /// A checkpoint or a training state could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },

    /// A file is not a checkpoint, or not a training state, or is damaged.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
}

impl Error {
    pub(crate) fn setting(
        name: &'static str,
        found: impl ToString,
        expected: &'static str,
    ) -> Self {
        Self::Setting { name, found: found.to_string(), expected }
    }
}
