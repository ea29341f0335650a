//! What can be wrong with the data of a figure, and what can fail while it is drawn.

/// The result of a function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a figure was not drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to draw: no series, no points, no bars, no maps.
    #[error("{what} is empty: give it at least one {missing}")]
    Empty {
        /// The part of the figure, by its label if it has one.
        what: String,
        /// What it needs: "point", "series", "map".
        missing: &'static str,
    },
    /// A value that no axis can show: NaN, infinite, or beyond ±1e300.
    #[error(
        "{series}: value {index} is {value}; replace or leave out values that are not finite \
         (limit 1e300)"
    )]
    NotFinite {
        /// Label of the series, bar or map.
        series: String,
        /// Position of the value in it, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Two lengths must be equal and are not.
    #[error("{what}: expected {expected} values, found {found}")]
    LengthMismatch {
        /// Which list.
        what: String,
        /// The length that the other fields need.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// An image has no pixels.
    #[error("{what}: an image of {width} x {height} has no pixels")]
    ZeroSize {
        /// Which image.
        what: String,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Histogram edges, or positions of points along a line, do not rise.
    #[error("{series} must rise: value {index} is {value} and follows {previous}")]
    NotRising {
        /// Which values.
        series: String,
        /// Position of the value that is too small, from 0.
        index: usize,
        /// The value before it.
        previous: f64,
        /// The value.
        value: f64,
    },
    /// A value on a logarithmic axis is zero or negative.
    #[error("{series}: value {index} is {value}; a logarithmic axis needs values above 0")]
    NotPositive {
        /// Which values.
        series: String,
        /// Position of the value, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The lower end of an interval is above its upper end.
    #[error("the interval of {what} runs from {low} down to {high}: give its lower end first")]
    ReversedInterval {
        /// What has the interval.
        what: String,
        /// Given as the lower end.
        low: f64,
        /// Given as the upper end.
        high: f64,
    },
    /// There are more things of one kind than a reader can tell apart.
    #[error("{what}: {found} given, but only {limit} can be told apart: draw fewer")]
    TooMany {
        /// Which things.
        what: String,
        /// The largest number allowed.
        limit: usize,
        /// The number given.
        found: usize,
    },
    /// Differences are exaggerated so much, or so little, that something would have no height.
    #[error(
        "differences in size cannot be drawn {exaggeration} times as large: use a factor above 0 \
         and below {limit}"
    )]
    Exaggeration {
        /// The factor given.
        exaggeration: f64,
        /// The factor at which the smallest size has no height.
        limit: f64,
    },
    /// The palette has no such category.
    #[error("category {category} has no colour: use 0 to {}", available - 1)]
    UnknownCategory {
        /// The category asked for.
        category: usize,
        /// How many the palette has.
        available: usize,
    },
    /// The figure is too large to draw, usually because a text is very long.
    #[error(
        "the figure would be {width} x {height} pixels, over {limit} a side: shorten texts or \
         draw fewer rows"
    )]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The largest side allowed.
        limit: u32,
    },
    /// plotters did not accept the embedded font.
    #[error("plotters did not accept the embedded font {name}")]
    Font {
        /// The name of the font.
        name: &'static str,
    },
    /// A drawing backend failed.
    #[error("drawing failed: {message}")]
    Backend {
        /// The message of the backend. Only the text is kept, because its error type is
        /// the caller's.
        message: String,
    },
    /// PNG encoding failed.
    #[error("PNG encoding failed")]
    Png(#[source] Box<dyn std::error::Error + Send + Sync>),
}
