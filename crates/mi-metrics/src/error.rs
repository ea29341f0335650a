//! What can be wrong with an input, and where.

use std::fmt;

/// The result of a function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The array that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The only array of the call.
    Array,
    /// The first of two arrays.
    X,
    /// The second of two arrays.
    Y,
    /// An image of a batch. In a call with a single image this is image 0.
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

/// Why a function returned no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no values.
    #[error("there are no values: mutual information needs at least one")]
    Empty,

    /// Two arrays must have the same length and have not.
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
        /// The array with the value.
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
        /// The largest number allowed.
        max: usize,
    },

    /// A bin number given by the caller is not below the number of bins.
    #[error("value {index} has bin {bin}, but the {bins} bins are numbered from 0")]
    BinOutOfRange {
        /// Position in the array of bin numbers.
        index: usize,
        /// The bin number found there.
        bin: usize,
        /// The number of bins.
        bins: usize,
    },

    /// A value is outside the range or the edges given for it.
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

    /// The ends of a range are not finite, or the first is larger than the second.
    #[error("invalid range {low} to {high}: give finite ends, the smaller first")]
    Range {
        /// The first end given.
        low: f64,
        /// The second end given.
        high: f64,
    },

    /// An edge between bins is not finite, or not above the edge before it.
    #[error("edge {index} is {value}: edges must be finite and each above the one before")]
    Edge {
        /// Position of the first such edge.
        index: usize,
        /// The edge.
        value: f64,
    },

    /// Too few permutations or resamples.
    #[error("{found} replicates: ask for at least {min}; 999 is usual")]
    Replicates {
        /// The number asked for.
        found: usize,
        /// The smallest number allowed.
        min: usize,
    },

    /// The level of an interval is not between 0 and 1.
    #[error("invalid level {level}: use a number between 0 and 1, such as 0.95")]
    Level {
        /// The level asked for.
        level: f64,
    },

    /// There are more values than a 32-bit count can hold.
    #[error("{values} values: counts have 32 bits, so give at most {max} at once")]
    TooManyValues {
        /// Values given.
        values: u64,
        /// The largest number allowed.
        max: u64,
    },

    /// The images do not divide into whole images.
    #[error("images has {values} values, not a whole number of images of {pixels} pixels")]
    RaggedImages {
        /// Values in `images`.
        values: usize,
        /// Pixels of one image.
        pixels: usize,
    },

    /// A slice does not have the length that the other arguments imply.
    #[error("{name} has {found} values; the other arguments need {expected}")]
    WrongLength {
        /// The argument: `"maps"`, `"counts"` or `"out"`.
        name: &'static str,
        /// The length that the other arguments imply, or `usize::MAX` if that does not fit.
        expected: usize,
        /// The length found.
        found: usize,
    },

    /// The number of nearest neighbours is zero, or there are not that many.
    #[error(
        "{k} nearest neighbours among {values} values: use at least 1, and fewer than the values"
    )]
    Neighbours {
        /// The number asked for.
        k: usize,
        /// Values, or pairs of values, given.
        values: usize,
    },

    /// A value of a continuous array occurs too often.
    #[error(
        "value {index} of {location} equals its {k} nearest neighbours: use Ties::Jitter for \
         rounded values, or count them in bins"
    )]
    Ties {
        /// The array with the value.
        location: Location,
        /// Position of such a value in that array.
        index: usize,
        /// The neighbours asked for, or as many as the label of the value has.
        k: usize,
    },

    /// Every label occurs once, so no value has a neighbour with the same label.
    #[error(
        "each of the {values} labels occurs once: give labels that repeat, or two continuous arrays"
    )]
    UniqueLabels {
        /// Values given.
        values: usize,
    },

    /// Two views must have the same shape and have not.
    #[cfg(feature = "ndarray")]
    #[error("x has shape {x:?} and y has shape {y:?}: pair every value of x with one of y")]
    ShapeMismatch {
        /// Shape of the first view.
        x: Vec<usize>,
        /// Shape of the second view.
        y: Vec<usize>,
    },
}
