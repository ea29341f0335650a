//! Dots and references of grouped bars.

use mi_plots::{Error, Figure, GroupedBars, Reference, to_svg};

use crate::common::*;

/// Bars of 0.6 to 0.1 with twelve dots on the second bar of each group, compared with a near and a
/// far level. The first group has no far one.
pub(crate) fn compared() -> GroupedBars {
    let mut figure = controls();
    figure.references = vec!["copy".into(), "entropy".into()];
    for (i, group) in figure.groups.iter_mut().enumerate() {
        let reference = |value| Some(Reference { value, value_label: format!("{value:.2}") });
        group.references = vec![reference(0.8 + 0.01 * i as f64), reference(2.6)];
        let value = group.bars[1].value;
        group.bars[1].dots = (0..12).map(|seed| value + 0.01 * (f64::from(seed) - 5.5)).collect();
    }
    figure.groups[0].references[1] = None;
    figure
}

fn count(svg: &str, text: &str) -> usize {
    texts(svg).iter().filter(|&&t| t == text).count()
}

#[test]
fn every_dot_is_drawn_at_its_value() {
    let figure = compared();
    let svg = to_svg(&figure).unwrap();
    let tick = |value: &str| {
        let found = elements(&svg, "text").into_iter().find(|t| content(t) == value).unwrap();
        let [_, top, _, bottom] = text_box(found);
        (top + bottom) / 2.0
    };
    let (zero, half) = (tick("0"), tick("0.5"));
    for (group, color) in figure.groups.iter().zip(["#0072B2", "#D55E00", "#009E73", "#CC79A7"]) {
        let circles = elements(&svg, "circle").into_iter();
        let dots: Vec<f64> = circles
            .filter(|c| attribute(c, "fill") == Some(color))
            .map(|c| attribute(c, "cy").unwrap().parse().unwrap())
            .collect();
        assert_eq!(dots.len(), 12);
        for (y, value) in dots.iter().zip(&group.bars[1].dots) {
            assert!((y - (zero - value * (zero - half) / 0.5)).abs() < 0.75, "{value}");
        }
    }
}

#[test]
fn dots_are_on_the_axis_and_below_the_text_of_their_bar() {
    let mut figure = compared();
    figure.groups[2].bars[1].dots.push(1.4);
    let svg = to_svg(&figure).unwrap();
    let circles = elements(&svg, "circle").into_iter();
    let highest = circles.map(|c| attribute(c, "cy").unwrap().parse::<f64>().unwrap());
    let highest = highest.fold(f64::INFINITY, f64::min);
    let text = elements(&svg, "text").into_iter().find(|t| content(t) == "1.277").unwrap();
    assert!(text_box(text)[3] < highest);
    assert_texts_are_clear(&figure);
}

#[test]
fn references_are_named_at_their_values_where_there_is_room() {
    let mut figure = compared();
    let svg = to_svg(&figure).unwrap();
    let named = ["copy 0.80", "copy 0.83", "entropy 2.60"].map(|text| count(&svg, text));
    assert_eq!(named, [1, 1, 3]);
    assert_eq!(count(&svg, "copy"), 0, "no legend");

    figure.references[0] = "a copy of the pixels in the layout of the maps".into();
    let svg = to_svg(&figure).unwrap();
    let named = ["0.80", "0.83", "2.60", "entropy"].map(|text| count(&svg, text));
    assert_eq!(named, [1, 1, 3, 1]);
    assert_eq!(count(&svg, &figure.references[0]), 1);
    assert_texts_are_clear(&figure);
}

#[test]
fn texts_of_several_references_are_stacked_in_the_order_of_their_values() {
    let mut figure = compared();
    for group in &mut figure.groups {
        group.references = [0.75, 0.65]
            .map(|value| {
                Some(Reference { value, value_label: format!("{value:.2} of {}", group.label) })
            })
            .into();
    }
    let svg = to_svg(&figure).unwrap();
    let top = |what: &str| {
        let found = elements(&svg, "text").into_iter().find(|t| content(t) == what).unwrap();
        text_box(found)[1]
    };
    for case in CASES {
        assert!(top(&format!("copy 0.75 of {case}")) < top(&format!("entropy 0.65 of {case}")));
    }
    assert_texts_are_clear(&figure);
}

#[test]
fn texts_are_clear_for_any_number_of_groups() {
    for groups in [1, 2, 3, 4] {
        let mut figure = compared();
        figure.groups.truncate(groups);
        assert_texts_are_clear(&figure);
        assert_sizes_agree(&figure);
        for value in [0.0, -1.5, 1e300, -1e300, 1e-300] {
            for group in &mut figure.groups {
                group.references[0].as_mut().unwrap().value = value;
            }
            assert_texts_are_clear(&figure);
        }
    }
}

#[test]
fn invalid_dots_and_references_are_refused() {
    fn refusal(change: impl Fn(&mut GroupedBars)) -> Error {
        let mut figure = compared();
        change(&mut figure);
        assert!(figure.size().1 > 0);
        to_svg(&figure).unwrap_err()
    }
    for bad in [f64::NAN, f64::INFINITY, f64::MAX] {
        let error = refusal(|f| f.groups[1].bars[1].dots[3] = bad);
        assert!(matches!(error, Error::NotFinite { index: 3, .. }));
        assert!(error.to_string().contains("B: larger"), "{error}");
        let error = refusal(|f| f.groups[1].references[1].as_mut().unwrap().value = bad);
        assert!(matches!(error, Error::NotFinite { index: 1, .. }));
    }
    let error = refusal(|f| f.groups[0].references.truncate(1));
    assert!(matches!(error, Error::LengthMismatch { expected: 2, found: 1, .. }));
    let error = refusal(|f| f.references = vec![String::new(); 4]);
    assert!(matches!(error, Error::TooMany { limit: 3, found: 4, .. }));
}
