//! Which blurred image the maps resemble most.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;

use crate::tables::blur::BlurRow;

/// MI with the blurred image, by case.
#[derive(Debug, Serialize)]
pub(super) struct Blur {
    cases: Vec<CaseBlur>,
}

#[derive(Debug, Serialize)]
struct CaseBlur {
    case: Case,
    /// The sides of the boxes, in pixels.
    box_sides: Vec<usize>,
    mean_mi_nats: Vec<f64>,
}

impl Blur {
    pub(super) fn new(rows: &[BlurRow]) -> Self {
        let of_case = |case: Case| {
            let rows: Vec<&BlurRow> = rows.iter().filter(|row| row.case == case).collect();
            let box_sides = rows.iter().map(|row| row.box_side).collect();
            let mean_mi_nats = rows.iter().map(|row| row.mean_mi_nats).collect();
            (!rows.is_empty()).then_some(CaseBlur { case, box_sides, mean_mi_nats })
        };
        Self { cases: Case::ALL.into_iter().filter_map(of_case).collect() }
    }

    pub(super) fn markdown(&self) -> String {
        let Some(first) = self.cases.first() else { return String::new() };
        let sides: Vec<String> =
            first.box_sides.iter().map(|side| format!("{side}×{side}")).collect();
        let mut text = format!(
            "\n## Blurred images\n\n| case | {} |\n|---|{}\n",
            sides.join(" | "),
            "---|".repeat(sides.len())
        );
        for case in &self.cases {
            let cells: Vec<String> = case.mean_mi_nats.iter().map(|v| format!("{v:.4}")).collect();
            let _ = writeln!(text, "| {} | {} |", case.case, cells.join(" | "));
        }
        text + "\nMean MI in nats of the maps with the image averaged over a box of that size, over the \
                centre 88 × 88 pixels, nothing resized.\n"
    }

    /// The box that each case's maps resemble most.
    pub(super) fn note(&self) -> Option<String> {
        let best = |case: &CaseBlur| {
            let pairs = case.box_sides.iter().zip(&case.mean_mi_nats);
            let (side, mi) = pairs.max_by(|a, b| a.1.total_cmp(b.1))?;
            Some(match side {
                1 => format!("{} the sharp image ({mi:.4} nats)", case.case),
                _ => format!("{} the image blurred by {side} × {side} pixels ({mi:.4})", case.case),
            })
        };
        let best: Vec<String> = self.cases.iter().map(best).collect::<Option<_>>()?;
        (!best.is_empty())
            .then(|| format!("Over the common field the maps resemble most: {}.", best.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_with_the_largest_mi_is_named() {
        let row = |(box_side, mean_mi_nats)| BlurRow {
            case: Case::A,
            box_side,
            images: 5,
            mean_mi_nats,
            mean_mi_sd: 0.1,
        };
        let blur = Blur::new(&[(1, 0.6), (3, 0.9), (5, 0.8)].map(row));
        let note = blur.note().unwrap();
        assert!(note.ends_with("most: A the image blurred by 3 × 3 pixels (0.9000)."), "{note}");
        assert!(blur.markdown().contains("| A | 0.6000 | 0.9000 | 0.8000 |"));
        assert_eq!((Blur::new(&[]).markdown(), Blur::new(&[]).note()), (String::new(), None));
    }
}
