//! Invalid data, by variant of the error. The size of such a figure can still be computed.

use mi_plots::{Error, Figure, GroupedBars, IntervalPanel, LinePoint, to_svg};

use crate::common::*;

fn refusal(figure: &impl Figure) -> Error {
    let (width, height) = figure.size();
    assert!(width > 0 && height > 0);
    to_svg(figure).unwrap_err()
}

#[test]
fn empty_parts_are_named() {
    let mut figure = curves(&falling(5));
    figure.main.series[1].points.clear();
    let error = refusal(&figure);
    assert!(matches!(error, Error::Empty { missing: "point", .. }));
    assert!(error.to_string().contains("B: larger"), "{error}");

    figure.parts[2].series.clear();
    figure.main.series.remove(1);
    assert!(matches!(refusal(&figure), Error::Empty { missing: "series", .. }));

    let mut figure = bars();
    figure.bars.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "bar", .. }));

    let mut figure = grid(0);
    assert!(matches!(refusal(&figure), Error::Empty { missing: "map", .. }));
    figure.rows.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "row", .. }));

    let mut figure = histograms();
    figure.histograms.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "histogram", .. }));
    figure.edges.truncate(1);
    assert!(matches!(refusal(&figure), Error::Empty { .. }));
    figure.edges.clear();
    assert!(matches!(refusal(&figure), Error::Empty { .. }));
}

#[test]
fn values_that_are_not_finite_are_named() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let mut figure = curves(&falling(5));
        figure.parts[1].series[2].points[1].1 = bad;
        match refusal(&figure) {
            Error::NotFinite { series, index: 1, .. } => {
                assert!(series.contains("C: same") && series.contains("global"), "{series}");
            }
            other => panic!("{other}"),
        }
        figure = curves(&falling(5));
        figure.main.series[0].points[3].0 = bad;
        assert!(matches!(refusal(&figure), Error::NotFinite { index: 3, .. }));

        let mut figure = bars();
        figure.bars[0].dots[31] = bad;
        assert!(matches!(refusal(&figure), Error::NotFinite { index: 31, .. }));
        figure = bars();
        figure.bars[1].value = bad;
        assert!(matches!(refusal(&figure), Error::NotFinite { index: 0, .. }));

        let mut figure = histograms();
        figure.edges[20] = bad;
        assert!(matches!(refusal(&figure), Error::NotFinite { index: 20, .. }));
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let mut figure = grid(3);
        figure.rows[1].maps[2].pixels.values[7] = bad;
        match refusal(&figure) {
            Error::NotFinite { series, index: 7, .. } => {
                assert!(series.contains("map 2") && series.contains("B: larger"), "{series}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn unequal_lengths_are_refused() {
    let mut figure = histograms();
    figure.histograms[1].counts.pop();
    let error = refusal(&figure);
    assert!(matches!(error, Error::LengthMismatch { expected: 20, found: 19, .. }));

    let mut figure = grid(1);
    figure.rows[0].image.values.push(0.0);
    let error = refusal(&figure);
    assert!(matches!(error, Error::LengthMismatch { expected: 9216, found: 9217, .. }));

    figure.rows[0].image = ramp(2, 2);
    figure.rows[0].maps[0].pixels.width = usize::MAX;
    assert!(matches!(refusal(&figure), Error::LengthMismatch { .. }));
}

#[test]
fn images_without_pixels_are_refused() {
    let mut figure = grid(1);
    figure.rows[3].maps[0].pixels = ramp(0, 5);
    assert!(matches!(refusal(&figure), Error::ZeroSize { width: 0, height: 5, .. }));
}

#[test]
fn edges_that_do_not_rise_are_refused() {
    let mut figure = histograms();
    figure.edges[4] = figure.edges[3];
    assert!(matches!(refusal(&figure), Error::NotRising { index: 4, .. }));
    figure.edges.reverse();
    assert!(matches!(refusal(&figure), Error::NotRising { index: 1, .. }));
}

#[test]
fn categories_beyond_the_palette_are_refused() {
    let mut figure = bars();
    figure.bars[2].category = 7;
    let error = refusal(&figure);
    assert!(matches!(error, Error::UnknownCategory { category: 7, available: 7 }));
    assert!(error.to_string().ends_with("use 0 to 6"), "{error}");
}

#[test]
fn figures_with_intervals_need_every_part() {
    let mut figure = controls();
    figure.groups.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "group", .. }));
    let mut figure = controls();
    figure.kinds.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "kind of bar", .. }));

    let mut figure = bins(3);
    figure.panels[2].lines[1].points.clear();
    let error = refusal(&figure);
    assert!(matches!(error, Error::Empty { missing: "point", .. }));
    assert!(error.to_string().contains("\"B: larger\" in panel \"Estimator 2\""), "{error}");
    figure.panels[0].lines.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "line", .. }));
    figure.panels.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "panel", .. }));

    let mut figure = seeds();
    figure.panels[1].rows.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "row", .. }));
    figure.panels.clear();
    assert!(matches!(refusal(&figure), Error::Empty { missing: "panel", .. }));
}

#[test]
fn numbers_of_figures_with_intervals_must_be_finite() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let changes: [fn(&mut GroupedBars, f64); 4] = [
            |figure, bad| figure.groups[1].bars[2].value = bad,
            |figure, bad| figure.groups[1].bars[2].interval = Some((bad, 1.0)),
            |figure, bad| figure.groups[1].bars[2].interval = Some((0.0, bad)),
            |figure, bad| figure.groups[1].references[0].as_mut().unwrap().value = bad,
        ];
        for change in changes {
            let mut figure = controls();
            change(&mut figure, bad);
            let error = refusal(&figure);
            assert!(matches!(error, Error::NotFinite { .. }), "{error}");
            assert!(error.to_string().contains("B: larger"), "{error}");
        }
        let changes: [fn(&mut LinePoint, f64); 3] = [
            |point, bad| point.x = bad,
            |point, bad| point.y = bad,
            |point, bad| point.interval = Some((0.0, bad)),
        ];
        for change in changes {
            let mut figure = bins(2);
            change(&mut figure.panels[1].lines[2].points[5], bad);
            let error = refusal(&figure);
            assert!(matches!(error, Error::NotFinite { .. }), "{error}");
            assert!(error.to_string().contains("C: same"), "{error}");
        }
        let changes: [fn(&mut IntervalPanel, f64); 4] = [
            |panel, bad| panel.rows[2].mean = bad,
            |panel, bad| panel.rows[2].dots[4] = bad,
            |panel, bad| panel.rows[2].interval = Some((bad, bad)),
            |panel, bad| panel.reference = Some(bad),
        ];
        for change in changes {
            let mut figure = seeds();
            change(&mut figure.panels[1], bad);
            let error = refusal(&figure);
            assert!(matches!(error, Error::NotFinite { .. }), "{error}");
            assert!(error.to_string().contains("lead"), "{error}");
        }
    }
}

#[test]
fn reversed_intervals_are_refused() {
    let reversed = |error: &Error| matches!(error, Error::ReversedInterval { low, high, .. } if (*low, *high) == (0.4, 0.3));
    let interval = Some((0.4, 0.3));
    let mut figure = controls();
    figure.groups[3].bars[0].interval = interval;
    let error = refusal(&figure);
    assert!(reversed(&error) && error.to_string().contains("\"trained\" of \"D"), "{error}");

    let mut figure = bins(1);
    figure.panels[0].lines[0].points[4].interval = interval;
    let error = refusal(&figure);
    assert!(reversed(&error) && error.to_string().contains("point 4 of \"A"), "{error}");

    let mut figure = seeds();
    figure.panels[1].rows[0].interval = interval;
    let error = refusal(&figure);
    assert!(reversed(&error) && error.to_string().contains("C − A"), "{error}");
}

#[test]
fn a_group_needs_a_bar_for_each_of_at_most_four_kinds() {
    let mut figure = controls();
    figure.groups[2].bars.pop();
    let error = refusal(&figure);
    assert!(matches!(error, Error::LengthMismatch { expected: 3, found: 2, .. }));

    figure.kinds = vec!["one more".into(); 5];
    assert!(matches!(refusal(&figure), Error::TooMany { limit: 4, found: 5, .. }));
}

#[test]
fn a_logarithmic_axis_needs_positive_rising_values() {
    let mut figure = bins(2);
    figure.panels[1].lines[0].points[0].x = 0.0;
    assert!(matches!(refusal(&figure), Error::NotPositive { index: 0, value: 0.0, .. }));
    figure.panels[1].lines[0].points[1].x = -8.0;
    figure.panels[1].lines[0].points[0].x = 8.0;
    assert!(matches!(refusal(&figure), Error::NotPositive { index: 1, .. }));

    let mut figure = bins(2);
    figure.panels[0].lines[3].points[2].x = 16.0;
    let error = refusal(&figure);
    assert!(matches!(error, Error::NotRising { index: 2, .. }));
    assert!(error.to_string().contains("D: reversed"), "{error}");
}

#[test]
fn figures_with_intervals_check_categories() {
    let unknown = |error| matches!(error, Error::UnknownCategory { category: 7, .. });
    let mut figure = controls();
    figure.groups[0].category = 7;
    assert!(unknown(refusal(&figure)));
    let mut figure = bins(1);
    figure.panels[0].lines[1].category = 7;
    assert!(unknown(refusal(&figure)));
    let mut figure = seeds();
    figure.panels[0].rows[3].category = 7;
    assert!(unknown(refusal(&figure)));
}
