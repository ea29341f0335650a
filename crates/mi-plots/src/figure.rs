//! What every figure offers: its size, and drawing in any format.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

use crate::canvas::page::Page;
use crate::error::Result;
use crate::output::{png, replay, svg};
use crate::theme::WIDTH;

/// A figure of this crate. The trait is sealed.
pub trait Figure: sealed::Paint {
    /// Width and height in pixels: 1600 wide, and as high as the texts need.
    fn size(&self) -> (u32, u32);

    /// Draws the figure on an area of plotters 0.3, as large as the area and its own shape allow.
    ///
    /// # Errors
    /// Any [`Error`](crate::Error). Nothing is drawn if the data is invalid.
    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<()> {
        replay::draw(&self.page()?, area)
    }
}

pub(crate) mod sealed {
    use super::{Page, Result};

    /// A figure that can be put on a page. It is not generic over formats, so that all figures are
    /// compiled in this crate.
    pub trait Paint {
        /// Checks the data and draws it on a page of [`Figure::size`](super::Figure::size).
        fn page(&self) -> Result<Page>;
    }
}

/// The bytes of a PNG file of exactly [`Figure::size`] pixels.
///
/// The same figure gives the same bytes every time.
///
/// # Errors
/// Those of [`Figure::draw`], and [`Error::Png`](crate::Error::Png) if encoding fails.
pub fn to_png(figure: &impl Figure) -> Result<Vec<u8>> {
    png::encode(&figure.page()?)
}

/// One SVG document that needs no other file.
///
/// Text stays text, in Noto Sans or a sans-serif font of the viewer; bitmaps are embedded PNGs. The
/// same figure gives the same document every time.
///
/// # Errors
/// Those of [`Figure::draw`]; [`Error::Backend`](crate::Error::Backend) if encoding an embedded
/// bitmap fails.
pub fn to_svg(figure: &impl Figure) -> Result<String> {
    svg::encode(&figure.page()?)
}

/// The size of a figure with a height in logical pixels.
pub(crate) fn size_of(height: f64) -> (u32, u32) {
    (WIDTH, height.ceil().clamp(1.0, f64::from(u32::MAX)) as u32)
}
