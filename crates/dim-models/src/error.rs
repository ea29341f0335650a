//! Everything that can go wrong in this crate.

use std::path::PathBuf;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, with what is needed to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor operation failed (shape, data type, device memory).
    #[error(transparent)]
    Candle(#[from] candle_core::Error),

    /// A setting is outside its range.
    #[error("`{name}` is {found}; expected {expected}")]
    Setting {
        /// The setting, as spelt in configuration files.
        name: &'static str,
        /// The offending value.
        found: String,
        /// The values that are allowed.
        expected: &'static str,
    },

    /// A name that is none of the known ones.
    #[error("unknown {kind} `{found}`; expected one of: {expected}")]
    UnknownName {
        /// What was being named, for example `case`.
        kind: &'static str,
        /// The name given.
        found: String,
        /// The names known.
        expected: &'static str,
    },

    /// The image is too small for the encoder's convolutions, or is not an image batch.
    #[error(
        "images have shape {found:?}; expected [batch, 1, height, width] with height and width of at least {minimum}"
    )]
    ImageShape {
        /// The shape given.
        found: Vec<usize>,
        /// The smallest height and width that every network accepts.
        minimum: usize,
    },

    /// The device asked for is not there.
    #[error("device `{device}` is not available: {reason}")]
    Device {
        /// The device, as asked for.
        device: String,
        /// Why, and what to do about it.
        reason: String,
    },

    /// Fewer images than one batch.
    #[error(
        "{images} training images cannot fill one batch of {batch_size}; give more images or a smaller batch size"
    )]
    TooFewImages {
        /// Images available.
        images: usize,
        /// The batch size asked for.
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

    /// A loss or a gradient became NaN or infinite; the step was not made.
    #[error(
        "{quantity} became {value} at epoch {epoch}, batch {batch}: lower the learning rate or inspect the data"
    )]
    NotFinite {
        /// Which loss, or the gradient of which parameter.
        quantity: String,
        /// Its value.
        value: f64,
        /// One-based epoch.
        epoch: usize,
        /// One-based batch within the epoch.
        batch: usize,
    },

    /// A pass over the images that was stopped goes on with another number of them.
    #[error("epoch {epoch} was begun with {expected} images, not {found}: give it the same images")]
    OtherImages {
        /// The one-based epoch that is under way.
        epoch: usize,
        /// Images it was begun with.
        expected: usize,
        /// Images given.
        found: usize,
    },

    /// A training state is that of another training.
    #[error(
        "training state {}: `{setting}` is {saved}, not {asked}: resume with the settings it was saved with, or train anew",
        path.display()
    )]
    OtherTraining {
        /// The file.
        path: PathBuf,
        /// The first setting that differs.
        setting: &'static str,
        /// Its value in the file.
        saved: String,
        /// The value asked for.
        asked: String,
    },

    /// Training was asked to stop.
    #[error("stopped at epoch {epoch}, before it was complete")]
    Stopped {
        /// The one-based epoch that was under way.
        epoch: usize,
    },

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
