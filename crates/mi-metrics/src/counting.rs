//! Counting joint bins.

/// Tables of up to this many cells are counted in [`COPIES`] copies (32 KiB in all).
const SMALL_TABLE: usize = 2048;

/// Neighbouring pixels often share a cell, and an increment must wait for the last one to the same
/// address; going round several copies of the table, it rarely has to.
const COPIES: usize = 4;

/// A joint table under construction; reused for one map after another.
pub(crate) struct CellCounter {
    counts: Vec<u32>,
    cells: usize,
}

impl CellCounter {
    /// An empty table of `cells` cells: bins of x times bins of y, at most `MAX_BINS` squared.
    pub(crate) fn new(cells: usize) -> Self {
        let copies = if cells <= SMALL_TABLE { COPIES } else { 1 };
        Self { counts: vec![0; cells * copies], cells }
    }

    pub(crate) fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// Counts the cells `row_starts[i] + columns[i]`.
    pub(crate) fn add(&mut self, row_starts: &[u32], columns: &[u16]) {
        let cell = |row: u32, column: u16| (row + u32::from(column)) as usize;
        let (first, others) = self.counts.split_at_mut(self.cells);
        if others.is_empty() {
            for (&row, &column) in row_starts.iter().zip(columns) {
                first[cell(row, column)] += 1;
            }
            return;
        }
        let (row_chunks, row_tail) = row_starts.as_chunks::<COPIES>();
        let (column_chunks, column_tail) = columns.as_chunks::<COPIES>();
        let (second, others) = others.split_at_mut(self.cells);
        let (third, fourth) = others.split_at_mut(self.cells);
        for (r, c) in row_chunks.iter().zip(column_chunks) {
            first[cell(r[0], c[0])] += 1;
            second[cell(r[1], c[1])] += 1;
            third[cell(r[2], c[2])] += 1;
            fourth[cell(r[3], c[3])] += 1;
        }
        for (&row, &column) in row_tail.iter().zip(column_tail) {
            first[cell(row, column)] += 1;
        }
    }

    /// The finished table, row-major: the copies added up.
    pub(crate) fn finish(&mut self) -> &[u32] {
        let (first, others) = self.counts.split_at_mut(self.cells);
        for copy in others.chunks_exact(self.cells) {
            for (sum, &n) in first.iter_mut().zip(copy) {
                *sum += n;
            }
        }
        first
    }
}
