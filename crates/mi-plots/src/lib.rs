#![doc = include_str!("../README.md")]

mod axis;
mod bar_fill;
mod bars_with_dots;
mod canvas;
mod check;
mod error;
mod feature_grid;
mod figure;
mod font;
mod frame;
mod gray;
mod grouped_bars;
mod header;
mod interval;
mod interval_panels;
mod line_panels;
mod loss_curves;
mod overlaid_histograms;
mod png;
mod raster;
mod spread;
mod svg;
pub mod theme;

pub use crate::bars_with_dots::{Bar, BarsWithDots};
pub use crate::error::PlotError;
pub use crate::feature_grid::{FeatureGrid, GridMap, GridRow};
pub use crate::figure::Figure;
pub use crate::gray::{GrayImage, GrayMap};
pub use crate::grouped_bars::{BarGroup, Ceiling, GroupedBar, GroupedBars};
pub use crate::interval_panels::{IntervalPanel, IntervalPanels, IntervalRow};
pub use crate::line_panels::{Line, LinePanel, LinePanels, LinePoint};
pub use crate::loss_curves::{LossCurves, Panel, Series};
pub use crate::overlaid_histograms::{Histogram, OverlaidHistograms};
pub use crate::png::to_png;
pub use crate::svg::to_svg;
