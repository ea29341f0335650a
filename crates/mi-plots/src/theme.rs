//! The common look of all figures: colours, marks, text sizes.
//!
//! Sizes are in logical pixels of a figure that is 1600 wide. The smallest text is still 10 pixels
//! high when the figure is shown at half size. A category has the same colour, mark and dash in
//! every figure.

use plotters::style::RGBColor;

use crate::error::{Error, Result};

/// Width of every figure, logical pixels.
pub const WIDTH: u32 = 1600;
/// Empty border on all four sides.
pub const MARGIN: f64 = 44.0;

/// Figure title, bold.
pub const TITLE_SIZE: f64 = 34.0;
/// Line under the title.
pub const SUBTITLE_SIZE: f64 = 24.0;
/// Panel and block titles, bold.
pub const HEADING_SIZE: f64 = 25.0;
/// Axis names, legend and bar names.
pub const LABEL_SIZE: f64 = 24.0;
/// Tick numbers, map titles and captions.
pub const SMALL_SIZE: f64 = 21.0;

/// Page colour.
pub const BACKGROUND: RGBColor = RGBColor(255, 255, 255);
/// Titles, axis lines and axis names.
pub const INK: RGBColor = RGBColor(34, 34, 34);
/// Subtitles, tick numbers and captions: contrast 7 to 1 on the page colour.
pub const MUTED: RGBColor = RGBColor(85, 85, 85);
/// Lines across a panel.
pub const GRID: RGBColor = RGBColor(226, 226, 226);
/// Hairline around bitmaps, so that white maps have an edge.
pub const FRAME: RGBColor = RGBColor(170, 170, 170);

/// Colours of values from low to high: YlGnBu of ColorBrewer (Brewer and Harrower, 2003), which
/// colour-blind readers can tell apart and which stays in order in gray print. Its palest colour is
/// left out, because it looks like the page.
pub const SEQUENTIAL: [RGBColor; 8] = [
    RGBColor(237, 248, 177),
    RGBColor(199, 233, 180),
    RGBColor(127, 205, 187),
    RGBColor(65, 182, 196),
    RGBColor(29, 145, 192),
    RGBColor(34, 94, 168),
    RGBColor(37, 52, 148),
    RGBColor(8, 29, 88),
];

/// What a network is for, which decides its colour in diagrams. The colours are not those of
/// categories: a diagram names every network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Makes the maps: blue.
    #[default]
    Encoder,
    /// Scores single locations: green.
    Local,
    /// Scores whole images: red.
    Global,
    /// Tells codes from noise: yellow.
    Prior,
}

impl Role {
    /// Colour of outlines. Areas are a pale mix of it, on which [`INK`] is legible.
    pub fn color(self) -> RGBColor {
        match self {
            Self::Encoder => RGBColor(0, 114, 178),
            Self::Local => RGBColor(0, 140, 90),
            Self::Global => RGBColor(200, 40, 50),
            Self::Prior => RGBColor(222, 178, 0),
        }
    }
}

/// Shape of a category's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Disc.
    Circle,
    /// Square.
    Square,
    /// Triangle, point up.
    TriangleUp,
    /// Square standing on a corner.
    Diamond,
    /// Triangle, point down.
    TriangleDown,
    /// Upright cross.
    Plus,
    /// Diagonal cross.
    Cross,
}

/// The look of one category in every figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Category {
    /// Colour of lines, bars, dots and outlines.
    pub color: RGBColor,
    /// Mark on lines and for means.
    pub marker: Marker,
    /// Dash of outlines: lengths that are drawn and skipped in turn, logical pixels. Empty for
    /// a solid line.
    pub dash: &'static [f64],
}

/// The colours of Okabe and Ito (Color Universal Design, 2008) without their yellow, in which a
/// thin line on white is hard to see. The first four differ in lightness as well as hue.
const CATEGORIES: [Category; 7] = [
    Category { color: RGBColor(0, 114, 178), marker: Marker::Circle, dash: &[] },
    Category { color: RGBColor(213, 94, 0), marker: Marker::Square, dash: &[16.0, 7.0] },
    Category { color: RGBColor(0, 158, 115), marker: Marker::TriangleUp, dash: &[5.0, 5.0] },
    Category {
        color: RGBColor(204, 121, 167),
        marker: Marker::Diamond,
        dash: &[18.0, 6.0, 4.0, 6.0],
    },
    Category { color: RGBColor(230, 159, 0), marker: Marker::TriangleDown, dash: &[28.0, 8.0] },
    Category { color: RGBColor(86, 180, 233), marker: Marker::Plus, dash: &[10.0, 10.0] },
    Category { color: RGBColor(0, 0, 0), marker: Marker::Cross, dash: &[3.0, 9.0] },
];

/// The look of category `index`.
///
/// # Errors
/// [`Error::UnknownCategory`] if the palette has no such entry.
///
/// ```
/// use mi_plots::theme;
/// assert_eq!(theme::category(0)?, theme::category(0)?);
/// assert_ne!(theme::category(0)?.color, theme::category(1)?.color);
/// assert!(theme::category(7).is_err());
/// # Ok::<(), mi_plots::Error>(())
/// ```
pub fn category(index: usize) -> Result<Category> {
    let available = CATEGORIES.len();
    CATEGORIES.get(index).copied().ok_or(Error::UnknownCategory { category: index, available })
}
