//! What can be wrong with features, labels, penalties or planes.

/// The result of a function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a classifier was not fitted or applied, or planes were not pooled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no features.
    #[error("there are no features: give at least one row")]
    Empty,

    /// The features are not whole rows.
    #[error("{values} values are not whole rows of {dimension} features")]
    RaggedRows {
        /// Values in `features`.
        values: usize,
        /// Features of one row.
        dimension: usize,
    },

    /// A feature is NaN or infinite.
    #[error(
        "feature {feature} of row {row} is {value}: replace or drop values that are not finite"
    )]
    NonFinite {
        /// The first row that holds such a value.
        row: usize,
        /// Position of the value in that row.
        feature: usize,
        /// The value: NaN or an infinity.
        value: f32,
    },

    /// There is not one label for each row.
    #[error("{labels} labels for {rows} rows of features: give one label for each row")]
    LabelCount {
        /// Labels given.
        labels: usize,
        /// Rows of features.
        rows: usize,
    },

    /// The labels are all of one class.
    #[error("all {labels} labels are of one class: a classifier needs two or more classes")]
    OneClass {
        /// Labels given.
        labels: usize,
    },

    /// There is no penalty to choose from.
    #[error("there are no penalties: give at least one")]
    NoPenalties,

    /// A penalty is not a positive, finite number.
    #[error("penalty {index} is {value}: penalties must be positive and finite")]
    Penalty {
        /// Position of the first such penalty.
        index: usize,
        /// The penalty.
        value: f64,
    },

    /// No penalty has a finite leave-one-out error: all are too small for the arithmetic.
    #[error(
        "no penalty has a finite leave-one-out error, not even the largest, {largest}: try larger ones"
    )]
    NoFiniteError {
        /// The largest of the penalties.
        largest: f64,
    },

    /// The eigendecomposition of the features' Gram matrix did not converge.
    #[error("the eigendecomposition of the {size} x {size} Gram matrix did not converge")]
    NotConverged {
        /// Rows of the matrix: the smaller of the number of rows and the number of features.
        size: usize,
    },

    /// The planes are not whole planes.
    #[error("{values} values are not whole planes of {height} x {width}")]
    RaggedPlanes {
        /// Values in `planes`.
        values: usize,
        /// Rows of one plane.
        height: usize,
        /// Columns of one plane.
        width: usize,
    },

    /// A grid has no cells, or more than the plane has rows or columns.
    #[error("a grid of {grid} x {grid} cells does not fit a plane of {height} x {width}")]
    Grid {
        /// Cells along each side.
        grid: usize,
        /// Rows of one plane.
        height: usize,
        /// Columns of one plane.
        width: usize,
    },

    /// The output slice does not have the length that the other arguments need.
    #[error("out holds {found} values; the pooled planes need {expected}")]
    WrongLength {
        /// The length that the other arguments need.
        expected: usize,
        /// The length found.
        found: usize,
    },

    /// A text does not name a pooling.
    #[error("unknown pooling `{name}`: use `global`, `none`, or a grid such as `8x8`")]
    UnknownPooling {
        /// The text.
        name: String,
    },
}
