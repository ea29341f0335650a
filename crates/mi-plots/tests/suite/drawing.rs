//! The contents of figures, read from their SVG, and the sizes of their PNG.

use mi_plots::{BarsWithDots, Error, FeatureGrid, Figure, GrayImage, LossCurves, to_png, to_svg};
use plotters::backend::BitMapBackend;
use plotters::drawing::IntoDrawingArea;

use crate::common::*;

#[test]
fn curves_name_axes_units_and_cases() {
    let svg = to_svg(&curves(&falling(50))).unwrap();
    let texts = texts(&svg);
    let count = |text: &str| texts.iter().filter(|&&t| t == text).count();
    assert_eq!((count("epoch"), count("loss (nats)"), count("part (nats)")), (4, 1, 3));
    for once in ["Loss", "made-up, 581 images", "Encoder", "local", "global", "prior"] {
        assert_eq!(count(once), 1, "{once}");
    }
    // All panels have a common legend.
    assert!(CASES.iter().all(|case| count(case) == 1));
    assert!(count("50") >= 1 && count("10") >= 1, "{texts:?}");
}

#[test]
fn every_point_of_every_curve_is_drawn() {
    let svg = to_svg(&curves(&falling(50))).unwrap();
    let count = |line: &&str| attribute(line, "points").unwrap().split(' ').count();
    let counts: Vec<usize> =
        elements(&svg, "polyline").iter().map(count).filter(|&n| n > 2).collect();
    assert_eq!(counts, [50, 49, 48, 47].repeat(4));
}

#[test]
fn a_single_epoch_is_a_mark() {
    let once = |figure: &LossCurves| to_svg(figure).unwrap().matches("<circle").count();
    // A circle is the mark of the first case: one in the legend, and one in each of four panels.
    assert_eq!(once(&curves(&vec![vec![(1.0, 0.7)]; 4])), 5);
}

#[test]
fn the_grid_has_every_map_with_its_title() {
    let svg = to_svg(&grid(32)).unwrap();
    assert_eq!(elements(&svg, "image").len(), 4 * 33);
    let texts = texts(&svg);
    for case in 0..4 {
        for map in 0..32 {
            let title = format!("{case}.{map:03}");
            assert_eq!(texts.iter().filter(|&&t| t == title).count(), 1, "{title}");
        }
    }
    assert!(
        texts.contains(&"A: smaller, 88 × 88") && texts.contains(&"mutual information in nats")
    );
}

#[test]
fn bars_show_every_dot_from_a_zero_axis() {
    let svg = to_svg(&bars()).unwrap();
    assert_eq!(elements(&svg, "circle").len(), 4 * 32);
    let texts = texts(&svg);
    for text in ["mutual information (nats)", "0", "0.300", "0.600", "D: reversed"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn dots_are_at_their_values() {
    let mut figure = bars();
    for bar in &mut figure.bars {
        (bar.value, bar.dots) = (0.5, vec![0.5, 0.0]);
    }
    let svg = to_svg(&figure).unwrap();
    let heights: Vec<&str> =
        elements(&svg, "circle").iter().map(|c| attribute(c, "cy").unwrap()).collect();
    let tick = |value: f64| {
        let texts = elements(&svg, "text");
        let found = texts.iter().find(|t| content(t).parse() == Ok(value)).unwrap();
        let [_, top, _, bottom] = text_box(found);
        (top + bottom) / 2.0
    };
    for (height, value) in heights.iter().zip([0.5, 0.0].into_iter().cycle()) {
        assert!((height.parse::<f64>().unwrap() - tick(value)).abs() < 0.5, "{heights:?}");
    }
}

#[test]
fn histograms_are_steps_with_two_corners_for_each_bin() {
    let svg = to_svg(&histograms()).unwrap();
    let steps = elements(&svg, "polygon");
    assert_eq!(steps.len(), 4);
    for step in steps {
        assert_eq!(attribute(step, "points").unwrap().split(' ').count(), 2 * 20 + 2);
        assert!(attribute(step, "fill-opacity").is_some());
    }
    let texts = texts(&svg);
    assert!(texts.contains(&"largest MI (nats)") && texts.contains(&"images"));
}

#[test]
fn a_case_has_one_colour_in_all_figures() {
    let drawn = [
        to_svg(&curves(&falling(9))).unwrap(),
        to_svg(&grid(3)).unwrap(),
        to_svg(&bars()).unwrap(),
        to_svg(&histograms()).unwrap(),
    ];
    for color in ["#0072B2", "#D55E00", "#009E73", "#CC79A7"] {
        assert!(drawn.iter().all(|svg| svg.contains(color)), "{color}");
    }
}

#[test]
fn the_png_decodes_to_the_declared_size() {
    assert_sizes_agree(&curves(&falling(50)));
    assert_sizes_agree(&grid(32));
    assert_sizes_agree(&bars());
    assert_sizes_agree(&histograms());
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    assert_eq!(to_png(&curves(&falling(9))).unwrap(), to_png(&curves(&falling(9))).unwrap());
    assert_eq!(to_png(&grid(5)).unwrap(), to_png(&grid(5)).unwrap());
    assert_eq!(to_svg(&grid(5)).unwrap(), to_svg(&grid(5)).unwrap());
    assert_eq!(to_png(&bars()).unwrap(), to_png(&bars()).unwrap());
}

#[test]
fn texts_do_not_overlap_and_do_not_leave_the_page() {
    assert_texts_are_clear(&curves(&falling(50)));
    assert_texts_are_clear(&grid(32));
    assert_texts_are_clear(&bars());
    assert_texts_are_clear(&histograms());
}

#[test]
fn long_texts_are_wrapped_without_overlap() {
    let mut figure = curves(&falling(20));
    let long = || LONG.to_owned();
    (figure.title, figure.subtitle, figure.x_label) = (long(), long(), long());
    (figure.parts[0].title, figure.parts[1].y_label) = (long(), long());
    figure.main.series[2].label = long();
    assert_texts_are_clear(&figure);

    let mut figure = grid(4);
    (figure.title, figure.caption, figure.rows[1].label) = (long(), long(), long());
    figure.rows[0].maps[0].title = long();
    assert_texts_are_clear(&figure);

    let mut figure = bars();
    (figure.y_label, figure.bars[0].label) = (long(), long());
    figure.bars[1].value_label = Some("0.4000 ± 0.0012 over five seeds".into());
    assert_texts_are_clear(&figure);

    let mut figure = histograms();
    (figure.title, figure.histograms[3].label) = ("word".repeat(100), long());
    figure.edges = figure.edges.iter().map(|e| e * 1e-9).collect();
    assert_texts_are_clear(&figure);
}

#[test]
fn flat_data_is_drawn() {
    for y in [0.0, -1.5, 1e300, 1e-300] {
        assert_texts_are_clear(&curves(&vec![vec![(1.0, y), (2.0, y)]; 4]));
    }
    let mut figure = bars();
    for bar in &mut figure.bars {
        (bar.value, bar.dots) = (0.0, vec![]);
    }
    assert_texts_are_clear(&figure);
    figure.bars.truncate(1);
    figure.bars[0].value = -2.0;
    assert_texts_are_clear(&figure);

    let mut figure = histograms();
    for histogram in &mut figure.histograms {
        histogram.counts.fill(0);
    }
    assert_texts_are_clear(&figure);

    let mut figure = grid(2);
    figure.rows[0].maps[0].pixels = GrayImage { width: 1, height: 1, values: vec![3.0] };
    figure.rows[0].maps[1].pixels = ramp(300, 2);
    assert_texts_are_clear(&figure);
}

#[test]
fn the_largest_counts_are_drawn() {
    let mut figure = histograms();
    figure.histograms[0].counts[3] = u64::MAX;
    assert_texts_are_clear(&figure);
}

#[test]
fn a_figure_draws_on_any_backend_of_any_size() {
    let draw = |figure: &BarsWithDots, size: (u32, u32)| -> Result<Vec<u8>, Error> {
        let mut pixels = vec![0; (size.0 * size.1 * 3) as usize];
        figure.draw(&BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area())?;
        Ok(pixels)
    };
    let pixels = draw(&bars(), (400, 300)).unwrap();
    assert!(pixels.contains(&255) && pixels.iter().any(|&p| p < 100));
}

#[test]
fn a_huge_figure_is_refused_before_memory_is_reserved() {
    let figure = FeatureGrid { caption: "word ".repeat(100_000), ..grid(1) };
    assert!(matches!(to_png(&figure), Err(Error::TooLarge { .. })));
    assert!(matches!(to_svg(&figure), Err(Error::TooLarge { .. })));
}
