//! What MI is measured between: the study's measure and its controls, a table each.

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The image with the maps of the trained encoder: the study's measure.
    Trained,
    /// Another image with the maps: what unrelated photographs share.
    OtherImage,
    /// The image, its pixels in random order, with its maps: what remains is the estimator's bias.
    ShuffledPixels,
    /// The image with itself: its entropy.
    SelfInformation,
    /// The image with its maps over the field that the maps of all cases cover, the centre 88 x 88
    /// pixels, with nothing resized.
    CommonField,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Comparison; 5] = [
        Comparison::Trained,
        Comparison::OtherImage,
        Comparison::ShuffledPixels,
        Comparison::SelfInformation,
        Comparison::CommonField,
    ];

    /// The file of its table in the run folder.
    pub const fn file(self) -> &'static str {
        match self {
            Comparison::Trained => "mi.parquet",
            Comparison::OtherImage => "controls/other-image.parquet",
            Comparison::ShuffledPixels => "controls/shuffled-pixels.parquet",
            Comparison::SelfInformation => "controls/self-information.parquet",
            Comparison::CommonField => "controls/common-field.parquet",
        }
    }

    /// Values for each image: one a map, or one alone.
    pub const fn values_per_image(self, maps: usize) -> usize {
        if matches!(self, Comparison::SelfInformation) { 1 } else { maps }
    }
}
