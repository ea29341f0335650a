//! Counting of an image with two maps at a time, in a table of three dimensions.
//!
//! The additions to memory limit the speed of counting. With few bins, a table over the bins of the
//! image and of two maps still fits in the first-level cache, and one addition counts a pixel for
//! both maps. The two joint tables are its sums over either map.

use super::cells::{CHUNK, DRAIN, add, start_rows};

/// The most bins: 20 x 20 x 20 counts of 16 bits are 16 kB.
const MOST_BINS: usize = 20;

/// Room for the cells, a power of two, so that `cell % ROOM` needs no bounds check.
const ROOM: usize = 8192;

/// Fewer than in two dimensions: neighbouring pixels have the same cell less often.
const COPIES: usize = 2;

/// Counts the pairs of one array (the rows of the tables) with two maps at a time.
pub(crate) struct TwoMapCounter {
    bins: usize,
    starts: Vec<u16>,
    cells: [u16; CHUNK],
    /// `[row][bin of the first map][bin of the second]`, each side [`MOST_BINS`] long.
    counts: [[u16; ROOM]; COPIES],
    tables: [Vec<u32>; 2],
}

impl TwoMapCounter {
    /// A counter for tables of `bins` x `bins`, or `None` above [`MOST_BINS`]; call
    /// `set_rows` next.
    pub(crate) fn new(bins: usize) -> Option<Box<Self>> {
        (bins <= MOST_BINS).then(|| {
            Box::new(Self {
                bins,
                starts: Vec::new(),
                cells: [0; CHUNK],
                counts: [[0; ROOM]; COPIES],
                tables: [(); 2].map(|()| vec![0; bins * bins]),
            })
        })
    }

    /// Sets the row of each pixel.
    #[inline(always)]
    pub(crate) fn set_rows<V: Copy>(&mut self, values: &[V], row: impl Fn(V) -> u16) {
        let stride = (MOST_BINS * MOST_BINS) as u16;
        start_rows(&mut self.starts, values, |v| row(v).wrapping_mul(stride));
    }

    /// The row-major tables of the rows with the columns of each map, which have a value
    /// for each pixel.
    ///
    /// `next` are the values of the next call, if they are known, so that they can be
    /// fetched early.
    #[inline(always)]
    pub(crate) fn count<V: Copy>(
        &mut self,
        (first, first_bin): (&[V], impl Fn(V) -> u16),
        (second, second_bin): (&[V], impl Fn(V) -> u16),
        next: &[V],
    ) -> [&[u32]; 2] {
        self.tables.iter_mut().for_each(|table| table.fill(0));
        let mut done = 0;
        let pairs = first.chunks(CHUNK).zip(second.chunks(CHUNK));
        for (starts, (first, second)) in self.starts.chunks(CHUNK).zip(pairs) {
            let cells = &mut self.cells[..starts.len()];
            for ((cell, &start), (&a, &b)) in
                cells.iter_mut().zip(starts).zip(first.iter().zip(second))
            {
                let first = first_bin(a).wrapping_mul(MOST_BINS as u16);
                *cell = start.wrapping_add(first).wrapping_add(second_bin(b));
            }
            add::<2, _, _, _>(&mut self.counts, cells, next.get(2 * done..).unwrap_or_default());
            done += starts.len();
            if done.is_multiple_of(DRAIN) {
                drain(&mut self.counts, self.bins, &mut self.tables);
            }
        }
        drain(&mut self.counts, self.bins, &mut self.tables);
        self.tables.each_ref().map(Vec::as_slice)
    }
}

/// Moves the counts of both copies into the two tables.
#[inline(always)]
fn drain(counts: &mut [[u16; ROOM]; COPIES], bins: usize, tables: &mut [Vec<u32>; 2]) {
    let [a, b] = counts;
    let (a, b) = (a.as_chunks_mut::<MOST_BINS>().0, b.as_chunks_mut::<MOST_BINS>().0);
    let rows = a.as_chunks_mut::<MOST_BINS>().0.iter_mut().zip(b.as_chunks_mut::<MOST_BINS>().0);
    let [first, second] = tables;
    let tables = first.chunks_exact_mut(bins).zip(second.chunks_exact_mut(bins));
    for ((first, second), (a, b)) in tables.zip(rows) {
        let mut of_first = [0; MOST_BINS];
        let mut of_second = [0; MOST_BINS / 4];
        for i in 0..MOST_BINS {
            let (a, b) = (fours(&a[i]), fours(&b[i]));
            let mut sum = 0;
            for j in 0..MOST_BINS / 4 {
                let both = a[j] + b[j];
                of_second[j] += both;
                sum += both;
            }
            // The highest lane of the product is the sum of all four.
            of_first[i] = (sum.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32;
        }
        (*a, *b) = ([[0; MOST_BINS]; MOST_BINS], [[0; MOST_BINS]; MOST_BINS]);
        for (first, n) in first.iter_mut().zip(of_first) {
            *first += n;
        }
        for (second, n) in second.chunks_mut(4).zip(of_second) {
            for (lane, second) in second.iter_mut().enumerate() {
                *second += (n >> (16 * lane)) as u32 & 0xffff;
            }
        }
    }
}

/// Four counts in each word. They can be added as one number because no sum reaches 2^16.
#[inline(always)]
fn fours(counts: &[u16; MOST_BINS]) -> [u64; MOST_BINS / 4] {
    let mut words = [0; MOST_BINS / 4];
    for (word, &[a, b, c, d]) in words.iter_mut().zip(counts.as_chunks::<4>().0) {
        *word = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
    }
    words
}
