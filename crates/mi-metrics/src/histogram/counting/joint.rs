//! Counting of an image with one map at a time.

use super::cells::{CHUNK, DRAIN, add, start_rows};

/// Copies of a table of up to 64 x 64 cells.
const COPIES: usize = 4;

/// Counts the pairs of one array (the rows of the table) with other arrays, one after another.
pub(crate) struct JointCounter {
    bins_y: usize,
    table: Vec<u32>,
    cells: Cells,
}

enum Cells {
    /// Up to 22 x 22 bins.
    Small(Box<Copies<512>>),
    /// Up to 64 x 64 bins.
    Medium(Box<Copies<4096>>),
    /// Up to `MAX_BINS` squared. Holds the start of the row of each pixel in the table.
    Large(Vec<u32>),
}

impl JointCounter {
    /// A counter for tables of `bins_x` rows and `bins_y` columns; call `set_rows` next.
    pub(crate) fn new(bins_x: usize, bins_y: usize) -> Self {
        let cells = match bins_x * bins_y {
            0..=512 => Cells::Small(Box::new(Copies::new())),
            513..=4096 => Cells::Medium(Box::new(Copies::new())),
            _ => Cells::Large(Vec::new()),
        };
        Self { bins_y, table: vec![0; bins_x * bins_y], cells }
    }

    /// Sets the row of each pixel.
    #[inline(always)]
    pub(crate) fn set_rows<V: Copy>(&mut self, values: &[V], row: impl Fn(V) -> u16) {
        let bins_y = self.bins_y;
        match &mut self.cells {
            Cells::Small(copies) => copies.set_rows(values, bins_y, row),
            Cells::Medium(copies) => copies.set_rows(values, bins_y, row),
            Cells::Large(starts) => {
                starts.clear();
                starts.extend(values.iter().map(|&v| u32::from(row(v)) * bins_y as u32));
            }
        }
    }

    /// The row-major table of the rows with the columns of `values`, one value for each pixel.
    ///
    /// `next` are the values of the next call, if they are known, so that they can be
    /// fetched early.
    #[inline(always)]
    pub(crate) fn count<V: Copy>(
        &mut self,
        values: &[V],
        next: &[V],
        column: impl Fn(V) -> u16,
    ) -> &[u32] {
        let table = &mut self.table;
        table.fill(0);
        match &mut self.cells {
            Cells::Small(copies) => copies.count(values, next, column, table),
            Cells::Medium(copies) => copies.count(values, next, column, table),
            Cells::Large(starts) => {
                let mut cells = [0; CHUNK];
                for (starts, values) in starts.chunks(CHUNK).zip(values.chunks(CHUNK)) {
                    let cells = &mut cells[..values.len()];
                    for ((cell, &start), &v) in cells.iter_mut().zip(starts).zip(values) {
                        *cell = start.wrapping_add(column(v).into());
                    }
                    for &cell in &*cells {
                        table[cell as usize] += 1;
                    }
                }
            }
        }
        table
    }

    /// The table that was counted last.
    pub(crate) fn into_table(self) -> Vec<u32> {
        self.table
    }
}

/// Copies of a table with room for `LEN` cells, a power of two, so that `cell % LEN` needs no
/// bounds check.
struct Copies<const LEN: usize> {
    starts: Vec<u16>,
    cells: [u16; CHUNK],
    counts: [[u16; LEN]; COPIES],
}

impl<const LEN: usize> Copies<LEN> {
    fn new() -> Self {
        Self { starts: Vec::new(), cells: [0; CHUNK], counts: [[0; LEN]; COPIES] }
    }

    #[inline(always)]
    fn set_rows<V: Copy>(&mut self, values: &[V], bins_y: usize, row: impl Fn(V) -> u16) {
        start_rows(&mut self.starts, values, |v| row(v).wrapping_mul(bins_y as u16));
    }

    #[inline(always)]
    fn count<V: Copy>(
        &mut self,
        values: &[V],
        next: &[V],
        column: impl Fn(V) -> u16,
        table: &mut [u32],
    ) {
        let mut done = 0;
        for (starts, values) in self.starts.chunks(CHUNK).zip(values.chunks(CHUNK)) {
            let cells = &mut self.cells[..values.len()];
            for ((cell, &start), &v) in cells.iter_mut().zip(starts).zip(values) {
                *cell = start.wrapping_add(column(v));
            }
            add::<1, _, _, _>(&mut self.counts, cells, next.get(done..).unwrap_or_default());
            done += values.len();
            if done.is_multiple_of(DRAIN) {
                drain(&mut self.counts, table);
            }
        }
        drain(&mut self.counts, table);
    }
}

/// Moves the counts of all copies into the table.
#[inline(always)]
fn drain<const LEN: usize>(counts: &mut [[u16; LEN]; COPIES], table: &mut [u32]) {
    let [a, b, c, d] = counts;
    for ((((sum, a), b), c), d) in table.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *sum += u32::from(*a) + u32::from(*b) + u32::from(*c) + u32::from(*d);
        (*a, *b, *c, *d) = (0, 0, 0, 0);
    }
}
