//! The layout of a [`NetworkDiagram`], which is computed before its data is checked.

use super::{EncoderRow, NetworkDiagram, Stage};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Rect, TextLook};
use crate::parts::frame::{HEADING, NUMBER, line};
use crate::parts::header::{Header, content_width};
use crate::theme::{INK, LABEL_SIZE, MARGIN, SMALL_SIZE};

/// Headings above columns and networks.
pub(super) const TITLE: TextLook = TextLook { size: LABEL_SIZE, weight: Weight::Bold, color: INK };
/// Texts of stages and networks.
pub(super) const TEXT: TextLook =
    TextLook { size: SMALL_SIZE, weight: Weight::Regular, color: INK };
/// Space between texts and what they belong to.
pub(super) const GAP: f64 = 10.0;
/// Thickness of the colour below a heading of columns, with the space around it.
pub(super) const STRIP: f64 = 28.0;
/// Before the heading of a row, for its mark.
pub(super) const MARK: f64 = 30.0;
/// Empty border inside the box of a network.
pub(super) const PADDING: f64 = 16.0;
/// Height of the arrows into the networks.
pub(super) const ARROWS: f64 = 44.0;

/// Height of the largest stage.
const HEIGHT: f64 = 180.0;
/// Width of what the networks are given.
const GIVEN: f64 = 250.0;
/// Width of the lane right of it, in which a line leads to the networks.
const LANE: f64 = 44.0;
const BETWEEN_ROWS: f64 = 26.0;
const BETWEEN_NETWORKS: f64 = 26.0;

pub(super) struct Layout {
    pub(super) header: Header,
    /// Headings of the columns, with the left and right end of each.
    pub(super) headings: [(Vec<String>, f64, f64); 3],
    /// Bottom of the headings.
    pub(super) headings_bottom: f64,
    pub(super) rows: Vec<Row>,
    /// Distance from stage to stage.
    pub(super) pitch: f64,
    pub(super) networks_label: Vec<String>,
    pub(super) networks_label_top: f64,
    /// Boxes of the networks.
    pub(super) boxes: Vec<Rect>,
    pub(super) caption: Vec<String>,
    pub(super) caption_top: f64,
    pub(super) height: f64,
}

pub(super) struct Row {
    pub(super) heading: Vec<String>,
    pub(super) top: f64,
    /// The middle of the blocks.
    pub(super) middle: f64,
    /// Top of the sizes below the blocks.
    pub(super) sizes_top: f64,
    /// Lines of the operation of each stage after the input.
    pub(super) operations: Vec<Vec<String>>,
    pub(super) given: Vec<String>,
}

/// Right end of the blocks, and left end of what the networks are given.
pub(super) fn given_left() -> f64 {
    MARGIN + content_width() - LANE - GIVEN
}

/// The middle of what the networks are given.
pub(super) fn given_middle() -> f64 {
    given_left() + GIVEN / 2.0
}

/// The line that leads to the networks.
pub(super) fn lane() -> f64 {
    MARGIN + content_width() - LANE / 4.0
}

/// The text below a stage.
pub(super) fn size_text(stage: &Stage) -> String {
    let Stage { size, channels, .. } = stage;
    format!("{size} × {size} × {channels}")
}

impl Layout {
    /// The middle of stage `i`.
    pub(super) fn stage_middle(&self, i: usize) -> f64 {
        MARGIN + (i as f64 + 0.5) * self.pitch
    }

    /// Width of the block of a stage.
    pub(super) fn block_width(&self, channels: usize) -> f64 {
        block_width(channels, self.pitch)
    }
}

fn block_width(channels: usize, pitch: f64) -> f64 {
    (22.0 + 11.0 * (channels.max(1) as f64).log2()).min(0.4 * pitch)
}

impl NetworkDiagram {
    pub(super) fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        let most = self.rows.iter().map(|row| row.stages.len()).max().unwrap_or(0).max(1) as f64;
        let pitch = (given_left() - MARGIN) / most;

        let heading = |text: &str, left: f64, right: f64| {
            (font::wrap(text, TITLE.weight, TITLE.size, (right - left).max(1.0)), left, right)
        };
        let after_input = MARGIN + pitch;
        let headings = [
            heading(&self.input_label, MARGIN, after_input - GAP),
            heading(&self.encoder_label, after_input, given_left() - GAP),
            heading(&self.given_label, given_left(), given_left() + GIVEN),
        ];
        let lines = headings.iter().map(|(lines, ..)| lines.len()).max().unwrap_or(0) as f64;
        let headings_bottom = header.bottom() + lines * line(TITLE);

        let mut top = headings_bottom + STRIP;
        let mut rows = Vec::new();
        for row in &self.rows {
            let (placed, bottom) = self.row(row, top, pitch);
            rows.push(placed);
            top = bottom + BETWEEN_ROWS;
        }

        let networks_label_top = top;
        let room = content_width() - LANE;
        let label = if self.networks.is_empty() { "" } else { &self.networks_label };
        let networks_label = font::wrap(label, TITLE.weight, TITLE.size, room);
        let mut boxes = Vec::new();
        if !self.networks.is_empty() {
            top += networks_label.len() as f64 * line(TITLE) + ARROWS;
            let count = self.networks.len() as f64;
            let w = (content_width() - LANE / 2.0 - (count - 1.0) * BETWEEN_NETWORKS) / count;
            let h = (0..self.networks.len()).map(|i| self.box_height(i, w)).fold(0.0, f64::max);
            let x = |i: usize| MARGIN + i as f64 * (w + BETWEEN_NETWORKS);
            boxes.extend((0..self.networks.len()).map(|i| Rect { x: x(i), y: top, w, h }));
            top += h + BETWEEN_ROWS;
        }
        let caption = font::wrap(&self.caption, NUMBER.weight, NUMBER.size, content_width());
        let height = top + caption.len() as f64 * line(NUMBER) + MARGIN;
        Layout {
            header,
            headings,
            headings_bottom,
            rows,
            pitch,
            networks_label,
            networks_label_top,
            boxes,
            caption,
            caption_top: top,
            height,
        }
    }

    /// Places a row, and finds its bottom.
    fn row(&self, row: &EncoderRow, top: f64, pitch: f64) -> (Row, f64) {
        let room = content_width() - MARK - LANE;
        let heading = font::wrap(&row.label, HEADING.weight, HEADING.size, room);
        // Every arrow has the room of the shortest one, so that equal texts are wrapped alike.
        let blocks = self.stages().map(|stage| block_width(stage.channels, pitch));
        let between = (pitch - blocks.fold(0.0, f64::max) - 2.0 * GAP).max(1.0);
        let made = row.stages.iter().skip(1);
        let wrap = |text: &str| font::wrap(text, TEXT.weight, TEXT.size, between);
        let operations: Vec<_> = made.map(|stage| wrap(&stage.operation)).collect();
        let most = operations.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let half = (HEIGHT / 2.0).max(most * line(TEXT) + GAP);
        let middle = top + heading.len() as f64 * line(HEADING) + GAP + half;
        let sizes_top = middle + HEIGHT / 2.0 + GAP / 2.0;
        let given = font::wrap(&row.given, TEXT.weight, TEXT.size, GIVEN - GAP);
        let bottom = sizes_top + given.len().max(1) as f64 * line(TEXT);
        (Row { heading, top, middle, sizes_top, operations, given }, bottom)
    }

    /// Name and lines of a network, wrapped for a box `width` pixels wide.
    pub(super) fn network_lines(&self, i: usize, width: f64) -> (Vec<String>, Vec<String>) {
        let room = (width - 2.0 * PADDING).max(1.0);
        let network = &self.networks[i];
        let wrap = |text: &str, look: TextLook| font::wrap(text, look.weight, look.size, room);
        let lines = network.lines.iter().flat_map(|text| wrap(text, TEXT));
        (wrap(&network.name, TITLE), lines.collect())
    }

    fn box_height(&self, i: usize, width: f64) -> f64 {
        let (name, lines) = self.network_lines(i, width);
        2.0 * PADDING
            + GAP / 2.0
            + name.len() as f64 * line(TITLE)
            + lines.len() as f64 * line(TEXT)
    }

    /// Height of the block of a stage.
    pub(super) fn block_height(&self, stage: &Stage) -> f64 {
        HEIGHT * self.share(stage.size)
    }
}
