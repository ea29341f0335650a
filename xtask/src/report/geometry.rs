//! What the layers and the comparison make of the order of the cases, with the weights fixed.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;
use stl_data::SIDE;

use crate::tables::blur::{CopyField, CopyRow};
use crate::tables::geometry::GeometryRow;

/// The weights of each case in the layers of each case, and what a copy of the image would score.
#[derive(Debug, Serialize)]
pub struct Geometry {
    pub weights: Vec<OfWeights>,
    /// In the order A to D.
    pub copies: Vec<Copies>,
    /// Between the case with the largest MI and each other.
    pub shares: Vec<Share>,
}

/// Weights trained as one case.
#[derive(Debug, Serialize)]
pub struct OfWeights {
    pub case: Case,
    /// Mean MI in the layers of A to D, measured as the maps of that case are.
    pub mean_mi_nats: Vec<f64>,
    /// Over the common field, in the case's own layers.
    pub common_field_nats: Option<f64>,
    /// Over the common field, the largest difference between two layers: what their borders make.
    pub common_field_range: f64,
}

/// Copies of the image in the place of a map of one case.
#[derive(Debug, Serialize)]
pub struct Copies {
    pub case: Case,
    /// The pixels themselves.
    pub sharp_nats: f64,
    /// The blurred copy that scores most.
    pub best_nats: f64,
    /// Side of the box of that blur, in pixels.
    pub best_box_side: usize,
    /// The pixels themselves, without the border around the image.
    pub without_border_nats: Option<f64>,
}

/// How much of the gap between two cases the layers make.
#[derive(Debug, Serialize)]
pub struct Share {
    pub of: Case,
    pub less: Case,
    pub gap_nats: f64,
    /// What the weights of `of` lose in the layers of `less`.
    pub lost_nats: f64,
    /// `lost / gap`; `None` for a gap too small to divide by.
    pub share: Option<f64>,
    /// What the weights of `less` gain in the layers of `of`.
    pub gained_nats: f64,
    /// `gained / gap`.
    pub share_gained: Option<f64>,
}

/// Smaller gaps have no share.
const SMALLEST_GAP: f64 = 0.05;

impl Geometry {
    pub fn new(rows: &[GeometryRow], copies: &[CopyRow]) -> Self {
        let mut cases: Vec<Case> = rows.iter().map(|row| row.weights).collect();
        cases.dedup();
        let value = |weights: Case, layers: Case| {
            let found = rows.iter().find(|row| row.weights == weights && row.layers == layers);
            found.map(|row| row.mean_mi_nats)
        };
        let own = |&case: &Case| Some((case, value(case, case)?));
        let first = cases.iter().filter_map(own).max_by(|a, b| a.1.total_cmp(&b.1));
        let share = |case: &Case| {
            let ((first, best), (_, own)) = (first?, own(case)?);
            let gap_nats = best - own;
            let lost_nats = best - value(first, *case)?;
            let gained_nats = value(*case, first)? - own;
            let of_gap = |part: f64| (gap_nats >= SMALLEST_GAP).then(|| part / gap_nats);
            (first != *case).then_some(Share {
                of: first,
                less: *case,
                gap_nats,
                lost_nats,
                share: of_gap(lost_nats),
                gained_nats,
                share_gained: of_gap(gained_nats),
            })
        };
        Self {
            weights: cases.iter().map(|&case| OfWeights::new(case, rows)).collect(),
            copies: Case::ALL.into_iter().filter_map(|case| Copies::new(case, copies)).collect(),
            shares: cases.iter().filter_map(share).collect(),
        }
    }

    pub fn markdown(&self) -> String {
        if self.weights.is_empty() {
            return String::new();
        }
        let mut text = "\n## Geometry: weights of each case in the layers of each case\n\n\
            | weights \\ layers | A | B | C | D | common field |\n|---|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.weights {
            let cells: Vec<String> = row.mean_mi_nats.iter().map(|v| format!("{v:.4}")).collect();
            let common = row.common_field_nats.map_or("-".to_owned(), |v| format!("{v:.4}"));
            let _ = writeln!(text, "| {} | {} | {common} |", row.case, cells.join(" | "));
        }
        let of_copies = |name: &str, cell: &dyn Fn(&Copies) -> String| {
            let cell = |case: Case| {
                let copies = self.copies.iter().find(|copies| copies.case == case);
                copies.map_or("-".to_owned(), cell)
            };
            format!("| {name} | {} | - |\n", Case::ALL.map(cell).join(" | "))
        };
        text += &of_copies("copy of the pixels", &|c| format!("{:.4}", c.sharp_nats));
        text += &of_copies("best blurred copy", &|c| {
            format!("{:.4} ({side}×{side})", c.best_nats, side = c.best_box_side)
        });
        text += "\nMean MI in nats over images and maps. Row: the case that the weights were trained \
                 as. Column: the case whose layers they are run through, and as which their maps are \
                 compared with the image. Kernels are transposed and flipped where convolutions and \
                 transposed convolutions replace each other. Common field: the case's own layers, \
                 image and maps cut to the centre 88 × 88 pixels, nothing resized. Below: the image, \
                 and the image blurred by the box that scores most, laid out as a map of the column's \
                 case. A map can score more than a copy: a copy is not the largest possible MI.\n";
        text
    }

    /// What the matrix says of the order of the cases, a line each.
    pub fn notes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let value = |weights: Case, layers: Case| {
            let row = self.weights.iter().find(|row| row.case == weights)?;
            row.mean_mi_nats.get(layers as usize).copied()
        };
        // Between cases of the same size the layers differ at the border alone.
        let size = |case: Case| case.sizes(SIDE).map(|sizes| sizes[4]);
        let differ = |share: &&Share| size(share.of) != size(share.less);
        for share in self.shares.iter().filter(differ) {
            let (Share { of, less, .. }, Some(lost), Some(gained)) =
                (share, share.share, share.share_gained)
            else {
                continue;
            };
            let [own, moved, other, other_moved] = [(of, of), (of, less), (less, less), (less, of)]
                .map(|(weights, layers)| {
                    value(*weights, *layers).map_or("-".to_owned(), |v| format!("{v:.4}"))
                });
            lines.push(format!(
                "{of}'s weights, in the layers of {less} and compared as {less} is, score {moved} \
                 nats instead of {own}: {:.1} % of {of}'s lead over {less}. {less}'s weights, in the \
                 layers of {of} and compared as {of} is, score {other_moved} instead of {other}: \
                 {:.1} % of it. The two shares need not add up to 100 %.",
                100.0 * lost,
                100.0 * gained
            ));
        }
        for share in self.shares.iter().filter(|share| !differ(share)) {
            lines.push(format!(
                "Case {of} leads {less} by {gap:.4} nats; in the layers of {less} the MI of its weights \
                 changes by {change:+.4} nats.",
                of = share.of,
                less = share.less,
                gap = share.gap_nats,
                change = -share.lost_nats,
            ));
        }
        if !self.copies.is_empty() {
            let copy = |c: &Copies| format!("{:.4} for {}", c.sharp_nats, c.case);
            let parts: Vec<String> = self.copies.iter().map(copy).collect();
            lines.push(format!(
                "A lossless copy of the image in the place of a map would score {} nats.",
                parts.join(", ")
            ));
        }
        let range = self.weights.iter().map(|row| row.common_field_range).fold(0.0, f64::max);
        if !self.weights.is_empty() {
            lines.push(format!(
                "Away from the border the four encoders are one architecture: over the common \
                 field, the same weights differ by {} nats between layers.",
                if range < 1e-4 { "less than 0.0001".to_owned() } else { format!("{range:.4}") }
            ));
        }
        lines
    }
}

impl OfWeights {
    fn new(case: Case, rows: &[GeometryRow]) -> Self {
        let of_case = || rows.iter().filter(move |row| row.weights == case);
        let own = of_case().find(|row| row.layers == case);
        let (low, high) = of_case().fold((f64::MAX, f64::MIN), |(low, high), row| {
            (low.min(row.common_field_nats), high.max(row.common_field_nats))
        });
        Self {
            case,
            mean_mi_nats: of_case().map(|row| row.mean_mi_nats).collect(),
            common_field_nats: own.map(|row| row.common_field_nats),
            common_field_range: high - low,
        }
    }
}

impl Copies {
    /// `None` if the case was not measured.
    fn new(case: Case, rows: &[CopyRow]) -> Option<Self> {
        let of = |field| rows.iter().filter(move |row| row.case == case && row.field == field);
        let sharp = |field| of(field).find(|row| row.box_side == 1).map(|row| row.mean_mi_nats);
        let blurred = of(CopyField::Whole).filter(|row| row.box_side > 1);
        let best = blurred.max_by(|a, b| a.mean_mi_nats.total_cmp(&b.mean_mi_nats))?;
        Some(Self {
            case,
            sharp_nats: sharp(CopyField::Whole)?,
            best_nats: best.mean_mi_nats,
            best_box_side: best.box_side,
            without_border_nats: sharp(CopyField::WithoutBorder),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(values: [[f64; 4]; 2]) -> Vec<GeometryRow> {
        let of_weights = |(weights, values): (Case, [f64; 4])| {
            Case::ALL.into_iter().zip(values).map(move |(layers, mean_mi_nats)| GeometryRow {
                weights,
                layers,
                images: 5,
                mean_mi_nats,
                mean_mi_sd: 0.1,
                common_field_nats: 0.9 + mean_mi_nats / 1000.0,
                common_field_sd: 0.1,
            })
        };
        [Case::A, Case::C].into_iter().zip(values).flat_map(of_weights).collect()
    }

    fn copies(case: Case, values: &[(usize, f64)]) -> Vec<CopyRow> {
        let row = |&(box_side, mean_mi_nats): &(usize, f64)| CopyRow {
            case,
            field: CopyField::Whole,
            box_side,
            images: 5,
            mean_mi_nats,
            mean_mi_sd: 0.1,
        };
        values.iter().map(row).collect()
    }

    #[test]
    fn the_share_of_the_layers_is_what_the_first_cases_weights_lose_in_them() {
        let rows = matrix([[0.5, 0.4, 0.6, 0.6], [0.6, 0.5, 0.9, 0.8]]);
        let geometry = Geometry::new(&rows, &copies(Case::A, &[(1, 0.65), (3, 0.75), (5, 0.7)]));
        let [share] = &geometry.shares[..] else { panic!("{:?}", geometry.shares) };
        assert_eq!((share.of, share.less), (Case::C, Case::A));
        // C scores 0.9, A 0.5, and C's weights 0.6 in A's layers.
        assert!((share.share.unwrap() - 0.75).abs() < 1e-12, "{share:?}");
        // A's weights score 0.6 in C's layers.
        assert!((share.share_gained.unwrap() - 0.25).abs() < 1e-12, "{share:?}");
        let text = geometry.markdown();
        assert!(text.contains("| C | 0.6000 | 0.5000 | 0.9000 | 0.8000 | 0.9009 |"), "{text}");
        assert!(text.contains("| best blurred copy | 0.7500 (3×3) | - | - | - | - |"), "{text}");
        let notes = geometry.notes().join("\n");
        assert!(
            notes.contains("score 0.6000 nats instead of 0.9000: 75.0 % of C's lead"),
            "{notes}"
        );
        assert!(notes.contains("score 0.6000 instead of 0.5000: 25.0 % of it"), "{notes}");
        assert!(notes.contains("differ by 0.0004 nats"), "{notes}");
    }

    #[test]
    fn equal_cases_have_no_share_and_no_row_says_nothing() {
        let equal = Geometry::new(&matrix([[0.0; 4]; 2]), &[]);
        assert!(equal.shares.iter().all(|share| share.share.is_none()));
        assert!(!equal.notes().concat().contains("NaN"));
        let empty = Geometry::new(&[], &[]);
        assert_eq!((empty.markdown(), empty.notes().len()), (String::new(), 0));
    }
}
