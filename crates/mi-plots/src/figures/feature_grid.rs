//! Images and their feature maps, a block for each case.

use plotters::style::Color as _;

use crate::canvas::font;
use crate::canvas::page::{Align, Page, Point, Rect, TextLook};
use crate::error::Result;
use crate::figure::{Figure, sealed, size_of};
use crate::parts::checks;
use crate::parts::frame::{HEADING, NUMBER, line, paragraph};
use crate::parts::gray_image::{GrayImage, Tone};
use crate::parts::header::{Header, content_width};
use crate::theme::{self, FRAME, MARGIN};

/// Maps in a full row. The image is at the left of the first two rows and two maps wide, so that 32
/// maps fill three rows.
const COLUMNS: usize = 12;
const IMAGE_CELLS: usize = 2;
const CELL: f64 = 115.0;
const GAP: f64 = 12.0;
const CHIP: f64 = 24.0;
const AFTER_CHIP: f64 = 12.0;
const AFTER_HEADING: f64 = 8.0;
const BETWEEN_BLOCKS: f64 = 26.0;

/// A feature map with the text below it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridMap {
    /// The map, of any size and range.
    pub pixels: GrayImage,
    /// Text below the map, such as a value. If it is wider than the map it is shrunk, then cut
    /// with an ellipsis.
    pub title: String,
}

/// One block: an image and its maps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridRow {
    /// Heading of the block.
    pub label: String,
    /// Index into [`theme::category`], for the colour beside the heading.
    pub category: usize,
    /// The image, drawn larger than the maps.
    pub image: GrayImage,
    /// Maps in reading order.
    pub maps: Vec<GridMap>,
}

/// Images and their feature maps, block below block.
///
/// The grays of every bitmap go from its own minimum to its own maximum. Bitmaps of any size are
/// scaled to the same cell.
///
/// ```
/// use mi_plots::{FeatureGrid, GrayImage, GridMap, GridRow, to_svg};
///
/// let ramp = GrayImage { width: 2, height: 2, values: vec![0.0, 0.3, 0.6, 1.0] };
/// let map = GridMap { pixels: ramp.clone(), title: "0.412".into() };
/// let row = GridRow { label: "small".into(), category: 0, image: ramp, maps: vec![map] };
/// let figure = FeatureGrid {
///     title: "Maps".into(),
///     subtitle: "toy data".into(),
///     caption: "Below each map: mutual information in nats.".into(),
///     rows: vec![row],
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">0.412</text>"));
/// assert_eq!(svg.matches("<image").count(), 2);
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureGrid {
    /// What is shown.
    pub title: String,
    /// Where the data comes from.
    pub subtitle: String,
    /// Text at the bottom: what the titles of the maps are, and their unit.
    pub caption: String,
    /// Blocks from top to bottom.
    pub rows: Vec<GridRow>,
}

struct Block {
    top: f64,
    heading: Vec<String>,
    /// Top of the bitmaps.
    body: f64,
}

struct Layout {
    header: Header,
    blocks: Vec<Block>,
    caption: Vec<String>,
    caption_top: f64,
    height: f64,
}

fn row_height() -> f64 {
    CELL + line(NUMBER) + 6.0
}

/// The number of rows of maps in a block. The first rows are shorter because of the image.
fn map_rows(maps: usize) -> usize {
    (maps + IMAGE_CELLS * IMAGE_CELLS).div_ceil(COLUMNS).max(IMAGE_CELLS)
}

/// The row and column of a map in its block.
fn cell(index: usize) -> (usize, usize) {
    let beside = COLUMNS - IMAGE_CELLS;
    if index < beside * IMAGE_CELLS {
        (index / beside, IMAGE_CELLS + index % beside)
    } else {
        let rest = index - beside * IMAGE_CELLS;
        (IMAGE_CELLS + rest / COLUMNS, rest % COLUMNS)
    }
}

impl FeatureGrid {
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "row", &self.rows)?;
        for row in &self.rows {
            theme::category(row.category)?;
            row.image.check(&format!("image of \"{}\"", row.label))?;
            checks::not_empty(&format!("block \"{}\"", row.label), "map", &row.maps)?;
            for (i, map) in row.maps.iter().enumerate() {
                map.pixels.check(&format!("map {i} of \"{}\"", row.label))?;
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        let mut top = header.bottom();
        let mut blocks = Vec::new();
        for row in &self.rows {
            let width = content_width() - CHIP - AFTER_CHIP;
            let heading = font::wrap(&row.label, HEADING.weight, HEADING.size, width);
            let body = top + heading.len().max(1) as f64 * line(HEADING) + AFTER_HEADING;
            blocks.push(Block { top, heading, body });
            top = body + map_rows(row.maps.len()) as f64 * row_height() + BETWEEN_BLOCKS;
        }
        let caption = font::wrap(&self.caption, NUMBER.weight, NUMBER.size, content_width());
        let height = top - BETWEEN_BLOCKS / 2.0 + caption.len() as f64 * line(NUMBER) + MARGIN;
        Layout { header, blocks, caption, caption_top: top - BETWEEN_BLOCKS / 2.0, height }
    }
}

impl Figure for FeatureGrid {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for FeatureGrid {
    fn page(&self) -> Result<Page> {
        self.check()?;
        let layout = self.layout();
        let mut page = Page::new(size_of(layout.height))?;
        layout.header.draw(&mut page);
        let column = |i: usize| MARGIN + i as f64 * (CELL + GAP);
        for (row, block) in self.rows.iter().zip(&layout.blocks) {
            let color = theme::category(row.category)?.color;
            let chip = block.top + (line(HEADING) - CHIP) / 2.0;
            page.rect(Rect { x: MARGIN, y: chip, w: CHIP, h: CHIP }, color.to_rgba());
            let text = (MARGIN + CHIP + AFTER_CHIP, block.top);
            paragraph(&mut page, &block.heading, text, Align::Left, HEADING);

            let image_side = column(IMAGE_CELLS - 1) + CELL - MARGIN;
            bitmap(&mut page, &row.image, (MARGIN, block.body), image_side, Tone::Fine);
            for (i, map) in row.maps.iter().enumerate() {
                let (r, c) = cell(i);
                let (x, y) = (column(c), block.body + r as f64 * row_height());
                bitmap(&mut page, &map.pixels, (x, y), CELL, Tone::Coarse);
                let (title, size) = font::fit(&map.title, NUMBER.weight, NUMBER.size, CELL);
                let middle = (x + CELL / 2.0, y + CELL + 2.0 + line(NUMBER) / 2.0);
                page.text(&title, middle, Align::Center, TextLook { size, ..NUMBER });
            }
        }
        let place = (MARGIN, layout.caption_top);
        paragraph(&mut page, &layout.caption, place, Align::Left, NUMBER);
        Ok(page)
    }
}

/// Draws a bitmap in the middle of a square cell, with a thin line around it.
fn bitmap(page: &mut Page, image: &GrayImage, (x, y): Point, side: f64, tone: Tone) {
    let drawn = image.fitted(side as usize, tone);
    let (w, h) = (drawn.width as f64, drawn.height as f64);
    let (x, y) = (x + ((side - w) / 2.0).floor(), (y + (side - h) / 2.0).floor());
    page.rect(Rect { x: x - 1.0, y: y - 1.0, w: w + 2.0, h: h + 2.0 }, FRAME.to_rgba());
    page.bitmap(drawn, (x, y));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_maps_fill_three_rows_around_the_image() {
        let cells: Vec<_> = (0..32).map(cell).collect();
        assert_eq!(map_rows(32), 3);
        assert_eq!((cells[0], cells[19], cells[20], cells[31]), ((0, 2), (1, 11), (2, 0), (2, 11)));
        assert!(cells.iter().all(|&(r, c)| r < 3 && c < 12 && (r >= 2 || c >= 2)));
        assert_eq!(std::collections::HashSet::<_>::from_iter(cells).len(), 32);
    }

    #[test]
    fn rows_are_enough_for_any_number_of_maps() {
        for maps in 1..100 {
            assert_eq!(map_rows(maps), (cell(maps - 1).0 + 1).max(IMAGE_CELLS), "{maps} maps");
        }
    }
}
