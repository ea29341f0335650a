//! Figures that check a result: with controls, other settings, and other seeds.

use mi_plots::{
    BarGroup, GroupedBar, GroupedBars, IntervalPanel, IntervalPanels, IntervalRow, Line, LinePanel,
    LinePanels, LinePoint, Reference, Scale, ShadedRegion,
};

use crate::{CASES, LONG, SUBTITLE, noise};

/// Bars of some of the cases: trained, untrained with a dot for each seed, and two floors.
pub(crate) fn controls(cases: &[usize]) -> GroupedBars {
    let means = [
        [0.566, 0.412, 0.146, 0.023],
        [0.421, 0.388, 0.131, 0.017],
        [0.704, 0.431, 0.158, 0.020],
        [0.571, 0.458, 0.152, 0.020],
    ];
    let ceilings = [[0.648, 2.612], [0.590, 2.612], [2.526, 2.612], [2.526, 2.612]];
    let bar = |case: usize, kind: usize| {
        let value: f64 = means[case][kind];
        let half = if kind > 1 { 0.002 } else { 0.012 + 0.02 * noise(case + 9 * kind) };
        let dot = |seed| value + 0.26 * (noise(31 * case + seed) - 0.5);
        GroupedBar {
            value,
            interval: (kind != 1).then_some((value - half, value + half)),
            dots: if kind == 1 { (0..12).map(dot).collect() } else { Vec::new() },
            value_label: Some(format!("{value:.3}")),
        }
    };
    let reference = |value: f64| Some(Reference { value, value_label: format!("{value:.3}") });
    let groups = cases.iter().map(|&case| BarGroup {
        label: CASES[case].into(),
        category: case,
        bars: (0..4).map(|kind| bar(case, kind)).collect(),
        references: ceilings[case].map(reference).into(),
    });
    GroupedBars {
        title: "What training adds, between the floors and the ceilings of the measure".into(),
        subtitle: format!(
            "{SUBTITLE}; whisker: 95 % interval over images, dot: one of 12 untrained encoders"
        ),
        y_label: "mutual information (nats)".into(),
        kinds: ["trained", "untrained", "maps of another image", "shuffled pixels"]
            .map(String::from)
            .into(),
        references: vec!["copy of the pixels".into(), "image with itself".into()],
        groups: groups.collect(),
    }
}

pub(crate) fn odd_controls() -> GroupedBars {
    let value = |i: usize, j: usize| 1e-5 * (noise(7 * i + j) - 0.25);
    let reference = |i: usize, k: usize| Reference {
        value: 3e-6 * (i * i + k) as f64,
        value_label: format!("the highest that it can be: {}e−6", 3 * (i * i + k)),
    };
    let groups = (0..7).map(|i| BarGroup {
        label: format!("{} with a long name", CASES[i % 4]),
        category: i,
        bars: (0..4)
            .map(|j| GroupedBar {
                value: value(i, j),
                interval: (i != j).then(|| (value(i, j) - 1e-6, value(i, j) + 2e-6)),
                dots: (0..3 * j).map(|k| value(i, j + k)).collect(),
                value_label: (i != 5).then(|| format!("{:.2}e−6 ± 0.1", 1e6 * value(i, j))),
            })
            .collect(),
        references: (0..3).map(|k| (i != 3 + k).then(|| reference(i, k))).collect(),
    });
    GroupedBars {
        title: LONG.into(),
        subtitle: LONG.into(),
        y_label: "mutual information, corrected for bias (nats)".into(),
        kinds: CASES.map(|case| format!("{case}, as a kind")).into(),
        references: vec![LONG.into(), "another".into(), String::new()],
        groups: groups.collect(),
    }
}

const ESTIMATORS: [&str; 7] = [
    "Plug-in",
    "Miller-Madow",
    "Analytic (own scale)",
    "Shrinkage",
    "Jackknife",
    "Equal-mass bins",
    "Kraskov, k = 3",
];

pub(crate) fn bins(panels: usize) -> LinePanels {
    let line = |estimator: usize, case: usize| {
        let mean = [0.566, 0.421, 0.704, 0.571][case];
        let point = |power: i32| {
            let bins = 2f64.powi(power);
            let bias = (bins - 1.0).powi(2) / 18_432.0;
            let left = [0.4, 0.14, -2.4, 0.2, -0.05, 0.3, 0.0][estimator] * bias;
            let y = mean * (1.0 - 0.9 / bins.sqrt()) + left.min(1.4) * (1.0 + 0.2 * noise(case));
            let half = 0.01 + 0.03 * noise(case + 4 * power as usize);
            LinePoint { x: bins, y, interval: Some((y - half, y + half)), is_ringed: false }
        };
        Line { label: CASES[case].into(), category: case, points: (3..=8).map(point).collect() }
    };
    let panel = |(estimator, title): (usize, &&str)| LinePanel {
        title: (*title).into(),
        has_own_y_scale: estimator == 2,
        lines: (0..4).map(|case| line(estimator, case)).collect(),
    };
    LinePanels {
        title: "The ranking of the cases against the number of bins".into(),
        subtitle: format!("{SUBTITLE}; band: 95 % interval over images"),
        x_label: "bins along each axis".into(),
        x_scale: Scale::Log2,
        y_label: "mutual information (nats)".into(),
        shaded: Some(ShadedRegion {
            x: (45.0, 1e3),
            label: "fewer than 9 pixels a cell: undersampled".into(),
        }),
        panels: ESTIMATORS.iter().enumerate().take(panels).map(panel).collect(),
    }
}

/// Maps against a blurred reference, of some of the cases, with each line's maximum ringed.
pub(crate) fn blur(panels: usize, cases: &[usize]) -> LinePanels {
    let values = [
        [0.682, 0.871, 0.943, 0.954, 0.921],
        [0.672, 0.842, 0.909, 0.918, 0.899],
        [0.914, 1.105, 1.012, 0.934, 0.871],
        [0.874, 1.062, 0.988, 0.917, 0.858],
    ];
    let line = |panel: usize, case: usize| {
        let ys = values[case].map(|y| y * (1.0 - 0.2 * panel as f64));
        let largest = ys.iter().copied().fold(0.0, f64::max);
        let points = ys.iter().zip([1.0, 3.0, 5.0, 7.0, 9.0]).map(|(&y, x)| LinePoint {
            x,
            y,
            interval: None,
            is_ringed: y == largest,
        });
        Line { label: CASES[case].into(), category: case, points: points.collect() }
    };
    let panel = |panel: usize| LinePanel {
        title: ["Mean over the maps", "Largest map"][panel].into(),
        has_own_y_scale: false,
        lines: cases.iter().map(|&case| line(panel, case)).collect(),
    };
    LinePanels {
        title: "What the maps are most informative about: a blurred image".into(),
        subtitle: format!("{SUBTITLE}; ring: the maximum of each line"),
        x_label: "box blur of the reference (pixels)".into(),
        x_scale: Scale::Linear,
        y_label: "mutual information (nats)".into(),
        shaded: None,
        panels: (0..panels).map(panel).collect(),
    }
}

pub(crate) fn odd_bins() -> LinePanels {
    let line = |panel: usize, category: usize| Line {
        label: if panel == 2 { LONG.into() } else { format!("{} {category}", CASES[category % 4]) },
        category,
        points: (0..7 - category % 3)
            .map(|i| {
                let y = if panel == 0 { -3e-7 } else { -6e-7 * noise(i + 9 * category) };
                let interval = (i % 3 != category % 3).then_some((y - 5e-8, y + 1e-7));
                LinePoint { x: 1e-6 * 37f64.powi(i as i32), y, interval, is_ringed: i == 2 }
            })
            .collect(),
    };
    let panel = |panel: usize| LinePanel {
        title: if panel == 1 { LONG.into() } else { "Equal values".into() },
        has_own_y_scale: panel.is_multiple_of(2),
        lines: (0..if panel == 2 { 1 } else { 7 }).map(|i| line(panel, i)).collect(),
    };
    LinePanels {
        title: LONG.into(),
        subtitle: LONG.into(),
        x_label: LONG.into(),
        x_scale: Scale::Log2,
        shaded: Some(ShadedRegion { x: (1e-9, 1e-3), label: LONG.into() }),
        y_label: "mutual information, estimated and corrected for bias (nats)".into(),
        panels: (0..5).map(panel).collect(),
    }
}

/// A row with its mean and interval, which the caller of the crate has to compute.
fn row(label: String, category: usize, dots: Vec<f64>) -> IntervalRow {
    let n = dots.len() as f64;
    let mean = dots.iter().sum::<f64>() / n;
    let variance = dots.iter().map(|dot| (dot - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // 2.776 is the 97.5 % quantile of Student's t for five seeds.
    let half = (dots.len() == 5).then(|| 2.776 * (variance / n).sqrt());
    IntervalRow {
        label,
        category,
        dots,
        mean,
        interval: half.map(|half| (mean - half, mean + half)),
        value_label: Some(match half {
            Some(half) => format!("{mean:.3} ± {half:.3}"),
            None => format!("{mean:.3}"),
        }),
    }
}

pub(crate) fn seeds(seeds: usize) -> IntervalPanels {
    let mean = |case: usize, seed: usize| {
        [0.566, 0.421, 0.704, 0.571][case]
            + 0.14 * (noise(3 * seed) - 0.5)
            + 0.08 * noise(seed + 40 * case)
    };
    let dots = |value: &dyn Fn(usize) -> f64| (0..seeds).map(value).collect();
    let cases = (0..4).map(|case| row(CASES[case].into(), case, dots(&|seed| mean(case, seed))));
    let leads = [0, 1, 3].map(|case| {
        let label = format!("C − {}", &CASES[case][..1]);
        row(label, case, dots(&|seed| mean(2, seed) - mean(case, seed)))
    });
    IntervalPanels {
        title: "The ranking over seeds".into(),
        subtitle: format!(
            "Made-up numbers, {seeds} seeds; mark: mean, whisker: 95 % interval, dot: one seed"
        ),
        panels: vec![
            IntervalPanel {
                title: "Mean over images and maps".into(),
                x_label: "mutual information (nats)".into(),
                reference: None,
                rows: cases.collect(),
            },
            IntervalPanel {
                title: "Lead of C, paired by seed".into(),
                x_label: "difference (nats)".into(),
                reference: Some(0.0),
                rows: leads.into(),
            },
        ],
    }
}

pub(crate) fn odd_seeds() -> IntervalPanels {
    let row = |i: usize, scale: f64| IntervalRow {
        label: if i == 3 { LONG.into() } else { CASES[i % 4].into() },
        category: i,
        dots: (0..[0, 1, 40, 8, 2, 3, 5][i]).map(|k| scale * (noise(k) - 0.3 * noise(i))).collect(),
        mean: scale * 0.3,
        interval: i.is_multiple_of(2).then_some({
            let far = scale * 0.1 * (3 + i) as f64;
            (far.min(scale * 0.3), far.max(scale * 0.3))
        }),
        value_label: (i != 4).then(|| format!("{:e} ± {:e}", scale * 0.3, scale * 0.01)),
    };
    let equal =
        IntervalRow { dots: vec![2.0; 5], mean: 2.0, interval: Some((2.0, 2.0)), ..row(4, 1.0) };
    let panel = |title: &str, rows: Vec<IntervalRow>, reference| IntervalPanel {
        title: title.into(),
        x_label: "difference of estimates that are corrected for bias (nats)".into(),
        reference,
        rows,
    };
    IntervalPanels {
        title: LONG.into(),
        subtitle: LONG.into(),
        panels: vec![
            panel(LONG, (0..7).map(|i| row(i, -1e-7)).collect(), Some(0.0)),
            panel("huge", (0..2).map(|i| row(i, 3e12)).collect(), Some(-1e12)),
            panel("", vec![equal], None),
        ],
    }
}
