//! Counting joint bins.
//!
//! A cell is counted by adding 1 to memory, which a CPU can do about once a cycle as long as it need not
//! wait: for the cell's number, or for the last addition to the same cell. So the numbers of a chunk of
//! pixels are computed first, in vectors, and neighbouring pixels, which often share a cell, are
//! counted in different copies of the table, added up at the end. With few bins two maps are counted
//! at once ([`TwoMapCounter`]).

mod two_maps;

use crate::simd::prefetch;
pub(crate) use two_maps::TwoMapCounter;

/// Pixels whose cells are numbered before any of them is counted.
const CHUNK: usize = 4096;

/// Copies of a table of up to 64 x 64 cells.
const COPIES: usize = 4;

/// Pixels counted before 16-bit counts are added up: fewer than 2^16.
const DRAIN: usize = 15 * CHUNK;

/// Counts one array (the rows of the table) jointly with others, one after another.
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
    /// Up to `MAX_BINS` squared: where the row of each pixel starts in the table.
    Large(Vec<u32>),
}

impl JointCounter {
    /// For tables of `bins_x` rows and `bins_y` columns; rows are set next.
    pub(crate) fn new(bins_x: usize, bins_y: usize) -> Self {
        let cells = match bins_x * bins_y {
            0..=512 => Cells::Small(Box::new(Copies::new())),
            513..=4096 => Cells::Medium(Box::new(Copies::new())),
            _ => Cells::Large(Vec::new()),
        };
        Self { bins_y, table: vec![0; bins_x * bins_y], cells }
    }

    /// Takes the row of each pixel.
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

    /// The row-major table of the rows with the columns of `values`, one for each pixel.
    ///
    /// `next` are the values that will be asked for next, or none.
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

    /// The last table counted.
    pub(crate) fn into_table(self) -> Vec<u32> {
        self.table
    }
}

/// Copies of a table with room for `LEN` cells, a power of two: `cell % LEN` needs no bounds check.
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

/// Takes where the row of each pixel starts in a table of 16-bit counts.
#[inline(always)]
fn start_rows<V: Copy>(starts: &mut Vec<u16>, values: &[V], start: impl Fn(V) -> u16) {
    starts.resize(values.len(), 0);
    for (s, &v) in starts.iter_mut().zip(values) {
        *s = start(v);
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

/// Counts each cell in one of the copies in turn, meanwhile fetching values that are needed next:
/// `MAPS` for each cell.
#[inline(always)]
fn add<const MAPS: usize, const LEN: usize, const COPIES: usize, V>(
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
