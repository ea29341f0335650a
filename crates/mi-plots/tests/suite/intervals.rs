//! The contents of figures with intervals: grouped bars, panels of lines, panels of rows.

use mi_plots::{Figure, GroupedBar, GroupedBars, IntervalPanels, LinePanels, to_png, to_svg};

use crate::common::*;

fn number(element: &str, name: &str) -> f64 {
    attribute(element, name).unwrap().parse().unwrap()
}

/// The middle of the `nth` text that says `what`.
fn place(svg: &str, what: &str, nth: usize) -> (f64, f64) {
    let texts = elements(svg, "text");
    let found = texts.iter().filter(|t| content(t) == what).nth(nth).unwrap();
    let [left, top, right, bottom] = text_box(found);
    ((left + right) / 2.0, (top + bottom) / 2.0)
}

/// The ends of all lines with two points, a colour and a width: left, top, right, bottom.
fn strokes(svg: &str, color: &str, width: &str) -> Vec<[f64; 4]> {
    let ours = |line: &&&str| {
        attribute(line, "stroke") == Some(color) && attribute(line, "stroke-width") == Some(width)
    };
    let ends = |line: &&str| {
        let points = attribute(line, "points").unwrap();
        let numbers: Vec<f64> = points.split([' ', ',']).map(|n| n.parse().unwrap()).collect();
        <[f64; 4]>::try_from(numbers).ok()
    };
    let lines = elements(svg, "polyline");
    lines.iter().filter(ours).filter_map(ends).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.75
}

const INK: &str = "#222222";

#[test]
fn every_bar_its_interval_and_its_text_are_drawn() {
    let svg = to_svg(&controls()).unwrap();
    // The position of zero, and the pixels of one nat.
    let (zero, nat) =
        (place(&svg, "0", 0).1, (place(&svg, "0", 0).1 - place(&svg, "0.5", 0).1) / 0.5);
    let whiskers: Vec<_> = strokes(&svg, INK, "3").into_iter().filter(|s| s[0] == s[2]).collect();
    for (category, group) in controls().groups.iter().enumerate() {
        for (kind, bar) in group.bars.iter().enumerate() {
            let (x, top) = place(&svg, &format!("{kind}.{category}77"), 0);
            let (low, high) = bar.interval.unwrap();
            let drawn = |s: &&[f64; 4]| {
                near(s[0], x) && near(s[1], zero - low * nat) && near(s[3], zero - high * nat)
            };
            assert_eq!(whiskers.iter().filter(drawn).count(), 1, "{kind} of {category}");
            assert!(top < zero - high * nat);
            let rects = elements(&svg, "rect");
            let drawn = |r: &&&str| {
                let middle = number(r, "x") + number(r, "width") / 2.0;
                near(middle, x) && near(number(r, "height"), bar.value * nat)
            };
            assert!(rects.iter().any(|r| drawn(&r)), "{kind} of {category}");
        }
    }
    let texts = texts(&svg);
    let references = ["image with itself 2.60", "image with itself 2.63"];
    for once in ["trained", "untrained", "shuffled"].into_iter().chain(references) {
        assert_eq!(texts.iter().filter(|&&t| t == once).count(), 1, "{once}");
    }
}

#[test]
fn each_kind_of_bar_has_its_own_fill() {
    let rects = |kind: usize| {
        let mut figure = controls();
        figure.kinds = vec![String::new(); 4];
        figure.groups.truncate(1);
        figure.groups[0].references[0] = None;
        let bar = |value| GroupedBar { value, ..GroupedBar::default() };
        figure.groups[0].bars = (0..4).map(|k| bar(f64::from(u8::from(k == kind)))).collect();
        let svg = to_svg(&figure).unwrap();
        let fill =
            |r: &&str| number(r, "height") > 100.0 && attribute(r, "fill") == Some("#0072B2");
        let fills: Vec<_> = elements(&svg, "rect").into_iter().filter(fill).collect();
        let opacity = fills.first().map(|r| attribute(r, "fill-opacity").map(str::to_owned));
        (opacity, strokes(&svg, "#0072B2", "2.5").len() > 10)
    };
    let all = [0, 1, 2, 3].map(rects);
    assert_eq!(all[0], (Some(None), false), "solid");
    assert_eq!(all[1], (Some(Some("0.28".into())), false), "pale");
    assert_eq!(all[2], (None, true), "hatched");
    assert_eq!(all[3], (None, false), "empty");
}

#[test]
fn a_far_reference_is_an_arrow_and_a_near_one_a_line_at_its_value() {
    // The head of an arrow is the only triangle.
    let triangles = |svg: &str| {
        let polygons = elements(svg, "polygon");
        polygons.iter().filter(|p| attribute(p, "points").unwrap().split(' ').count() == 3).count()
    };
    let far = to_svg(&controls()).unwrap();
    assert_eq!(triangles(&far), 4);
    assert!(!texts(&far).contains(&"1.0"), "the axis is that of the bars");

    let mut figure = controls();
    figure.groups.iter_mut().for_each(|group| group.references[0].as_mut().unwrap().value = 1.0);
    let near_by = to_svg(&figure).unwrap();
    assert_eq!(triangles(&near_by), 0);
    let at = place(&near_by, "1.0", 0).1;
    let dashes = strokes(&near_by, INK, "3").into_iter();
    assert!(dashes.filter(|s| near(s[1], at) && near(s[3], at)).count() >= 4 * 3);
}

#[test]
fn every_point_of_every_panel_is_drawn_where_its_axes_say() {
    for panels in 1..=6 {
        let svg = to_svg(&bins(panels)).unwrap();
        let lines: Vec<_> = elements(&svg, "polyline")
            .into_iter()
            .map(|line| attribute(line, "points").unwrap().split([' ', ',']).collect::<Vec<_>>())
            .filter(|points| points.len() == 12)
            .collect();
        assert_eq!(lines.len(), 4 * panels);
        // The polygon of a band goes along the lower ends and back along the upper ends.
        let bands = elements(&svg, "polygon");
        let band = |p: &&&str| attribute(p, "points").unwrap().split(' ').count() == 12;
        assert_eq!(bands.iter().filter(band).count(), 4 * panels);
        for (panel, lines) in lines.chunks(4).enumerate() {
            for line in lines {
                for (i, bins) in ["8", "16", "32", "64", "128", "256"].iter().enumerate() {
                    let x: f64 = line[2 * i].parse().unwrap();
                    assert!(near(x, place(&svg, bins, panel).0), "{bins} in {panel} of {panels}");
                }
            }
        }
        let first: f64 = lines[0][1].parse().unwrap();
        let (low, high) = (place(&svg, "0.4", 0).1, place(&svg, "0.6", 0).1);
        assert!(near(first, low + 0.1 * (low - high) / 0.2));
        let texts = texts(&svg);
        for label in CASES.iter().copied().chain(["bins along each axis"]) {
            let first = label.split(' ').next().unwrap();
            let count = texts.iter().filter(|t| t.starts_with(first)).count();
            let expected = if label.starts_with("bins") { panels.min(3) } else { panels };
            let expected = if panels == 4 && label.starts_with("bins") { 2 } else { expected };
            assert_eq!(count, expected, "{label} of {panels}");
        }
    }
}

#[test]
fn an_interval_between_points_without_one_is_a_whisker() {
    let mut figure = bins(1);
    figure.panels[0].lines.truncate(1);
    for (i, point) in figure.panels[0].lines[0].points.iter_mut().enumerate() {
        point.interval = point.interval.filter(|_| i == 2);
    }
    let svg = to_svg(&figure).unwrap();
    assert!(elements(&svg, "polygon").is_empty());
    let upright = strokes(&svg, "#0072B2", "3").into_iter().filter(|s| s[0] == s[2]).count();
    assert_eq!(upright, 1);
}

#[test]
fn rows_show_dots_means_and_intervals_at_their_values() {
    let svg = to_svg(&seeds()).unwrap();
    let circles = elements(&svg, "circle");
    // The mark of two means is a circle, too: those of the first row of each panel.
    assert_eq!(circles.len(), 7 * 5 + 2);
    for (panel, figure) in seeds().panels.iter().enumerate() {
        let (a, b) = (place(&svg, "0.2", panel).0, place(&svg, "0.4", panel).0);
        let at = |value: f64| a + (value - 0.2) * (b - a) / 0.2;
        for row in &figure.rows {
            let color = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"][row.category];
            let dots = circles.iter().filter(|c| attribute(c, "fill") == Some(color));
            let xs: Vec<f64> = dots.map(|c| number(c, "cx")).collect();
            assert!(row.dots.iter().all(|&dot| xs.iter().any(|&x| near(x, at(dot)))), "{xs:?}");
            let (low, high) = row.interval.unwrap();
            let whiskers = strokes(&svg, color, "4");
            assert!(whiskers.iter().any(|s| near(s[0], at(low)) && near(s[2], at(high))));
        }
    }
    let zero = place(&svg, "0", 0).0;
    let dashes = strokes(&svg, INK, "2.5");
    assert!(dashes.len() > 10 && dashes.iter().all(|s| near(s[0], zero) && near(s[2], zero)));
}

#[test]
fn without_an_interval_there_is_no_whisker() {
    let mut figure = seeds();
    for row in figure.panels.iter_mut().flat_map(|panel| &mut panel.rows) {
        (row.interval, row.dots) = (None, vec![row.mean]);
    }
    let svg = to_svg(&figure).unwrap();
    for color in ["#0072B2", "#D55E00", "#009E73", "#CC79A7"] {
        assert!(strokes(&svg, color, "4").is_empty());
    }
    assert_texts_are_clear(&figure);

    let mut figure = controls();
    figure.groups.iter_mut().flat_map(|g| &mut g.bars).for_each(|bar| bar.interval = None);
    figure.groups.iter_mut().for_each(|group| group.references[0] = None);
    assert!(strokes(&to_svg(&figure).unwrap(), INK, "3").is_empty());
}

#[test]
fn the_same_figure_gives_the_same_bytes_of_the_stated_size() {
    fn holds<F: Figure>(make: impl Fn() -> F) {
        assert_eq!(to_png(&make()).unwrap(), to_png(&make()).unwrap());
        assert_eq!(to_svg(&make()).unwrap(), to_svg(&make()).unwrap());
        assert_sizes_agree(&make());
    }
    holds(controls);
    holds(|| bins(4));
    holds(seeds);
}

#[test]
fn texts_do_not_overlap_and_do_not_leave_the_page() {
    assert_texts_are_clear(&controls());
    (1..=7).for_each(|panels| assert_texts_are_clear(&bins(panels)));
    assert_texts_are_clear(&seeds());
}

fn with_values(value: f64) -> (GroupedBars, LinePanels, IntervalPanels) {
    let (mut controls, mut bins, mut seeds) = (controls(), bins(3), seeds());
    let interval = Some((value, value));
    for group in &mut controls.groups {
        group.references[0].as_mut().unwrap().value = value;
        group.bars.iter_mut().for_each(|bar| (bar.value, bar.interval) = (value, interval));
    }
    let lines = bins.panels.iter_mut().flat_map(|panel| &mut panel.lines);
    lines.flat_map(|line| &mut line.points).for_each(|p| (p.y, p.interval) = (value, interval));
    for row in seeds.panels.iter_mut().flat_map(|panel| &mut panel.rows) {
        (row.mean, row.interval, row.dots) = (value, interval, vec![value; 5]);
    }
    (controls, bins, seeds)
}

#[test]
fn equal_negative_tiny_and_huge_values_are_drawn() {
    for value in [0.0, 0.5, -1.5, 1e300, -1e300, 1e-300, 123_456.789] {
        let (controls, bins, seeds) = with_values(value);
        assert_texts_are_clear(&controls);
        assert_texts_are_clear(&bins);
        assert_texts_are_clear(&seeds);
    }
}

#[test]
fn long_texts_are_wrapped_without_overlap() {
    let long = || LONG.to_owned();
    let mut figure = controls();
    (figure.title, figure.y_label, figure.kinds[1]) = (long(), long(), long());
    (figure.references[0], figure.groups[2].label) = (long(), long());
    figure.groups[1].references[0].as_mut().unwrap().value_label = long();
    figure.groups[0].bars[1].value_label = Some("0.4000 ± 0.0012".into());
    assert_texts_are_clear(&figure);
    figure.groups[0].bars[1].value_label = Some("0.400000±0.001200".into());
    assert_texts_are_clear(&figure);

    let mut figure = bins(5);
    (figure.title, figure.x_label, figure.y_label) = (long(), long(), long());
    (figure.panels[1].title, figure.panels[2].lines[3].label) = (long(), long());
    figure.panels[3].lines[1].label = String::new();
    assert_texts_are_clear(&figure);

    let mut figure = seeds();
    (figure.subtitle, figure.panels[0].title, figure.panels[1].x_label) = (long(), long(), long());
    figure.panels[0].rows[1].label = long();
    figure.panels[1].rows[2].value_label = Some(long());
    assert_texts_are_clear(&figure);
}

#[test]
fn one_of_everything_is_drawn() {
    let mut figure = controls();
    figure.groups.truncate(1);
    figure.kinds.truncate(1);
    figure.groups[0].bars.truncate(1);
    assert_texts_are_clear(&figure);

    let mut figure = bins(1);
    figure.panels[0].lines.truncate(1);
    figure.panels[0].lines[0].points.truncate(1);
    assert_texts_are_clear(&figure);

    let mut figure = seeds();
    figure.panels.truncate(1);
    figure.panels[0].rows.truncate(1);
    figure.panels[0].rows[0].dots.clear();
    assert_texts_are_clear(&figure);
}
