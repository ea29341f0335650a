//! The figures, a file for each.

mod bars_with_dots;
mod feature_grid;
mod grouped_bars;
mod heat_map;
mod interval_panels;
mod line_panels;
mod loss_curves;
mod network_diagram;
mod overlaid_histograms;

pub use bars_with_dots::{Bar, BarsWithDots};
pub use feature_grid::{FeatureGrid, GridMap, GridRow};
pub use grouped_bars::{BarGroup, GroupedBar, GroupedBars, Reference};
pub use heat_map::{
    HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow, HeatMapRowGroup,
};
pub use interval_panels::{IntervalPanel, IntervalPanels, IntervalRow};
pub use line_panels::{Line, LinePanel, LinePanels, LinePoint, Scale, ShadedRegion};
pub use loss_curves::{LossCurves, LossPanel, LossSeries};
pub use network_diagram::{EncoderRow, Network, NetworkDiagram, Stage};
pub use overlaid_histograms::{Histogram, OverlaidHistograms};
