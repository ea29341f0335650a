//! `fig-blur`.

use dim_models::Case;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint};

use super::{category, label};
use crate::tables::blur::BlurRow;

/// MI of the maps with the blurred image, a line a case.
pub fn figure(rows: &[BlurRow], subtitle: String) -> LinePanels {
    let line = |case: Case| {
        let of_case = rows.iter().filter(|row| row.case == case);
        let point = |row: &BlurRow| LinePoint {
            x: row.box_side as f64,
            y: row.mean_mi_nats,
            interval: None,
        };
        let points: Vec<LinePoint> = of_case.map(point).collect();
        let line = Line { label: label(case), category: category(case), points };
        (!line.points.is_empty()).then_some(line)
    };
    LinePanels {
        title: "Which image do the maps resemble: the sharp one, or a blurred one?".to_owned(),
        subtitle,
        x_label: "image averaged over boxes of this many pixels".to_owned(),
        y_label: "mean MI over the maps (nats)".to_owned(),
        panels: vec![LinePanel {
            title: "Image and maps cut to the centre 88 × 88 pixels, nothing resized".to_owned(),
            lines: Case::ALL.into_iter().filter_map(line).collect(),
        }],
    }
}
