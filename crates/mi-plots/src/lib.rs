// README links to the sources. These links come first, so here the same words link to the
// documentation.
//! [`LossCurves`]: crate::LossCurves
//! [`FeatureGrid`]: crate::FeatureGrid
//! [`BarsWithDots`]: crate::BarsWithDots
//! [`OverlaidHistograms`]: crate::OverlaidHistograms
//! [`GroupedBars`]: crate::GroupedBars
//! [`LinePanels`]: crate::LinePanels
//! [`HeatMap`]: crate::HeatMap
//! [`NetworkDiagram`]: crate::NetworkDiagram
//! [`IntervalPanels`]: crate::IntervalPanels
//! [`to_png`]: crate::to_png
//! [`to_svg`]: crate::to_svg
//! [`Figure::draw`]: crate::Figure::draw
//! [`theme`]: crate::theme
//! [`Error`]: crate::Error
#![doc = include_str!("../README.md")]

mod error;
pub mod theme;

// A page of shapes and texts, and its formats.
mod canvas;
mod output;

// The figures, and the parts that they share.
mod figure;
mod figures;
mod parts;

pub use error::{Error, Result};
pub use figure::{Figure, to_png, to_svg};
pub use figures::{
    Bar, BarGroup, BarsWithDots, EncoderRow, FeatureGrid, GridMap, GridRow, GroupedBar,
    GroupedBars, HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow,
    HeatMapRowGroup, Histogram, IntervalPanel, IntervalPanels, IntervalRow, Line, LinePanel,
    LinePanels, LinePoint, LossCurves, LossPanel, LossSeries, Network, NetworkDiagram,
    OverlaidHistograms, Reference, Scale, ShadedRegion, Stage,
};
pub use parts::gray_image::GrayImage;
