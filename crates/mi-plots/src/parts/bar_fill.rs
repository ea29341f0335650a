//! The fills that distinguish kinds of bars of the same colour: solid, pale, hatched, empty.

use plotters::style::{Color as _, RGBColor};

use crate::canvas::page::{Page, Point, Rect};
use crate::theme::BACKGROUND;

/// The number of fills.
pub(crate) const FILLS: usize = 4;

const PALE: f64 = 0.28;
const OUTLINE: f64 = 3.0;
/// Distance between the lines of a hatched bar, along an edge.
const HATCH: f64 = 11.0;

/// A bar with the fill of a kind, outlined in its colour.
pub(crate) fn bar(page: &mut Page, kind: usize, rect: Rect, color: RGBColor) {
    let Rect { x, y, .. } = rect;
    let (right, bottom) = (rect.right(), rect.bottom());
    // Grid lines would look like part of a hatched or an empty bar.
    page.rect(rect, BACKGROUND.to_rgba());
    match kind {
        0 => page.rect(rect, color.to_rgba()),
        1 => page.rect(rect, color.mix(PALE)),
        2 => hatches(rect).iter().for_each(|ends| page.line(ends, color, 2.5)),
        _ => {}
    }
    page.line(&[(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], color, OUTLINE);
}

/// Rising diagonals through a rectangle, cut off at its edges.
fn hatches(Rect { x, y, w, h }: Rect) -> Vec<[Point; 2]> {
    if w <= 0.0 || h <= 0.0 {
        return Vec::new();
    }
    // On diagonal `c` the distances from the left and from the top add up to `c`.
    let diagonals = (1u32..).map(|i| f64::from(i) * HATCH).take_while(|&c| c < w + h);
    diagonals
        .map(|c| {
            let (left, right) = ((c - h).max(0.0), c.min(w));
            [(x + left, y + c - left), (x + right, y + c - right)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatches_are_diagonals_from_edge_to_edge() {
        for (w, h) in [(90.0, 300.0), (90.0, 4.0), (3.0, 3.0)] {
            let (x, y) = (10.0, 20.0);
            let lines = hatches(Rect { x, y, w, h });
            assert_eq!(lines.len(), ((w + h - 1e-9) / HATCH) as usize, "{w} {h}");
            for [(x0, y0), (x1, y1)] in lines {
                assert!(((x1 - x0) - (y0 - y1)).abs() < 1e-9 && x1 >= x0);
                assert!(x0 == x || (y0 - (y + h)).abs() < 1e-9, "begins left or below");
                assert!(x1 == x + w || (y1 - y).abs() < 1e-9, "ends right or above");
                assert!(x1 <= x + w && y1 >= y && y0 <= y + h + 1e-9);
            }
        }
        assert!(hatches(Rect { x: 0.0, y: 0.0, w: 50.0, h: 0.0 }).is_empty());
    }
}
