//! What every figure offers.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

use crate::error::PlotError;

/// A figure that knows its size and draws itself on any plotters backend.
pub trait Figure {
    /// Width and height in pixels. Figures of this crate are 1600 wide and as high as their texts need.
    fn size(&self) -> (u32, u32);

    /// Draws the figure on an area of plotters 0.3, scaled to it with its shape kept. Nothing is drawn if the
    /// data is refused.
    ///
    /// # Errors
    /// Any [`PlotError`]: data is checked first, then the backend may fail.
    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), PlotError>;
}

/// A height in logical pixels as a figure's size.
pub(crate) fn page(height: f64) -> (u32, u32) {
    (crate::theme::WIDTH, height.ceil().clamp(1.0, f64::from(u32::MAX)) as u32)
}
