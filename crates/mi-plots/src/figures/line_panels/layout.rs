//! The layout of a [`LinePanels`], which is computed before its data is checked.

use super::{Line, LinePanel, LinePanels};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Rect, TextLook};
use crate::parts::axis::{Axis, Room, extent, padded};
use crate::parts::frame::{
    Frame, NUMBER, heading_height, line, x_axis_height, y_axis_width, y_numbers_width,
};
use crate::parts::header::{Header, content_width};
use crate::parts::legend::{Entry, Legend};
use crate::theme::{INK, MARGIN, SMALL_SIZE};

const BETWEEN_COLUMNS: f64 = 26.0;
const BETWEEN_ROWS: f64 = 30.0;
/// Distance from the panel to the marks before the names of its lines.
pub(super) const LEADER: f64 = 28.0;
/// From the middle of a mark to its name.
pub(super) const MARK: f64 = 15.0;
/// The largest share of a column for marks and names, and the most lines of a name.
const NAMES: f64 = 0.25;
const NAME_LINES: usize = 2;
const NAME_GAP: f64 = 5.0;
pub(super) const NAME: TextLook =
    TextLook { size: SMALL_SIZE, weight: Weight::Regular, color: INK };
/// The most lines of the label of a shaded region, and the space around it.
const REGION_LINES: usize = 2;
pub(super) const REGION_GAP: f64 = 6.0;
/// The sample of the shaded region in the legend. Other samples are categories.
pub(super) const REGION_SAMPLE: usize = usize::MAX;

pub(super) struct Layout<'a> {
    pub(super) header: Header,
    pub(super) legend: Legend,
    pub(super) panels: Vec<(Frame, &'a LinePanel)>,
    /// Width of marks and names beside a panel, if they are there.
    pub(super) names: Option<f64>,
    /// Lines of the label of the shaded region, if they are in the panels.
    pub(super) region_label: Vec<String>,
    pub(super) height: f64,
}

/// The lines of a name, with `width` pixels for it and its mark.
pub(super) fn name_lines(label: &str, width: f64) -> Vec<String> {
    font::wrap(label, NAME.weight, NAME.size, width - MARK)
}

/// Height of a name with the space around it, or 0 for an empty name.
pub(super) fn name_height(lines: &[String]) -> f64 {
    if lines.is_empty() { 0.0 } else { lines.len() as f64 * line(NAME) + NAME_GAP }
}

/// The number of columns, and the height of a panel.
fn shape(panels: usize) -> (usize, f64) {
    match panels {
        0 | 1 => (1, 560.0),
        2 => (2, 440.0),
        3 => (3, 400.0),
        4 => (2, 360.0),
        _ => (3, 360.0),
    }
}

impl LinePanels {
    pub(super) fn layout(&self) -> Layout<'_> {
        let header = Header::new(&self.title, &self.subtitle);
        let (columns, height) = shape(self.panels.len());
        let names = self.names_width(columns, height);
        let beside = names.map_or(0.0, |names| LEADER + names);

        // The width of the panels determines how the label of the region is wrapped, which needs
        // room above the lines and so changes the numbers of the axes a little. Two rounds are
        // enough.
        let mut axes = self.y_axes(height, 0.0);
        let (mut left, mut w) = self.column_widths(&axes, columns, beside);
        let region_label = self.region_label(w);
        if !region_label.is_empty() {
            axes = self.y_axes(height, region_label.len() as f64 * line(NUMBER) + REGION_GAP);
            (left, w) = self.column_widths(&axes, columns, beside);
        }

        let legend = self.legend(names.is_none(), region_label.is_empty());
        let mut top = header.bottom() + legend.height();
        let mut panels: Vec<(Frame, &LinePanel)> = Vec::new();
        let mut axes = axes.into_iter();
        for (row, members) in self.panels.chunks(columns).enumerate() {
            if row > 0 {
                top += BETWEEN_ROWS;
            }
            let headings = members.iter().map(|panel| heading_height(&panel.title, w));
            let y = top + headings.fold(0.0, f64::max);
            let (mut x, mut below) = (MARGIN, 0.0f64);
            for (i, (panel, mut y_axis)) in members.iter().zip(axes.by_ref()).enumerate() {
                // The x axis is named below each column, the y axis before each row.
                let last = (row + 1) * columns + i >= self.panels.len();
                let name = if last { &self.x_label[..] } else { "" };
                let xs = self.lines().flat_map(|line| &line.points).map(|point| point.x);
                let x_axis = Axis::at_values(name, xs, self.x_scale, w);
                if i > 0 {
                    y_axis.label.clear();
                }
                if !has_numbers(members, i) {
                    y_axis.ticks.iter_mut().for_each(|tick| tick.text.clear());
                }
                x += left[i];
                let inner = Rect { x, y, w, h: height };
                panels.push((Frame { inner, x: Some(x_axis), y: y_axis }, panel));
                x += w + beside + BETWEEN_COLUMNS;
                below = below.max(x_axis_height(name, w));
            }
            top = y + height + below;
        }
        Layout { header, legend, panels, names, region_label, height: top + MARGIN }
    }

    /// Width of marks and names beside a panel of `columns` in a row, or nothing if they have no
    /// room there.
    fn names_width(&self, columns: usize, height: f64) -> Option<f64> {
        let gaps = BETWEEN_COLUMNS * (columns - 1) as f64;
        let room = NAMES * (content_width() - gaps) / columns as f64;
        let fits = |panel: &LinePanel| {
            let names = panel.lines.iter().map(|line| name_lines(&line.label, room));
            let height_needed: f64 = names.clone().map(|lines| name_height(&lines)).sum();
            let mut words = panel.lines.iter().flat_map(|line| line.label.split_ascii_whitespace());
            height_needed <= height
                && names.map(|lines| lines.len()).all(|lines| lines <= NAME_LINES)
                && words.all(|word| font::width(word, NAME.weight, NAME.size) <= room - MARK)
        };
        if !self.panels.iter().all(fits) {
            return None;
        }
        let names = self.lines().flat_map(|line| name_lines(&line.label, room));
        // A little more, so that they are wrapped in the same way when they are drawn.
        let widths = names.map(|text| MARK + font::width(&text, NAME.weight, NAME.size) + 0.5);
        Some(widths.fold(0.0, f64::max))
    }

    /// The y axes of all panels, with `room` pixels above the highest value.
    fn y_axes(&self, height: f64, room: f64) -> Vec<Axis> {
        let axis = |heights: &mut dyn Iterator<Item = f64>| {
            let (low, high) = padded(extent(heights), 0.06);
            let high = high + (high - low) * room / (height - room);
            Axis::new(&self.y_label, (low, high), false, Room::Up(height))
        };
        let shared = || self.panels.iter().filter(|panel| !panel.has_own_y_scale);
        let axis_of = |panel: &LinePanel| {
            if panel.has_own_y_scale {
                axis(&mut panel.heights())
            } else {
                axis(&mut shared().flat_map(LinePanel::heights))
            }
        };
        self.panels.iter().map(axis_of).collect()
    }

    /// Width of the axes before each column, and the width of a panel. All panels are as wide as
    /// those next to the numbers.
    fn column_widths(&self, axes: &[Axis], columns: usize, beside: f64) -> (Vec<f64>, f64) {
        let height = shape(self.panels.len()).1;
        let mut left = vec![0.0f64; columns];
        for (members, axes) in self.panels.chunks(columns).zip(axes.chunks(columns)) {
            for (i, axis) in axes.iter().enumerate() {
                let width = match i {
                    0 => y_axis_width(axis, height),
                    _ if has_numbers(members, i) => y_numbers_width(axis),
                    _ => 0.0,
                };
                left[i] = left[i].max(width);
            }
        }
        let gaps = BETWEEN_COLUMNS * (columns - 1) as f64;
        let room = content_width() - gaps - left.iter().sum::<f64>();
        (left, (room / columns as f64 - beside).max(1.0))
    }

    /// The label of the shaded region, wrapped into panels `width` pixels wide. Without lines if
    /// it has no room there.
    fn region_label(&self, width: f64) -> Vec<String> {
        let Some(region) = &self.shaded else { return Vec::new() };
        let xs = self.lines().flat_map(|line| &line.points).map(|point| point.x);
        let axis = Axis::at_values("", xs, self.x_scale, width);
        let unit = |x: f64| axis.unit(self.x_scale.place(x)).clamp(0.0, 1.0);
        let room = (unit(region.x.1) - unit(region.x.0)) * width - 2.0 * REGION_GAP;
        let mut words = region.label.split_ascii_whitespace();
        // The ends of the region have not been checked yet.
        let fits =
            room > 0.0 && words.all(|word| font::width(word, NUMBER.weight, NUMBER.size) <= room);
        let lines = |room| font::wrap(&region.label, NUMBER.weight, NUMBER.size, room);
        if fits && lines(room).len() <= REGION_LINES { lines(room) } else { Vec::new() }
    }

    /// What is not named in the panels.
    fn legend(&self, with_lines: bool, with_region: bool) -> Legend {
        let line = |line: &Line| Entry { label: line.label.clone(), sample: line.category };
        let lines = self.lines().filter(|_| with_lines).map(line);
        let region = self.shaded.iter().filter(|_| with_region);
        let region =
            region.map(|region| Entry { label: region.label.clone(), sample: REGION_SAMPLE });
        Legend::new(lines.chain(region))
    }
}

/// Whether panel `i` of a row has numbers at its y axis. The others have those of the panel before.
fn has_numbers(row: &[LinePanel], i: usize) -> bool {
    i == 0 || row[i].has_own_y_scale || row[i - 1].has_own_y_scale
}
