//! Entropy and mutual information of counts, in nats.
//!
//! With `n` the count of a cell, `n_x` and `n_y` the sums of its row and column and `N` the total:
//!
//! ```text
//! H(X)   = 1/N  sum  n_x (ln N - ln n_x)
//! I(X;Y) = 1/N  sum  n ((ln n + ln N) - (ln n_x + ln n_y))
//! ```
//!
//! No term of an entropy is negative. A cell with `n N = n_x n_y`, compared in integers, contributes
//! exactly zero, so a product-shaped table has exactly zero information.
//!
//! The order is fixed: a sum for each row (for an entropy, each [`BLOCK`] of counts), then the sum of
//! those. A term is accurate to a few roundings of ln N and the weights `n/N` add up to 1, so the
//! error stays within about (rows + columns) roundings of ln N: below 1e-12 up to 256 bins.

use std::sync::LazyLock;

/// Counts below this are looked up: enough for images of 128 x 128.
const TABLE: u32 = 1 << 14;

/// Counts of an entropy that are summed on their own first.
const BLOCK: usize = 256;

/// ln n, with 0 in place of ln 0 (which is only ever multiplied by a count of 0).
struct Ln(&'static [f64]);

impl Ln {
    fn new() -> Self {
        static LN: LazyLock<Vec<f64>> = LazyLock::new(|| {
            (0..=TABLE).map(|n| if n == 0 { 0.0 } else { f64::from(n).ln() }).collect()
        });
        Self(&LN)
    }

    /// The same value whether it was in the table or not.
    fn of(&self, n: u32) -> f64 {
        self.0.get(n as usize).copied().unwrap_or_else(|| f64::from(n).ln())
    }
}

/// The sum of counts that are known to fit, because the values were counted first.
fn total(counts: &[u32]) -> u32 {
    counts.iter().sum()
}

/// Entropy of a histogram with at least one count.
pub(crate) fn entropy(counts: &[u32]) -> f64 {
    let ln = Ln::new();
    let total = total(counts);
    let ln_total = ln.of(total);
    let sum: f64 = counts
        .chunks(BLOCK)
        .map(|block| block.iter().map(|&n| f64::from(n) * (ln_total - ln.of(n))).sum::<f64>())
        .sum();
    sum / f64::from(total)
}

/// Mutual information of a row-major table whose row sums are `rows` and column sums `columns`.
///
/// Rounding cannot take the result outside the bounds of the quantity, 0 to min(H(X), H(Y)).
pub(crate) fn mutual_information(table: &[u32], rows: &[u32], columns: &[u32]) -> f64 {
    let ln = Ln::new();
    let total = total(rows);
    let ln_total = ln.of(total);
    let mut sum = 0.0;
    for (row, &n_x) in table.chunks_exact(columns.len()).zip(rows) {
        let ln_x = ln.of(n_x);
        let mut row_sum = 0.0;
        for (&n, &n_y) in row.iter().zip(columns) {
            if n == 0 {
                continue;
            }
            let independent = u64::from(n) * u64::from(total) == u64::from(n_x) * u64::from(n_y);
            let term = f64::from(n) * ((ln.of(n) + ln_total) - (ln_x + ln.of(n_y)));
            row_sum += if independent { 0.0 } else { term };
        }
        sum += row_sum;
    }
    (sum / f64::from(total)).clamp(0.0, entropy(rows).min(entropy(columns)))
}

/// Row and column sums of a row-major table of `rows.len()` by `columns.len()`.
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
        for n in [1, 2, TABLE - 1, TABLE, TABLE + 1, u32::MAX] {
            assert_eq!(ln.of(n), f64::from(n).ln());
        }
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        // 2^31 values on each cell of a diagonal, less one: N is u32::MAX.
        let (a, b) = (1 << 31, (1 << 31) - 1);
        let mi = mutual_information(&[a, 0, 0, b], &[a, b], &[a, b]);
        assert!((mi - 2.0_f64.ln()).abs() < 1e-14, "{mi}");
    }
}
