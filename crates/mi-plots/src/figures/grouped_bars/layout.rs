//! The layout of a [`GroupedBars`], which is computed before its data is checked.

use super::{BarGroup, GroupedBars, Reference};
use crate::canvas::font::{self, Weight};
use crate::canvas::page::{Rect, TextLook};
use crate::parts::axis::{Axis, Room};
use crate::parts::bar_fill::FILLS;
use crate::parts::frame::{Frame, Names, line, y_axis_width};
use crate::parts::header::{Header, content_width};
use crate::parts::legend::{Entry, Legend};
use crate::theme::{INK, MARGIN, SMALL_SIZE};

/// Height between the lowest and the highest value.
const HEIGHT: f64 = 540.0;
/// Space above bars and between texts.
pub(super) const GAP: f64 = 8.0;
/// Width of the arrow beside the text of a far reference, including the space after it.
pub(super) const ARROW: f64 = 26.0;
/// Width of the piece of its line beside the text of one of several references, likewise.
pub(super) const PIECE: f64 = 46.0;
/// Largest distance from bar to bar.
const PITCH: f64 = 170.0;
/// Largest share of the pitch for a text.
const TEXT: f64 = 0.95;

const VALUE: TextLook = TextLook { size: SMALL_SIZE, weight: Weight::Regular, color: INK };
pub(super) const REFERENCE: TextLook =
    TextLook { size: SMALL_SIZE, weight: Weight::Bold, color: INK };

pub(super) struct Layout {
    pub(super) header: Header,
    pub(super) legend: Legend,
    pub(super) frame: Frame,
    /// Width of one group with the space beside it.
    pub(super) slot: f64,
    /// Distance from bar to bar.
    pub(super) pitch: f64,
    pub(super) names: Names,
    pub(super) texts: Texts,
    pub(super) height: f64,
}

/// The texts over bars and over groups.
pub(super) struct Texts {
    /// Lines by group and bar.
    pub(super) values: Vec<Vec<Vec<String>>>,
    pub(super) value_look: TextLook,
    /// Whether the values are too wide for their bars, and are written upwards in one line each.
    pub(super) upwards: bool,
    /// Lines by group and reference.
    pub(super) references: Vec<Vec<Vec<String>>>,
    /// Whether the names of references are before their values, and not in the legend.
    pub(super) names_references: bool,
}

impl GroupedBars {
    pub(super) fn layout(&self) -> Layout {
        let header = Header::new(&self.title, &self.subtitle);
        // The axis determines the width of a slot, the slots determine how much room texts need
        // above the bars, and that room changes the axis a little. Two rounds are enough.
        let groups = self.groups.len().max(1) as f64;
        let slot = self.frame(0.0, 0.0).inner.w / groups;
        let texts = Texts::new(self, slot, self.pitch(slot));

        let entry = |(sample, label): (usize, &String)| Entry { label: label.clone(), sample };
        let drawn = |kind: &usize| self.reference_values(*kind).next().is_some();
        let kinds = (0..self.references.len()).filter(drawn).filter(|_| !texts.names_references);
        let references = kinds.map(|kind| (FILLS + kind, &self.references[kind]));
        let legend = Legend::new(self.kinds.iter().enumerate().chain(references).map(entry));
        let frame = self.frame(header.bottom() + legend.height(), texts.height());
        let slot = frame.inner.w / groups;
        let names = Names::new(self.groups.iter().map(|group| group.label.as_str()), slot);
        let height = frame.inner.bottom() + names.height() + MARGIN;
        Layout { header, legend, frame, slot, pitch: self.pitch(slot), names, texts, height }
    }

    /// Axes with `room` pixels above the highest value.
    fn frame(&self, y: f64, room: f64) -> Frame {
        let (low, high) = self.range();
        let top = high + (high - low) * room / HEIGHT;
        let h = HEIGHT + room;
        let axis = Axis::new(&self.y_label, (low, top), false, Room::Up(h));
        let left = y_axis_width(&axis, h);
        let inner = Rect { x: MARGIN + left, y, w: content_width() - left, h };
        Frame { inner, x: None, y: axis }
    }

    fn pitch(&self, slot: f64) -> f64 {
        (0.84 * slot / self.kinds.len().max(1) as f64).min(PITCH)
    }
}

impl Texts {
    fn new(figure: &GroupedBars, slot: f64, pitch: f64) -> Self {
        let groups = &figure.groups;
        let room = TEXT * pitch;
        let bars = || groups.iter().flat_map(|group| &group.bars);
        let labels = || bars().filter_map(|bar| bar.value_label.as_deref());
        let size = font::size_for_words(labels(), VALUE.weight, VALUE.size, room);
        let mut words = labels().flat_map(str::split_ascii_whitespace);
        let upwards = words.any(|word| font::width(word, VALUE.weight, size) > room);
        let wrap = |text: &str| {
            if upwards {
                vec![font::fit(text, VALUE.weight, VALUE.size, HEIGHT / 2.0).0]
            } else {
                font::wrap(text, VALUE.weight, size, room)
            }
        };
        let value = |label: Option<&str>| label.map_or_else(Vec::new, wrap);
        let values = |group: &BarGroup| {
            group.bars.iter().map(|bar| value(bar.value_label.as_deref())).collect()
        };
        let room = slot - PIECE.max(2.0 * ARROW);
        let (look, names) = (REFERENCE, &figure.references);
        let named = |(reference, name): (&Option<Reference>, &String)| {
            let text = |reference: &Reference| format!("{name} {}", reference.value_label);
            reference.as_ref().map_or_else(String::new, text)
        };
        let fits = |text: String| font::width(&text, look.weight, look.size) <= room;
        let names_references =
            groups.iter().flat_map(|group| group.references.iter().zip(names).map(named)).all(fits);
        let reference = |pair: (&Option<Reference>, &String)| {
            let value = pair.0.as_ref().map_or("", |reference| &reference.value_label);
            let text = if names_references { named(pair) } else { value.to_owned() };
            font::wrap(&text, look.weight, look.size, room)
        };
        let references =
            |group: &BarGroup| group.references.iter().zip(names).map(reference).collect();
        Self {
            values: groups.iter().map(values).collect(),
            value_look: if upwards { VALUE } else { TextLook { size, ..VALUE } },
            upwards,
            references: groups.iter().map(references).collect(),
            names_references,
        }
    }

    /// Width and height of the text over one bar.
    pub(super) fn value_size(&self, lines: &[String]) -> (f64, f64) {
        let look = self.value_look;
        let widths = lines.iter().map(|text| font::width(text, look.weight, look.size));
        let (long, high) = (widths.fold(0.0, f64::max), lines.len() as f64 * line(look));
        if self.upwards { (high, long) } else { (long, high) }
    }

    /// Height of all texts above the highest value.
    fn height(&self) -> f64 {
        let values = self.values.iter().flatten().map(|lines| self.value_size(lines).1);
        let of_group = |references: &Vec<Vec<String>>| {
            references.iter().map(|lines| reference_height(lines)).sum::<f64>()
        };
        let references = self.references.iter().map(of_group);
        values.fold(0.0, f64::max) + references.fold(0.0, f64::max) + 3.0 * GAP
    }
}

/// Height of the text of a reference.
pub(super) fn reference_height(lines: &[String]) -> f64 {
    lines.len() as f64 * line(REFERENCE)
}
