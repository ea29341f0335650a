//! `fig-geometry`.

use dim_models::Case;
use mi_plots::{
    HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow, HeatMapRowGroup,
};

use super::{category, label};
use crate::report::geometry::{Copies, Geometry};

/// The weights of each case in the layers of each case; beneath, what a copy of the image scores.
pub fn figure(geometry: &Geometry, subtitle: String) -> HeatMap {
    let column =
        |case: Case| HeatMapColumn { label: case.to_string(), category: Some(category(case)) };
    let weights = geometry.weights.iter().map(|row| {
        let of_layers = Case::ALL.into_iter().zip(&row.mean_mi_nats);
        let mut cells: Vec<HeatMapCell> =
            of_layers.map(|(layers, &value)| cell(value, layers == row.case)).collect();
        cells.push(row.common_field_nats.map_or_else(HeatMapCell::default, |v| cell(v, false)));
        HeatMapRow { label: label(row.case), category: Some(category(row.case)), cells }
    });
    let copies = |label: &str, text: &dyn Fn(&Copies) -> String| {
        let of_case = |case: Case| {
            let copies = geometry.copies.iter().find(|copies| copies.case == case);
            let label = copies.map_or(String::new(), text);
            HeatMapCell { label, ..HeatMapCell::default() }
        };
        let cells = Case::ALL.into_iter().map(of_case).chain([HeatMapCell::default()]).collect();
        HeatMapRow { label: label.to_owned(), category: None, cells }
    };
    let ceilings = vec![
        copies("the pixels", &|c| format!("{:.2}", c.sharp_nats)),
        copies("its best blur", &|c| format!("{:.2}", c.best_nats)),
    ];
    HeatMap {
        title: "The same weights, laid out and measured as each case".to_owned(),
        subtitle,
        value_label: "mean MI over the maps (nats)".to_owned(),
        columns: vec![
            HeatMapColumnGroup {
                title: "run through the layers of, and compared as".to_owned(),
                columns: Case::ALL.map(column).to_vec(),
            },
            HeatMapColumnGroup {
                title: "own layers".to_owned(),
                columns: vec![HeatMapColumn { label: "common field".to_owned(), category: None }],
            },
        ],
        rows: vec![
            HeatMapRowGroup {
                title: "weights trained as".to_owned(),
                is_neutral: false,
                rows: weights.collect(),
            },
            HeatMapRowGroup {
                title: "a copy of the image in place of a map".to_owned(),
                is_neutral: true,
                rows: ceilings,
            },
        ],
        caption:
            "Outlined: the study's four cases. Along a row the weights are fixed, and only the \
                  layers and the pixels they are compared with change. Common field: image and maps \
                  cut to the centre 88 × 88 pixels, nothing resized."
                .to_owned(),
    }
}

fn cell(value: f64, is_outlined: bool) -> HeatMapCell {
    HeatMapCell { value: Some(value), label: format!("{value:.2}"), is_outlined }
}
