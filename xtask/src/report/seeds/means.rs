//! Tables of several seeds as one: the mean of each row over the seeds, and its spread over them.

use crate::maths::statistics::{mean, standard_deviation};
use crate::tables::blur::{BlurRow, CopyRow};
use crate::tables::geometry::GeometryRow;

/// The geometry matrix; `*_sd` are over seeds.
pub fn of_geometry(of_seeds: &[Vec<GeometryRow>]) -> Vec<GeometryRow> {
    let is_same = |a: &GeometryRow, b: &GeometryRow| (a.weights, a.layers) == (b.weights, b.layers);
    over_seeds(of_seeds, is_same, |rows| {
        let (mean_mi_nats, mean_mi_sd) = mean_and_sd(rows, |row| row.mean_mi_nats);
        let (common_field_nats, common_field_sd) = mean_and_sd(rows, |row| row.common_field_nats);
        let first = rows[0].clone();
        GeometryRow { mean_mi_nats, mean_mi_sd, common_field_nats, common_field_sd, ..first }
    })
}

/// MI with blurred images; `mean_mi_sd` is over seeds.
pub fn of_blur(of_seeds: &[Vec<BlurRow>]) -> Vec<BlurRow> {
    let is_same = |a: &BlurRow, b: &BlurRow| (a.case, a.box_side) == (b.case, b.box_side);
    over_seeds(of_seeds, is_same, |rows| {
        let (mean_mi_nats, mean_mi_sd) = mean_and_sd(rows, |row| row.mean_mi_nats);
        BlurRow { mean_mi_nats, mean_mi_sd, ..rows[0].clone() }
    })
}

/// Copies of the image do not depend on the seed, except for rounding.
pub fn of_copies(of_seeds: &[Vec<CopyRow>]) -> Vec<CopyRow> {
    let is_same =
        |a: &CopyRow, b: &CopyRow| (a.case, a.field, a.box_side) == (b.case, b.field, b.box_side);
    over_seeds(of_seeds, is_same, |rows| {
        let (mean_mi_nats, mean_mi_sd) = mean_and_sd(rows, |row| row.mean_mi_nats);
        CopyRow { mean_mi_nats, mean_mi_sd, ..rows[0].clone() }
    })
}

/// For each row of the first seed, the rows that are the same in every seed, joined.
fn over_seeds<R>(
    of_seeds: &[Vec<R>],
    is_same: impl Fn(&R, &R) -> bool,
    join: impl Fn(&[&R]) -> R,
) -> Vec<R> {
    let Some((first, _)) = of_seeds.split_first() else { return Vec::new() };
    let joined = |row: &R| {
        let same = of_seeds.iter().map(|rows| rows.iter().find(|other| is_same(row, other)));
        same.collect::<Option<Vec<&R>>>().map(|rows| join(&rows))
    };
    first.iter().filter_map(joined).collect()
}

fn mean_and_sd<R>(rows: &[&R], value: impl Fn(&R) -> f64) -> (f64, f64) {
    let values: Vec<f64> = rows.iter().map(|row| value(row)).collect();
    (mean(&values), standard_deviation(&values))
}

#[cfg(test)]
mod tests {
    use dim_models::Case;

    use super::*;

    #[test]
    fn rows_are_joined_by_case_and_box_and_only_if_every_seed_has_them() {
        let row = |case, box_side, mean_mi_nats| BlurRow {
            case,
            box_side,
            images: 5,
            mean_mi_nats,
            mean_mi_sd: 9.0,
        };
        let first = [row(Case::A, 1, 0.5), row(Case::A, 3, 0.7), row(Case::C, 1, 0.9)];
        let second = [row(Case::A, 3, 0.9), row(Case::A, 1, 0.7)];
        let means = of_blur(&[first.to_vec(), second.to_vec()]);
        let values: Vec<(usize, String)> =
            means.iter().map(|row| (row.box_side, format!("{:.4}", row.mean_mi_nats))).collect();
        assert_eq!(values, [(1, "0.6000".to_owned()), (3, "0.8000".to_owned())]);
        assert!((means[0].mean_mi_sd - 0.02f64.sqrt()).abs() < 1e-12);
        assert!(of_blur(&[]).is_empty());
    }
}
