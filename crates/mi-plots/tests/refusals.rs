//! Data that must be refused, by error variant. The size of such a figure must still be computable.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::*;
use mi_plots::{Figure, PlotError, to_svg};

fn refusal(figure: &impl Figure) -> PlotError {
    let (width, height) = figure.size();
    assert!(width > 0 && height > 0);
    to_svg(figure).unwrap_err()
}

#[test]
fn empty_parts_are_named() {
    let mut figure = curves(&falling(5));
    figure.main.series[1].points.clear();
    let error = refusal(&figure);
    assert!(matches!(error, PlotError::Empty { missing: "point", .. }));
    assert!(error.to_string().contains("B: larger"), "{error}");

    figure.parts[2].series.clear();
    figure.main.series.remove(1);
    assert!(matches!(refusal(&figure), PlotError::Empty { missing: "series", .. }));

    let mut figure = bars();
    figure.bars.clear();
    assert!(matches!(refusal(&figure), PlotError::Empty { missing: "bar", .. }));

    let mut figure = grid(0);
    assert!(matches!(refusal(&figure), PlotError::Empty { missing: "map", .. }));
    figure.rows.clear();
    assert!(matches!(refusal(&figure), PlotError::Empty { missing: "row", .. }));

    let mut figure = histograms();
    figure.histograms.clear();
    assert!(matches!(refusal(&figure), PlotError::Empty { missing: "histogram", .. }));
    figure.edges.truncate(1);
    assert!(matches!(refusal(&figure), PlotError::Empty { .. }));
    figure.edges.clear();
    assert!(matches!(refusal(&figure), PlotError::Empty { .. }));
}

#[test]
fn values_that_are_not_finite_are_located() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let mut figure = curves(&falling(5));
        figure.parts[1].series[2].points[1].1 = bad;
        match refusal(&figure) {
            PlotError::NotFinite { series, index: 1, .. } => {
                assert!(series.contains("C: same") && series.contains("global"), "{series}");
            }
            other => panic!("{other}"),
        }
        figure = curves(&falling(5));
        figure.main.series[0].points[3].0 = bad;
        assert!(matches!(refusal(&figure), PlotError::NotFinite { index: 3, .. }));

        let mut figure = bars();
        figure.bars[0].dots[31] = bad;
        assert!(matches!(refusal(&figure), PlotError::NotFinite { index: 31, .. }));
        figure = bars();
        figure.bars[1].value = bad;
        assert!(matches!(refusal(&figure), PlotError::NotFinite { index: 0, .. }));

        let mut figure = histograms();
        figure.edges[20] = bad;
        assert!(matches!(refusal(&figure), PlotError::NotFinite { index: 20, .. }));
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let mut figure = grid(3);
        figure.rows[1].maps[2].pixels.values[7] = bad;
        match refusal(&figure) {
            PlotError::NotFinite { series, index: 7, .. } => {
                assert!(series.contains("map 2") && series.contains("B: larger"), "{series}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn lengths_that_disagree_are_refused() {
    let mut figure = histograms();
    figure.histograms[1].counts.pop();
    let error = refusal(&figure);
    assert!(matches!(error, PlotError::LengthMismatch { expected: 20, found: 19, .. }));

    let mut figure = grid(1);
    figure.rows[0].image.values.push(0.0);
    let error = refusal(&figure);
    assert!(matches!(error, PlotError::LengthMismatch { expected: 9216, found: 9217, .. }));

    figure.rows[0].image = ramp(2, 2);
    figure.rows[0].maps[0].pixels.width = usize::MAX;
    assert!(matches!(refusal(&figure), PlotError::LengthMismatch { .. }));
}

#[test]
fn images_without_pixels_are_refused() {
    let mut figure = grid(1);
    figure.rows[3].maps[0].pixels = ramp(0, 5);
    assert!(matches!(refusal(&figure), PlotError::ZeroSize { width: 0, height: 5, .. }));
}

#[test]
fn edges_that_do_not_rise_are_refused() {
    let mut figure = histograms();
    figure.edges[4] = figure.edges[3];
    assert!(matches!(refusal(&figure), PlotError::NotRising { index: 4, .. }));
    figure.edges.reverse();
    assert!(matches!(refusal(&figure), PlotError::NotRising { index: 1, .. }));
}

#[test]
fn categories_beyond_the_palette_are_refused() {
    let mut figure = bars();
    figure.bars[2].category = 7;
    let error = refusal(&figure);
    assert!(matches!(error, PlotError::UnknownCategory { category: 7, available: 7 }));
    assert!(error.to_string().ends_with("use 0 to 6"), "{error}");
}
