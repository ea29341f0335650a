//! Small figures for the tests, and what the tests read out of an SVG.
#![allow(dead_code, reason = "each test file uses its part")]

use mi_plots::{
    Bar, BarsWithDots, FeatureGrid, GrayImage, GridMap, GridRow, Histogram, LossCurves,
    OverlaidHistograms, Panel, Series,
};

pub(crate) const CASES: [&str; 4] = ["A: smaller", "B: larger", "C: same", "D: reversed"];

pub(crate) fn series(points: &[Vec<(f64, f64)>]) -> Vec<Series> {
    let labelled = points.iter().zip(CASES).enumerate();
    labelled
        .map(|(category, (points, label))| Series {
            label: label.into(),
            category,
            points: points.clone(),
        })
        .collect()
}

pub(crate) fn curves(points: &[Vec<(f64, f64)>]) -> LossCurves {
    let panel = |title: &str, y_label: &str| Panel {
        title: title.into(),
        y_label: y_label.into(),
        series: series(points),
    };
    LossCurves {
        title: "Loss".into(),
        subtitle: "made-up, 581 images".into(),
        x_label: "iteration".into(),
        main: panel("Encoder", "loss (nats)"),
        parts: ["local", "global", "prior"].map(|p| panel(p, "part (nats)")).into(),
    }
}

/// Four falling curves of `n`, `n - 1`, ... points.
pub(crate) fn falling(n: usize) -> Vec<Vec<(f64, f64)>> {
    let point = |case: usize, t: usize| (t as f64, 1.0 / t as f64 + 0.1 * case as f64);
    (0..4).map(|case| (1..=n - case).map(|t| point(case, t)).collect()).collect()
}

pub(crate) fn ramp(width: usize, height: usize) -> GrayImage {
    GrayImage { width, height, values: (0..width * height).map(|i| i as f32).collect() }
}

pub(crate) fn grid(maps: usize) -> FeatureGrid {
    let rows = [88, 104, 96, 96].into_iter().zip(CASES).enumerate();
    let rows = rows.map(|(category, (side, label))| GridRow {
        label: format!("{label}, {side} × {side}"),
        category,
        image: ramp(96, 96),
        maps: (0..maps)
            .map(|k| GridMap { pixels: ramp(side, side), title: format!("{category}.{k:03}") })
            .collect(),
    });
    FeatureGrid {
        title: "Maps".into(),
        subtitle: "made-up".into(),
        caption: "mutual information in nats".into(),
        rows: rows.collect(),
    }
}

pub(crate) fn bars() -> BarsWithDots {
    let bars = CASES.iter().enumerate().map(|(category, label)| Bar {
        label: (*label).into(),
        category,
        value: 0.3 + 0.1 * category as f64,
        value_label: Some(format!("0.{}00", 3 + category)),
        dots: (0..32).map(|k| 0.02 * k as f64).collect(),
    });
    BarsWithDots {
        title: "Information".into(),
        subtitle: "made-up".into(),
        y_label: "mutual information (nats)".into(),
        bars: bars.collect(),
    }
}

pub(crate) fn histograms() -> OverlaidHistograms {
    let histograms = CASES.iter().enumerate().map(|(category, label)| Histogram {
        label: (*label).into(),
        category,
        counts: (0..20).map(|bin| 1 + (bin * 7 + category as u64 * 3) % 11).collect(),
    });
    OverlaidHistograms {
        title: "Largest information".into(),
        subtitle: "made-up".into(),
        x_label: "largest MI (nats)".into(),
        y_label: "images".into(),
        edges: (0..=20).map(|i| 0.1 * i as f64).collect(),
        histograms: histograms.collect(),
    }
}

/// Lines of an SVG that are a given element.
pub(crate) fn elements<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name} ");
    svg.lines().filter(|line| line.starts_with(&open)).collect()
}

/// An attribute of an element on one line.
pub(crate) fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[start..].split('"').next()
}

/// What a text element says.
pub(crate) fn content(text: &str) -> &str {
    text.split_once('>').map_or("", |(_, rest)| rest.trim_end_matches("</text>"))
}

/// All texts of an SVG, in drawing order.
pub(crate) fn texts(svg: &str) -> Vec<&str> {
    elements(svg, "text").into_iter().map(content).collect()
}

/// Box around a text: left, top, right, bottom, from the baseline to the top of its capitals.
pub(crate) fn text_box(text: &str) -> [f64; 4] {
    let number = |name| attribute(text, name).unwrap().parse::<f64>().unwrap();
    let (length, capitals) = (number("textLength"), 0.714 * number("font-size"));
    let before = match attribute(text, "text-anchor") {
        None => 0.0,
        Some("middle") => length / 2.0,
        Some(_) => length,
    };
    if let Some(place) = attribute(text, "transform") {
        let numbers: Vec<f64> = place
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .filter_map(|n| n.parse().ok())
            .collect();
        let (x, y, down) = (numbers[0], numbers[1], number("y"));
        return [x + down - capitals, y - length + before, x + down, y + before];
    }
    let (x, y) = (number("x"), number("y"));
    [x - before, y - capitals, x - before + length, y]
}
