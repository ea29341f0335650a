//! Figures that explain a result: what was built, and where the numbers come from.

use mi_plots::theme::Role;
use mi_plots::{
    EncoderRow, HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow,
    HeatMapRowGroup, Network, NetworkDiagram, Stage,
};

use crate::{CASES, LONG, SUBTITLE, noise};

fn cell(value: Option<f64>, is_outlined: bool) -> HeatMapCell {
    let label = value.map_or_else(String::new, |value| format!("{value:.3}"));
    HeatMapCell { value, label, is_outlined }
}

/// Rows of weights by columns of layers, and the field that all layers cover.
pub(crate) fn geometry(cases: &[usize]) -> HeatMap {
    let weights = [
        [0.564, 0.429, 0.621, 0.623, 0.682],
        [0.533, 0.442, 0.622, 0.636, 0.672],
        [0.583, 0.468, 0.868, 0.869, 0.914],
        [0.564, 0.457, 0.820, 0.836, 0.874],
    ];
    let ceilings = [
        ("the pixels themselves", [0.648, 0.590, 2.526, 2.526]),
        ("the best blurred copy", [0.754, 0.611, 2.526, 2.526]),
    ];
    let columns =
        cases.iter().map(|&case| HeatMapColumn { label: CASES[case].into(), category: Some(case) });
    let rows = cases.iter().map(|&row| HeatMapRow {
        label: CASES[row].into(),
        category: Some(row),
        cells: cases
            .iter()
            .map(|&column| cell(Some(weights[row][column]), row == column))
            .chain([cell(Some(weights[row][4]), false)])
            .collect(),
    });
    let copies = ceilings.into_iter().map(|(label, values)| HeatMapRow {
        label: label.into(),
        category: None,
        cells: cases
            .iter()
            .map(|&column| cell(Some(values[column]), false))
            .chain([cell(None, false)])
            .collect(),
    });
    HeatMap {
        title: "Where a case's information comes from: its layers, not its weights".into(),
        subtitle: SUBTITLE.into(),
        value_label: "mean mutual information (nats)".into(),
        columns: vec![
            HeatMapColumnGroup {
                title: "layers run as, and compared as".into(),
                columns: columns.collect(),
            },
            HeatMapColumnGroup {
                title: "common field".into(),
                columns: vec![HeatMapColumn { label: "centre 88 × 88".into(), category: None }],
            },
        ],
        rows: vec![
            HeatMapRowGroup {
                title: "weights trained as".into(),
                is_neutral: false,
                rows: rows.collect(),
            },
            HeatMapRowGroup {
                title: "instead of maps".into(),
                is_neutral: true,
                rows: copies.collect(),
            },
        ],
        caption: "Outlined: weights in the layers that they were trained in. Below: a \
                  copy of the pixels, laid out as the maps of each case are."
            .into(),
    }
}

pub(crate) fn odd_geometry() -> HeatMap {
    let columns = |title: &str, n: usize| HeatMapColumnGroup {
        title: title.into(),
        columns: (0..n)
            .map(|i| HeatMapColumn {
                label: format!("{} with a long name", CASES[i % 4]),
                category: (i % 3 != 2).then_some(i % 7),
            })
            .collect(),
    };
    let row = |i: usize| HeatMapRow {
        label: if i == 1 { LONG.into() } else { CASES[i % 4].into() },
        category: (i < 4).then_some(i),
        cells: (0..11)
            .map(|k| HeatMapCell {
                value: (k != i).then(|| 1e-7 * (noise(11 * i + k) - 0.5)),
                label: match k % 4 {
                    0 => "a label that is too long".into(),
                    1 => String::new(),
                    _ => format!("{:.2}e−8", 10.0 * (noise(11 * i + k) - 0.5)),
                },
                is_outlined: k % 3 == i % 3,
            })
            .collect(),
    };
    let rows = |title: &str, is_neutral, members: [usize; 2]| HeatMapRowGroup {
        title: title.into(),
        is_neutral,
        rows: members.map(row).into(),
    };
    HeatMap {
        title: LONG.into(),
        subtitle: LONG.into(),
        value_label: LONG.into(),
        columns: vec![columns(LONG, 7), columns("", 1), columns(LONG, 3)],
        rows: vec![rows(LONG, false, [0, 1]), rows("", false, [2, 3]), rows(LONG, true, [4, 5])],
        caption: LONG.into(),
    }
}

/// The encoders of the study and the networks that train them.
pub(crate) fn architecture(cases: &[usize]) -> NetworkDiagram {
    const PADDED: &str = "padded conv 3\u{a0}×\u{a0}3";
    const CONV: &str = "conv 3\u{a0}×\u{a0}3";
    const TRANSPOSED: &str = "transposed conv 3\u{a0}×\u{a0}3";
    let layers = [
        [(94, CONV), (92, CONV), (90, CONV), (88, CONV)],
        [(98, TRANSPOSED), (100, TRANSPOSED), (102, TRANSPOSED), (104, TRANSPOSED)],
        [(96, PADDED), (96, PADDED), (96, PADDED), (96, PADDED)],
        [(98, TRANSPOSED), (100, TRANSPOSED), (98, CONV), (96, CONV)],
    ];
    let rows = cases.iter().map(|&case| {
        let input = Stage { size: 96, channels: 1, operation: String::new() };
        let channels = [4, 8, 16, 32];
        let stages = layers[case].iter().zip(channels).map(|(&(size, operation), channels)| {
            Stage { size, channels, operation: operation.into() }
        });
        let size = layers[case][3].0;
        let image = if size == 96 { "image" } else { "resized image" };
        EncoderRow {
            label: CASES[case].into(),
            category: case,
            stages: std::iter::once(input).chain(stages).collect(),
            given: format!("{image} + 32\u{a0}maps, {size}\u{a0}×\u{a0}{size}"),
        }
    });
    let network = |name: &str, role, lines: &[&str]| Network {
        name: name.into(),
        role,
        lines: lines.iter().map(|line| (*line).into()).collect(),
    };
    NetworkDiagram {
        title: "Four encoders and the networks that train them".into(),
        subtitle: "height × width × channels; batch norm and ReLU after layers 1 to 3".into(),
        exaggeration: Some(3.0),
        input_label: "input".into(),
        encoder_label: "encoder".into(),
        given_label: "given to the networks".into(),
        rows: rows.collect(),
        networks_label: "objective networks, one of each for every encoder".into(),
        networks: vec![
            network(
                "local: a score per location",
                Role::Local,
                &["1 × 1 conv 33 → 32, ReLU", "1 × 1 conv 32 → 32, ReLU", "1 × 1 conv 32 → 1"],
            ),
            network(
                "global: a score per image",
                Role::Global,
                &[
                    "3 × 3 conv, stride 2, 33 → 32, ReLU",
                    "3 × 3 conv, stride 2, 32 → 32, ReLU",
                    "mean over space",
                    "linear 32 → 32, ReLU",
                    "linear 32 → 1",
                ],
            ),
            network(
                "prior: maps or noise?",
                Role::Prior,
                &[
                    "sigmoid of the maps, or uniform noise",
                    "1 × 1 conv 33 → 32, ReLU",
                    "1 × 1 conv 32 → 1",
                ],
            ),
        ],
        caption:
            "Differences in height are drawn 3 times too large. Dashed: the size of the input."
                .into(),
    }
}

pub(crate) fn odd_architecture() -> NetworkDiagram {
    let stage = |i: usize| Stage {
        size: [1024, 3, 500, 77, 1, 640, 200][i],
        channels: [3, 1, 4096, 1_000_000, 7, 64, 2][i],
        operation: if i == 3 { LONG.into() } else { "an operation with a long name".into() },
    };
    let row = |n: usize| EncoderRow {
        label: if n == 3 { LONG.into() } else { CASES[n % 4].into() },
        category: n - 1,
        stages: (0..n).map(stage).collect(),
        given: if n == 7 { LONG.into() } else { "maps".into() },
    };
    let network = |i: usize| Network {
        name: if i == 1 { LONG.into() } else { "a network".into() },
        role: [Role::Encoder, Role::Local, Role::Global, Role::Prior][i],
        lines: vec![if i == 2 { LONG.into() } else { "layer".into() }; 3],
    };
    NetworkDiagram {
        title: LONG.into(),
        subtitle: LONG.into(),
        exaggeration: None,
        input_label: LONG.into(),
        encoder_label: LONG.into(),
        given_label: LONG.into(),
        rows: [7, 1, 3].map(row).into(),
        networks_label: LONG.into(),
        networks: (0..4).map(network).collect(),
        caption: LONG.into(),
    }
}
