//! Lines along the inside of rectangles.

use plotters::style::{Color as _, RGBColor};

use crate::canvas::page::{Page, Rect};

/// A line along the inside of a rectangle. It has sharp corners, unlike a closed line.
pub(crate) fn outline(page: &mut Page, Rect { x, y, w, h }: Rect, color: RGBColor, width: f64) {
    let sides = [
        Rect { x, y, w, h: width },
        Rect { x, y: y + h - width, w, h: width },
        Rect { x, y: y + width, w: width, h: h - 2.0 * width },
        Rect { x: x + w - width, y: y + width, w: width, h: h - 2.0 * width },
    ];
    sides.into_iter().for_each(|side| page.rect(side, color.to_rgba()));
}
