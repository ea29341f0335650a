//! What can be wrong with a figure's data, and what can fail while drawing.

/// Why a figure could not be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// Nothing to draw: no series, no points, no bars, no maps.
    #[error("{what} is empty: give it at least one {missing}")]
    Empty {
        /// The part of the figure, by its label where it has one.
        what: String,
        /// What it lacks: "point", "series", "map".
        missing: &'static str,
    },
    /// A value that no axis can show: NaN, infinite, or beyond ±1e300.
    #[error(
        "{series}: value {index} is {value}; replace or leave out values that are not finite (limit 1e300)"
    )]
    NotFinite {
        /// Label of the series, bar or map.
        series: String,
        /// Position of the value in it, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Two lengths that must agree do not.
    #[error("{what}: expected {expected} values, found {found}")]
    LengthMismatch {
        /// Which list.
        what: String,
        /// Length that the other fields call for.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// An image with no pixels.
    #[error("{what}: an image of {width} x {height} has no pixels")]
    ZeroSize {
        /// Which image.
        what: String,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Histogram edges, or positions of points along a line, that do not rise.
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
    /// A value at or below zero on a logarithmic axis.
    #[error(
        "{series}: value {index} is {value}, for which a logarithmic axis has no place: give values above 0"
    )]
    NotPositive {
        /// Which values.
        series: String,
        /// Position of the value, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// An interval whose lower end lies above its upper end.
    #[error("the interval of {what} runs from {low} down to {high}: give its lower end first")]
    ReversedInterval {
        /// What the interval belongs to.
        what: String,
        /// Given as the lower end.
        low: f64,
        /// Given as the upper end.
        high: f64,
    },
    /// More things of one sort than the eye can tell apart.
    #[error("{what}: {found} given, but only {limit} can be told apart: draw fewer")]
    TooMany {
        /// Which things.
        what: String,
        /// Largest number allowed.
        limit: usize,
        /// Number given.
        found: usize,
    },
    /// A category that the palette cannot show.
    #[error("category {category} has no colour: use 0 to {}", available - 1)]
    UnknownCategory {
        /// The category asked for.
        category: usize,
        /// How many the palette has.
        available: usize,
    },
    /// A figure larger than can sensibly be drawn, most often because of a very long text.
    #[error(
        "the figure would be {width} x {height} pixels, over {limit} a side: shorten texts or \
         draw fewer rows"
    )]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Largest side allowed.
        limit: u32,
    },
    /// The embedded font was refused by plotters' font table.
    #[error("plotters refused the embedded font {name}")]
    Font {
        /// Name under which it was offered.
        name: &'static str,
    },
    /// The drawing backend failed.
    #[error("drawing failed: {message}")]
    Backend {
        /// What the backend said; its error type is the caller's, so only the text is kept.
        message: String,
    },
    /// PNG encoding failed.
    #[error("PNG encoding failed")]
    Png(#[from] png::EncodingError),
}
