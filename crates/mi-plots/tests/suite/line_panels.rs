//! Panels of lines with a shaded region, an own scale, rings, names in a legend.

use mi_plots::{Error, Figure, LinePanels, Scale, ShadedRegion, to_svg};

use crate::common::*;

const SHADE: &str = "#F1F1F1";

/// Panels of lines over 8 to 256 bins, shaded from 64 bins on.
pub(crate) fn shaded(panels: usize) -> LinePanels {
    let mut figure = bins(panels);
    figure.shaded = Some(ShadedRegion { x: (45.0, 1e9), label: "undersampled".into() });
    figure
}

fn number(element: &str, name: &str) -> f64 {
    attribute(element, name).unwrap().parse().unwrap()
}

/// The middle of the first text that says `what`.
fn place(svg: &str, what: &str) -> (f64, f64) {
    let found = elements(svg, "text").into_iter().find(|t| content(t) == what).unwrap();
    let [left, top, right, bottom] = text_box(found);
    ((left + right) / 2.0, (top + bottom) / 2.0)
}

fn count(svg: &str, text: &str) -> usize {
    texts(svg).iter().filter(|&&t| t == text).count()
}

#[test]
fn a_region_is_shaded_from_its_start_to_the_end_of_the_axis() {
    let svg = to_svg(&shaded(1)).unwrap();
    let found = elements(&svg, "rect").into_iter().find(|r| attribute(r, "fill") == Some(SHADE));
    let rect = found.unwrap();
    let (left, right) = (number(rect, "x"), number(rect, "x") + number(rect, "width"));
    let (a, b, last) = (place(&svg, "32").0, place(&svg, "64").0, place(&svg, "256").0);
    let start = a + (45f64.log2() - 5.0) * (b - a);
    assert!((left - start).abs() < 0.75 && right > last && right < 1600.0);
    assert_eq!(count(&svg, "undersampled"), 1);
}

#[test]
fn points_in_the_region_are_hollow_and_lines_to_them_pale() {
    // A circle is the mark of the first of four lines. Its inside is another circle.
    let white = |svg: &str| {
        let circles = elements(svg, "circle").into_iter();
        circles.filter(|c| attribute(c, "fill") == Some("#FFFFFF")).count()
    };
    let plain = to_svg(&bins(1)).unwrap();
    let drawn = to_svg(&shaded(1)).unwrap();
    assert_eq!((white(&plain), white(&drawn)), (0, 3));
    let corners = |svg: &str, color: &str| -> Vec<usize> {
        let lines = elements(svg, "polyline").into_iter();
        let ours = lines.filter(|l| {
            attribute(l, "stroke") == Some(color) && attribute(l, "stroke-width") == Some("3")
        });
        ours.map(|l| attribute(l, "points").unwrap().split(' ').count()).collect()
    };
    assert_eq!(corners(&plain, "#0072B2"), [6]);
    assert_eq!(corners(&drawn, "#0072B2"), [3]);
    assert_eq!(corners(&drawn, "#8CC0DC"), [4]);
}

#[test]
fn a_label_without_room_in_its_region_is_in_the_legend() {
    let mut figure = shaded(6);
    assert_eq!(count(&to_svg(&figure).unwrap(), "undersampled"), 6);
    figure.shaded.as_mut().unwrap().x.0 = 200.0;
    assert_eq!(count(&to_svg(&figure).unwrap(), "undersampled"), 1);
    assert_texts_are_clear(&figure);
}

#[test]
fn names_without_room_at_their_lines_are_in_the_legend() {
    let mut figure = bins(6);
    let before = to_svg(&figure).unwrap();
    assert_eq!(count(&before, "B: larger"), 6);
    for panel in &mut figure.panels {
        panel.lines[3].label = "D: reversed autoencoder".into();
    }
    let after = to_svg(&figure).unwrap();
    assert_eq!(count(&after, "B: larger"), 1);
    assert_eq!(count(&after, "D: reversed autoencoder"), 1);
    assert_texts_are_clear(&figure);
}

#[test]
fn a_panel_with_its_own_scale_does_not_flatten_the_others() {
    let mut figure = bins(6);
    let ticks = |figure: &LinePanels| {
        let svg = to_svg(figure).unwrap();
        (place(&svg, "0.4").1 - place(&svg, "0.6").1, count(&svg, "−50"))
    };
    let (before, _) = ticks(&figure);
    for point in figure.panels[2].lines.iter_mut().flat_map(|line| &mut line.points) {
        (point.y, point.interval) = (-100.0 * point.y, None);
    }
    figure.panels[2].has_own_y_scale = true;
    let (after, own) = ticks(&figure);
    assert!((before - after).abs() < 1.0, "{before} {after}");
    assert_eq!(own, 1, "the panel has its own numbers");
    assert_texts_are_clear(&figure);
    // In the first column, the panel beside it needs the common numbers.
    figure.panels.swap(0, 2);
    assert_eq!(count(&to_svg(&figure).unwrap(), "0.4"), 2);
    assert_texts_are_clear(&figure);
}

#[test]
fn ringed_points_have_a_ring_at_their_place() {
    let mut figure = bins(2);
    figure.panels[0].lines[1].points[5].is_ringed = true;
    let svg = to_svg(&figure).unwrap();
    let rings = elements(&svg, "circle").into_iter();
    let rings: Vec<_> = rings.filter(|c| attribute(c, "fill") == Some("#D55E00")).collect();
    assert_eq!(rings.len(), 1);
    assert!((number(rings[0], "cx") - place(&svg, "256").0).abs() < 0.75);
}

#[test]
fn equal_differences_are_equally_far_apart_on_a_linear_axis() {
    let mut figure = bins(1);
    figure.x_scale = Scale::Linear;
    for line in &mut figure.panels[0].lines {
        line.points.truncate(5);
        line.points.iter_mut().zip([-1.0, 0.0, 1.0, 3.0, 5.0]).for_each(|(p, x)| p.x = x);
    }
    let svg = to_svg(&figure).unwrap();
    // The numbers of the y axis begin with "0.".
    let [a, b, c, d] = ["0", "1", "3", "5"].map(|tick| place(&svg, tick).0);
    assert!((2.0 * (b - a) - (c - b)).abs() < 1.0 && ((c - b) - (d - c)).abs() < 1.0);
    assert_texts_are_clear(&figure);
}

#[test]
fn texts_are_clear_for_any_number_of_panels_and_lines() {
    for panels in 1..=8 {
        for lines in [1, 2, 4] {
            let mut figure = shaded(panels);
            figure.panels.iter_mut().for_each(|panel| panel.lines.truncate(lines));
            figure.panels[panels / 2].has_own_y_scale = true;
            assert_texts_are_clear(&figure);
        }
    }
    assert_sizes_agree(&shaded(6));
    let mut figure = shaded(4);
    figure.shaded.as_mut().unwrap().label = LONG.into();
    assert_texts_are_clear(&figure);
}

#[test]
fn invalid_regions_are_refused() {
    let refusal = |x| {
        let mut figure = shaded(2);
        figure.shaded.as_mut().unwrap().x = x;
        assert!(figure.size().1 > 0);
        to_svg(&figure).unwrap_err()
    };
    for error in [refusal((f64::NAN, 1.0)), refusal((1.0, f64::INFINITY))] {
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
        assert!(error.to_string().contains("undersampled"), "{error}");
    }
    assert!(matches!(refusal((9.0, 8.0)), Error::ReversedInterval { .. }));
    assert!(matches!(refusal((0.0, 8.0)), Error::NotPositive { .. }));
    let mut figure = shaded(2);
    figure.x_scale = Scale::Linear;
    figure.shaded.as_mut().unwrap().x = (-1.0, 1.0);
    assert!(to_svg(&figure).is_ok(), "a region may be outside the axis");
}
