//! What can be wrong with an input, and where it is wrong.

use std::fmt;

/// Which of a function's arrays an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The only array of the call.
    Array,
    /// The first of two arrays.
    X,
    /// The second of two arrays.
    Y,
    /// An image of a batch; always image 0 where the call takes a single image.
    Image {
        /// Position of the image in the batch.
        image: usize,
    },
    /// A map of an image of a batch.
    Map {
        /// Position of the image in the batch.
        image: usize,
        /// Position of the map among the maps of that image.
        map: usize,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array => write!(f, "the array"),
            Self::X => write!(f, "x"),
            Self::Y => write!(f, "y"),
            Self::Image { image } => write!(f, "image {image}"),
            Self::Map { image, map } => write!(f, "map {map} of image {image}"),
        }
    }
}

/// Why a measurement was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MiError {
    /// There are no values.
    #[error("there are no values: mutual information needs at least one")]
    Empty,

    /// Two arrays that should pair value for value do not.
    #[error("x has {x} values and y has {y}: pair every value of x with one of y")]
    LengthMismatch {
        /// Values in the first array.
        x: usize,
        /// Values in the second array.
        y: usize,
    },

    /// A value is NaN or infinite: it has no bin, and no distance to other values.
    #[error("value {index} of {location} is {value}: replace or drop values that are not finite")]
    NonFinite {
        /// The array that holds the value.
        location: Location,
        /// Position of the first such value in that array.
        index: usize,
        /// The value: NaN or an infinity.
        value: f64,
    },

    /// The number of bins is zero or above [`MAX_BINS`](crate::MAX_BINS).
    #[error("{bins} bins: use 1 to {max}")]
    BinCount {
        /// The number asked for.
        bins: usize,
        /// The largest number accepted.
        max: usize,
    },

    /// A bin number given by the caller lies outside the histogram.
    #[error("index {index} names bin {bin} of {bins}: bins are numbered from 0")]
    BinOutOfRange {
        /// Position in the array of bin numbers.
        index: usize,
        /// The bin number found there.
        bin: usize,
        /// The number of bins.
        bins: usize,
    },

    /// A value lies outside the range or the edges given for it.
    #[error(
        "value {index} is {value}, outside {low} to {high}: widen the range, or drop or clamp it"
    )]
    OutOfRange {
        /// Position of the first such value.
        index: usize,
        /// The value.
        value: f64,
        /// The smallest value that has a bin.
        low: f64,
        /// The largest value that has a bin.
        high: f64,
    },

    /// The ends of a range are not finite or in the wrong order.
    #[error("the range {low} to {high} cannot be divided: give finite ends, the smaller first")]
    Range {
        /// The first end given.
        low: f64,
        /// The second end given.
        high: f64,
    },

    /// An edge between bins is not finite, or not above the one before it.
    #[error("edge {index} is {value}: edges must be finite and each above the one before")]
    Edge {
        /// Position of the first such edge.
        index: usize,
        /// The edge.
        value: f64,
    },

    /// Too few permutations or resamples to summarise.
    #[error("{found} replicates: ask for at least {min}; 999 is usual")]
    Replicates {
        /// The number asked for.
        found: usize,
        /// The smallest number accepted.
        min: usize,
    },

    /// The level of an interval is not a probability strictly between 0 and 1.
    #[error("an interval of level {level}: use a number between 0 and 1, such as 0.95")]
    Level {
        /// The level asked for.
        level: f64,
    },

    /// More values than a 32-bit count can hold.
    #[error("{values} values: counts are 32-bit, so give at most {max} at once")]
    TooManyValues {
        /// Values given.
        values: u64,
        /// The largest number accepted.
        max: u64,
    },

    /// The images do not divide into whole images.
    #[error("images holds {values} values, not a whole number of images of {pixels} pixels")]
    RaggedImages {
        /// Values in `images`.
        values: usize,
        /// Pixels of one image.
        pixels: usize,
    },

    /// A slice does not have the length that the other arguments imply.
    #[error("{name} holds {found} values; the other arguments need {expected}")]
    WrongLength {
        /// The argument: `"maps"`, `"counts"` or `"out"`.
        name: &'static str,
        /// The length that the other arguments imply, or `usize::MAX` when it does not fit.
        expected: usize,
        /// The length found.
        found: usize,
    },

    /// A number of nearest neighbours that there are not.
    #[error(
        "{k} nearest neighbours among {values} values: use at least 1, and fewer than the values"
    )]
    Neighbours {
        /// The number asked for.
        k: usize,
        /// Values, or pairs of values, given.
        values: usize,
    },

    /// A value that should be one of a continuum occurs too often.
    #[error(
        "value {index} of {location} coincides with its {k} nearest neighbours: tell rounded values \
         apart by Ties::Jitter, or count them in bins"
    )]
    Ties {
        /// The array that holds the value.
        location: Location,
        /// Position of such a value in that array.
        index: usize,
        /// The neighbours asked for, or as many as the value's label has.
        k: usize,
    },

    /// No label has a second value to measure a distance to.
    #[error(
        "each of the {values} labels occurs once: give labels that repeat, or two continuous arrays"
    )]
    UniqueLabels {
        /// Values given.
        values: usize,
    },

    /// Two arrays of a different shape, where views were given.
    #[cfg(feature = "ndarray")]
    #[error("x has shape {x:?} and y has shape {y:?}: pair every value of x with one of y")]
    ShapeMismatch {
        /// Shape of the first array.
        x: Vec<usize>,
        /// Shape of the second array.
        y: Vec<usize>,
    },
}
