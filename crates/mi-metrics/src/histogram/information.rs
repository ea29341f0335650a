//! Entropy and mutual information of counts, in nats.
//!
//! With `n` the count of a cell, `n_x` and `n_y` the sums of its row and column and `N` the total:
//!
//! ```text
//! H(X)   = 1/N  sum  n_x (ln N - ln n_x)
//! I(X;Y) = 1/N  sum  n ((ln n + ln N) - (ln n_x + ln n_y))
//! ```
//!
//! No term of an entropy is negative. A cell with `n N = n_x n_y`, compared in integers, adds
//! exactly zero, so a table that is the product of its marginals has exactly zero information.
//!
//! The order of the sum is fixed: first the sum of each row (for an entropy, of each [`BLOCK`] of
//! counts), then the sum of those. A term is accurate to a few roundings of ln N, and the weights
//! `n/N` add up to 1. So the error is about (rows + columns) roundings of ln N: below 1e-12 up to
//! 256 bins.

use std::sync::LazyLock;

/// Logarithms of counts below this are looked up. Enough for images of 128 x 128.
const TABLE: usize = 1 << 14;

/// Counts of an entropy whose terms are added up first.
const BLOCK: usize = 256;

/// Cells of a row whose terms are computed together, or skipped if all are empty.
const SPAN: usize = 8;

/// Logarithms of counts. The logarithm of 0 is 0 here: it is only ever multiplied by a count of 0.
struct Ln(&'static [f64; TABLE]);

impl Ln {
    fn new() -> Self {
        static LN: LazyLock<Box<[f64; TABLE]>> = LazyLock::new(|| {
            let mut table = Box::new([0.0; TABLE]);
            for (n, ln) in table.iter_mut().enumerate().skip(1) {
                *ln = (n as f64).ln();
            }
            table
        });
        Self(&LN)
    }

    /// ln n of any count: the same value whether it is in the table or not.
    #[inline(always)]
    fn of(&self, n: u32) -> f64 {
        self.0.get(n as usize).copied().unwrap_or_else(|| f64::from(n).ln())
    }

    /// ln n of a count below [`TABLE`].
    #[inline(always)]
    fn of_small(&self, n: u32) -> f64 {
        self.0[n as usize % TABLE]
    }
}

/// The sum of counts, which is known to fit because it is the number of values.
#[inline(always)]
pub(crate) fn total(counts: &[u32]) -> u32 {
    counts.iter().sum()
}

/// The entropy of a histogram with at least one count.
#[inline(always)]
pub(crate) fn entropy(counts: &[u32]) -> f64 {
    let ln = Ln::new();
    let total = total(counts);
    let ln_total = ln.of(total);
    sum(counts, |n| f64::from(n) * (ln_total - ln.of(n))) / f64::from(total)
}

/// The sum of `term` over counts, block by block.
#[inline(always)]
pub(crate) fn sum(counts: &[u32], term: impl Fn(u32) -> f64) -> f64 {
    counts.chunks(BLOCK).map(|block| block.iter().map(|&n| term(n)).sum::<f64>()).sum()
}

/// `H(X|Y) = 1/N  sum  n (ln n_y - ln n)`. No term is negative; all are 0 if y determines x.
pub(crate) fn entropy_given_columns(table: &[u32], columns: &[u32]) -> f64 {
    let ln = Ln::new();
    let term = |(&n, &n_y): (&u32, &u32)| f64::from(n) * (ln.of(n_y) - ln.of(n));
    let row_sum = |row: &[u32]| row.iter().zip(columns).map(term).sum::<f64>();
    table.chunks_exact(columns.len()).map(row_sum).sum::<f64>() / f64::from(total(columns))
}

/// `H(Y|X) = 1/N  sum  n (ln n_x - ln n)`. No term is negative; all are 0 if x determines y.
pub(crate) fn entropy_given_rows(table: &[u32], rows: &[u32]) -> f64 {
    let ln = Ln::new();
    let row_sum = |(row, &n_x): (&[u32], &u32)| {
        let ln_x = ln.of(n_x);
        row.iter().map(|&n| f64::from(n) * (ln_x - ln.of(n))).sum::<f64>()
    };
    let cells = table.chunks_exact(table.len() / rows.len());
    cells.zip(rows).map(row_sum).sum::<f64>() / f64::from(total(rows))
}

/// `ln(n N / (n_x n_y))`, exactly 0 if `n N = n_x n_y`.
pub(crate) fn pointwise(n: u32, n_x: u32, n_y: u32, total: u32) -> f64 {
    if u64::from(n) * u64::from(total) == u64::from(n_x) * u64::from(n_y) {
        return 0.0;
    }
    let ln = Ln::new();
    (ln.of(n) + ln.of(total)) - (ln.of(n_x) + ln.of(n_y))
}

/// The mutual information of a row-major table with row sums `rows` and column sums `columns`.
///
/// `ln_columns` is overwritten; it has a number for each column. The result is cut to 0..=min(H(X),
/// H(Y)), which rounding could exceed.
#[inline(always)]
pub(crate) fn mutual_information(
    table: &[u32],
    rows: &[u32],
    columns: &[u32],
    ln_columns: &mut [f64],
) -> f64 {
    let ln = Ln::new();
    for (ln_y, &n_y) in ln_columns.iter_mut().zip(columns) {
        *ln_y = ln.of(n_y);
    }
    let total = total(rows);
    let sum = if (total as usize) < TABLE {
        sum_of_terms(table, rows, columns, ln_columns, |n| ln.of_small(n))
    } else {
        sum_of_terms(table, rows, columns, ln_columns, |n| ln.of(n))
    };
    (sum / f64::from(total)).clamp(0.0, entropy(rows).min(entropy(columns)))
}

/// The sum over rows of the sum over cells of the terms of I(X;Y).
///
/// An empty cell adds 0, which changes no sum. There is no branch for each empty cell: it would be
/// hard to predict, and a mispredicted branch costs more than the term.
#[inline(always)]
fn sum_of_terms(
    table: &[u32],
    rows: &[u32],
    columns: &[u32],
    ln_columns: &[f64],
    ln: impl Fn(u32) -> f64,
) -> f64 {
    let total = total(rows);
    let ln_total = ln(total);
    let (column_spans, columns_left) = columns.as_chunks::<SPAN>();
    let (ln_spans, ln_left) = ln_columns.as_chunks::<SPAN>();
    let mut sum = 0.0;
    for (row, &n_x) in table.chunks_exact(columns.len()).zip(rows) {
        let ln_x = ln(n_x);
        let term = |n: u32, ln_n: f64, n_y: u32, ln_y: f64| {
            let independent = u64::from(n) * u64::from(total) == u64::from(n_x) * u64::from(n_y);
            let term = f64::from(n) * ((ln_n + ln_total) - (ln_x + ln_y));
            if independent { 0.0 } else { term }
        };
        let mut row_sum = 0.0;
        let (spans, left) = row.as_chunks::<SPAN>();
        for ((cells, columns), ln_columns) in spans.iter().zip(column_spans).zip(ln_spans) {
            if cells.iter().fold(0, |any, &n| any | n) == 0 {
                continue;
            }
            let ln_cells = cells.map(&ln);
            let mut terms = [0.0; SPAN];
            for j in 0..SPAN {
                terms[j] = term(cells[j], ln_cells[j], columns[j], ln_columns[j]);
            }
            for term in terms {
                row_sum += term;
            }
        }
        for ((&n, &n_y), &ln_y) in left.iter().zip(columns_left).zip(ln_left) {
            row_sum += term(n, ln(n), n_y, ln_y);
        }
        sum += row_sum;
    }
    sum
}

/// Row and column sums of a row-major table of `rows.len()` by `columns.len()`.
#[inline(always)]
pub(crate) fn marginals(table: &[u32], rows: &mut [u32], columns: &mut [u32]) {
    columns.fill(0);
    for (row, n_x) in table.chunks_exact(columns.len()).zip(rows) {
        *n_x = total(row);
        for (n_y, &n) in columns.iter_mut().zip(row) {
            *n_y += n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_the_same_inside_and_outside_the_table() {
        let ln = Ln::new();
        let table = TABLE as u32;
        for n in [1, 2, table - 1, table, table + 1, u32::MAX] {
            assert_eq!(ln.of(n), f64::from(n).ln());
        }
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        // 2^31 values in one cell of the diagonal and one less in the other: N is u32::MAX.
        let (a, b) = (1 << 31, (1 << 31) - 1);
        let mi = mutual_information(&[a, 0, 0, b], &[a, b], &[a, b], &mut [0.0; 2]);
        assert!((mi - 2.0_f64.ln()).abs() < 1e-14, "{mi}");
    }
}
