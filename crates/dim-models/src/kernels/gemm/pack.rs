//! Copies between images and the packed planes that [`super::tile`] works on.
//!
//! A packed channel is a sequence of image rows, `pitch` apart, with zeros outside the image: each
//! tap of the kernel is then a constant offset. For stride 2 each channel becomes four such planes,
//! one for each parity of row and column, and the taps are constant offsets in them too.

use std::mem::MaybeUninit;

use crate::kernels::simd::LINE;

/// The layout of an image, or of a block of its rows, in packed memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planes {
    /// Values from one row to the next.
    pub(crate) pitch: usize,
    /// Rows of one plane.
    pub(crate) rows: usize,
    /// Planes in a channel: 1, or 4 if rows and columns are split by parity.
    pub(crate) parities: usize,
}

impl Planes {
    /// Values in one plane.
    pub(crate) fn plane(&self) -> usize {
        self.pitch * self.rows
    }

    /// Values from one channel to the next. The last vector may run over the end of the planes. The
    /// number of cache lines is odd: the same place in many channels must not share a cache set.
    pub(crate) fn channel(&self) -> usize {
        odd_lines(self.parities * self.plane() + 2 * LINE)
    }

    /// Packs the image rows `first..first + rows` (zeros outside the image) of every channel of `x`
    /// `[channels, height, width]`. The image starts at column `left`.
    #[inline(always)]
    pub(crate) fn pack(
        &self,
        x: &[f32],
        (height, width): (usize, usize),
        first: isize,
        left: usize,
        packed: &mut [f32],
    ) {
        let plane = self.plane();
        let inside = |row: usize| {
            first
                .checked_add_unsigned(row)
                .and_then(|y| usize::try_from(y).ok())
                .filter(|&y| y < height)
        };
        for (x, packed) in
            x.chunks_exact(height * width).zip(packed.chunks_exact_mut(self.channel()))
        {
            if width == self.pitch
                && let (Some(from), Some(_)) = (inside(0), inside(self.rows - 1))
            {
                packed[..plane].copy_from_slice(&x[from * width..from * width + plane]);
            } else {
                for (row, to) in packed[..plane].chunks_exact_mut(self.pitch).enumerate() {
                    match inside(row) {
                        Some(y) => {
                            to[..left].fill(0.0);
                            to[left..left + width].copy_from_slice(&x[y * width..(y + 1) * width]);
                            to[left + width..].fill(0.0);
                        }
                        None => to.fill(0.0),
                    }
                }
            }
            packed[plane..].fill(0.0);
        }
    }

    /// Packs the image rows from `2 first` on of every channel, split by parity: plane `2 p + r`
    /// holds the rows of parity `p` and the columns of parity `r`.
    #[inline(always)]
    pub(crate) fn pack_parities(
        &self,
        x: &[f32],
        (height, width): (usize, usize),
        first: usize,
        packed: &mut [f32],
    ) {
        let plane = self.plane();
        for (x, packed) in
            x.chunks_exact(height * width).zip(packed.chunks_exact_mut(self.channel()))
        {
            let (pairs, rest) = packed.split_at_mut(4 * plane);
            rest.fill(0.0);
            for (parity, pair) in pairs.chunks_exact_mut(2 * plane).enumerate() {
                let (even, odd) = pair.split_at_mut(plane);
                let rows = even.chunks_exact_mut(self.pitch).zip(odd.chunks_exact_mut(self.pitch));
                for (row, (even, odd)) in rows.enumerate() {
                    let y = 2 * (first + row) + parity;
                    if y < height {
                        split_row(&x[y * width..(y + 1) * width], even, odd);
                    } else {
                        even.fill(0.0);
                        odd.fill(0.0);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn split_row(row: &[f32], even: &mut [f32], odd: &mut [f32]) {
    let pairs = even.len().min(row.len() / 2);
    for ((e, o), x) in even.iter_mut().zip(&mut *odd).zip(row.as_chunks::<2>().0) {
        (*e, *o) = (x[0], x[1]);
    }
    odd[pairs..].fill(0.0);
    even[pairs..].fill(0.0);
    if row.len() % 2 == 1 && pairs < even.len() {
        even[pairs] = row[row.len() - 1];
    }
}

/// Copies the first `width` of every `pitch` values to consecutive rows. Writes all of `rows`.
#[inline(always)]
pub(crate) fn unpack_rows(
    packed: &[f32],
    pitch: usize,
    width: usize,
    rows: &mut [MaybeUninit<f32>],
) {
    if pitch == width {
        rows.write_copy_of_slice(&packed[..rows.len()]);
    } else {
        for (to, from) in rows.chunks_exact_mut(width).zip(packed.chunks(pitch)) {
            to.write_copy_of_slice(&from[..width]);
        }
    }
}

/// Writes all of a row: even columns from `even`, odd columns from `odd`.
#[inline(always)]
pub(crate) fn join_row(even: &[f32], odd: &[f32], row: &mut [MaybeUninit<f32>]) {
    let (even, odd) = (&even[..row.len().div_ceil(2)], &odd[..row.len() / 2]);
    let (pairs, last) = row.as_chunks_mut::<2>();
    for ((pair, e), o) in pairs.iter_mut().zip(even).zip(odd) {
        pair[0].write(*e);
        pair[1].write(*o);
    }
    if let [last] = last {
        last.write(even[even.len() - 1]);
    }
}

/// `n` rounded up to an odd number of cache lines.
pub(crate) fn odd_lines(n: usize) -> usize {
    (n.div_ceil(LINE) | 1) * LINE
}
