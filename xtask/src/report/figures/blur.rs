//! `fig-blur`.

use dim_models::Case;
use mi_plots::{Line, LinePanel, LinePanels, LinePoint, Scale};

use super::{category, label};
use crate::tables::blur::BlurRow;

/// MI of the maps with the blurred image, a line a case.
pub fn figure(rows: &[BlurRow], subtitle: String) -> LinePanels {
    let line = |case: Case| {
        let of_case = rows.iter().filter(|row| row.case == case);
        let largest = of_case.clone().map(|row| row.mean_mi_nats).fold(f64::MIN, f64::max);
        let point = |row: &BlurRow| LinePoint {
            x: row.box_side as f64,
            y: row.mean_mi_nats,
            interval: None,
            is_ringed: row.mean_mi_nats == largest,
        };
        let points: Vec<LinePoint> = of_case.map(point).collect();
        let line = Line { label: label(case), category: category(case), points };
        (!line.points.is_empty()).then_some(line)
    };
    LinePanels {
        title: "Which image do the maps resemble: the sharp one, or a blurred one?".to_owned(),
        subtitle,
        x_label: "side of the box that the image is averaged over (pixels; 1: sharp)".to_owned(),
        x_scale: Scale::Linear,
        y_label: "mean MI over the maps (nats)".to_owned(),
        panels: vec![LinePanel {
            title:
                "Image and maps cut to the centre 88 × 88 pixels, nothing resized; ring: largest"
                    .to_owned(),
            lines: Case::ALL.into_iter().filter_map(line).collect(),
            ..LinePanel::default()
        }],
        ..LinePanels::default()
    }
}
