//! Helpers: small figures, and functions that read an SVG.

use mi_plots::{
    Bar, BarGroup, BarsWithDots, FeatureGrid, Figure, GrayImage, GridMap, GridRow, GroupedBar,
    GroupedBars, Histogram, IntervalPanel, IntervalPanels, IntervalRow, Line, LinePanel,
    LinePanels, LinePoint, LossCurves, LossPanel, LossSeries, OverlaidHistograms, Reference,
    to_png, to_svg,
};

pub(crate) const CASES: [&str; 4] = ["A: smaller", "B: larger", "C: same", "D: reversed"];

pub(crate) const LONG: &str = "A text of the kind that grows while a study is written, because \
                               every reader asked for one more fact, until it needs two lines or \
                               three to be said in full";

pub(crate) fn series(points: &[Vec<(f64, f64)>]) -> Vec<LossSeries> {
    let labelled = points.iter().zip(CASES).enumerate();
    labelled
        .map(|(category, (points, label))| LossSeries {
            label: label.into(),
            category,
            points: points.clone(),
        })
        .collect()
}

pub(crate) fn curves(points: &[Vec<(f64, f64)>]) -> LossCurves {
    let panel = |title: &str, y_label: &str| LossPanel {
        title: title.into(),
        y_label: y_label.into(),
        series: series(points),
    };
    LossCurves {
        title: "Loss".into(),
        subtitle: "made-up, 581 images".into(),
        x_label: "epoch".into(),
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

/// Four groups of three bars, 0.6 to 0.1 high, under a reference of 2.6.
pub(crate) fn controls() -> GroupedBars {
    let group = |(category, label): (usize, &&str)| BarGroup {
        label: (*label).into(),
        category,
        bars: (0..3)
            .map(|kind| {
                let value = 0.6 - 0.2 * kind as f64 - 0.03 * category as f64;
                GroupedBar {
                    value,
                    interval: Some((value - 0.05, value + 0.02)),
                    dots: Vec::new(),
                    value_label: Some(format!("{kind}.{category}77")),
                }
            })
            .collect(),
        references: vec![Some(Reference { value: 2.6, value_label: format!("2.6{category}") })],
    };
    GroupedBars {
        title: "Controls".into(),
        subtitle: "made-up".into(),
        y_label: "mutual information (nats)".into(),
        kinds: ["trained", "untrained", "shuffled"].map(String::from).into(),
        references: vec!["image with itself".into()],
        groups: CASES.iter().enumerate().map(group).collect(),
    }
}

/// Panels of four lines over 8 to 256 bins.
pub(crate) fn bins(panels: usize) -> LinePanels {
    let point = |category: usize, power: i32| {
        let y = 0.1 * f64::from(power) + 0.02 * category as f64;
        LinePoint { x: 2f64.powi(power), y, interval: Some((y - 0.01, y + 0.03)), is_ringed: false }
    };
    let line = |(category, label): (usize, &&str)| Line {
        label: (*label).into(),
        category,
        points: (3..=8).map(|power| point(category, power)).collect(),
    };
    let panel = |i: usize| LinePanel {
        title: format!("Estimator {i}"),
        has_own_y_scale: false,
        lines: CASES.iter().enumerate().map(line).collect(),
    };
    LinePanels {
        title: "Bins".into(),
        subtitle: "made-up".into(),
        x_label: "bins along each axis".into(),
        y_label: "mutual information (nats)".into(),
        panels: (0..panels).map(panel).collect(),
        ..LinePanels::default()
    }
}

/// Means of four cases and three differences, five dots each.
pub(crate) fn seeds() -> IntervalPanels {
    let row = |(category, label): (usize, &str)| {
        let mean = 0.2 + 0.1 * category as f64;
        IntervalRow {
            label: label.into(),
            category,
            dots: (0..5).map(|seed| mean + 0.02 * (seed as f64 - 2.0)).collect(),
            mean,
            interval: Some((mean - 0.03, mean + 0.04)),
            value_label: Some(format!("{mean:.4}")),
        }
    };
    let panel = |title: &str, labels: &[&str], reference| IntervalPanel {
        title: title.into(),
        x_label: format!("{title} (nats)"),
        reference,
        rows: labels.iter().copied().enumerate().map(row).collect(),
    };
    IntervalPanels {
        title: "Seeds".into(),
        subtitle: "made-up, 5 seeds".into(),
        panels: vec![
            panel("mean", &CASES, None),
            panel("lead", &["C − A", "C − B", "C − D"], Some(0.0)),
        ],
    }
}

/// The lines of an SVG with a given element.
pub(crate) fn elements<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name} ");
    svg.lines().filter(|line| line.starts_with(&open)).collect()
}

/// An attribute of an element on one line.
pub(crate) fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[start..].split('"').next()
}

/// The content of a text element.
pub(crate) fn content(text: &str) -> &str {
    text.split_once('>').map_or("", |(_, rest)| rest.trim_end_matches("</text>"))
}

/// All texts of an SVG, in drawing order.
pub(crate) fn texts(svg: &str) -> Vec<&str> {
    elements(svg, "text").into_iter().map(content).collect()
}

/// The box around a text: left, top, right, bottom. It reaches from the baseline to the
/// top of capitals.
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

/// PNG and SVG have the size of the figure, and the PNG is not blank.
pub(crate) fn assert_sizes_agree(figure: &impl Figure) {
    let png = to_png(figure).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), figure.size());
    let (width, height) = figure.size();
    let size = format!(" width=\"{width}\" height=\"{height}\" ");
    assert!(to_svg(figure).unwrap().lines().next().unwrap().contains(&size));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.iter().any(|&p| p != pixels[0]), "blank figure");
}

/// Every text is on the page, and none touches another.
pub(crate) fn assert_texts_are_clear(figure: &impl Figure) {
    let svg = to_svg(figure).unwrap();
    let (width, height) = figure.size();
    let boxes: Vec<_> =
        elements(&svg, "text").into_iter().map(|t| (content(t), text_box(t))).collect();
    for (i, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
        assert!(*left >= 0.0 && *top >= 0.0, "{text} leaves the page");
        assert!(
            *right <= f64::from(width) && *bottom <= f64::from(height),
            "{text} leaves the page"
        );
        for (other, [l, t, r, b]) in &boxes[..i] {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "\"{text}\" runs into \"{other}\"");
        }
    }
}
