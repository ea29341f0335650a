//! Figures that explain a result: what was built, and where the numbers come from.

use mi_plots::{
    HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow, HeatMapRowGroup,
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
