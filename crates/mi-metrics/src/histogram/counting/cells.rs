//! Cell numbers of pixels, and counts of 16 bits: what both counters use.

use crate::simd::prefetch;

/// Pixels whose cell numbers are computed before the first is counted.
pub(crate) const CHUNK: usize = 4096;

/// Pixels that are counted before the 16-bit counts are added up: fewer than 2^16.
pub(crate) const DRAIN: usize = 15 * CHUNK;

/// Sets the start of the row of each pixel in a table of 16-bit counts.
#[inline(always)]
pub(crate) fn start_rows<V: Copy>(starts: &mut Vec<u16>, values: &[V], start: impl Fn(V) -> u16) {
    starts.resize(values.len(), 0);
    for (s, &v) in starts.iter_mut().zip(values) {
        *s = start(v);
    }
}

/// Counts each cell in one of the copies in turn, and fetches `MAPS` values of `next`
/// for each cell.
#[inline(always)]
pub(crate) fn add<const MAPS: usize, const LEN: usize, const COPIES: usize, V>(
    counts: &mut [[u16; LEN]; COPIES],
    cells: &[u16],
    next: &[V],
) {
    let mut add = |copy: usize, cell: u16| {
        let count = &mut counts[copy][usize::from(cell) % LEN];
        *count = count.wrapping_add(1);
    };
    let (groups, rest) = cells.as_chunks::<16>();
    for (i, group) in groups.iter().enumerate() {
        prefetch(next, 16 * MAPS * i, 16 * MAPS);
        for (j, &cell) in group.iter().enumerate() {
            add(j % COPIES, cell);
        }
    }
    for &cell in rest {
        add(0, cell);
    }
}
