//! Gray images with AVX2, in bands of 16 rows.
//!
//! Transposing bytes moves a quarter of what transposing `f32`s would, so the planes are
//! transposed first: 32 columns of a band are two 16 x 16 blocks, one in each half of 16 registers,
//! and four rounds of byte interleaving turn them into rows. A band of three planes is 4.6 KB and
//! stays in the first-level cache until its luma is written, whole rows in order.
//!
//! Code is compiled for AVX2 only where it is inlined into the vectorised call. A closure given to
//! `map` on an array is not, hence the loops and lists.

use std::{arch::x86_64::__m256i, hint::black_box};

use pulp::{NullaryFnOnce, cast, x86::V3};

use crate::{IMAGE_BYTES, SIDE, gray::luma::luma, image::CHANNELS};

/// Rows in a band and columns in a block: the bytes of half a register.
const BLOCK: usize = 16;
/// Columns in a register.
const WIDE: usize = 2 * BLOCK;

/// 32 whole columns of a plane, each cut into the six bands.
type Columns = [[[u8; BLOCK]; SIDE / BLOCK]; WIDE];

/// Converts one image; `out` is `[96, 96]`, which the callers have checked.
pub(crate) fn gray_image_into(simd: V3, official: &[u8; IMAGE_BYTES], out: &mut [f32]) {
    simd.vectorize(Gray { simd, official, out });
}

/// The arguments of the call that is compiled for AVX2.
struct Gray<'a> {
    simd: V3,
    official: &'a [u8; IMAGE_BYTES],
    out: &'a mut [f32],
}

impl NullaryFnOnce for Gray<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        prefetch(self.official);
        let planes = self.official.as_chunks().0.as_chunks().0.as_chunks().0.as_chunks::<3>().0;
        let mut rows = [[[[0; WIDE]; SIDE / WIDE]; BLOCK]; CHANNELS];
        for (band, out) in self.out.as_chunks_mut::<{ BLOCK * SIDE }>().0.iter_mut().enumerate() {
            for (plane, rows) in planes.iter().zip(&mut rows) {
                for (wide, columns) in plane.iter().enumerate() {
                    let block = transpose(self.simd, load(self.simd, columns, band));
                    for row in 0..BLOCK {
                        rows[row][wide] = cast(block[row]);
                    }
                }
            }
            let [red, green, blue] = &rows;
            let red = red.as_flattened().as_flattened();
            let green = green.as_flattened().as_flattened();
            let blue = blue.as_flattened().as_flattened();
            for (gray, ((&r, &g), &b)) in out.iter_mut().zip(red.iter().zip(green).zip(blue)) {
                *gray = luma(r, g, b);
            }
        }
    }
}

/// Reads a byte of every cache line in order. The hardware's prefetcher follows this; it does not
/// follow the order of the bands, whose first pass would wait for memory again and again.
#[inline(always)]
fn prefetch(official: &[u8; IMAGE_BYTES]) {
    black_box(official.iter().step_by(64).fold(0, |sum, byte| sum ^ byte));
}

/// Loads a band: column `i` into the lower half of register `i`, column `i + 16` into the upper.
#[inline(always)]
fn load(simd: V3, columns: &Columns, band: usize) -> [__m256i; BLOCK] {
    let mut registers = [cast([0_u8; WIDE]); BLOCK];
    for i in 0..BLOCK {
        // One `cast` of both would go through memory and wait there for two stores.
        let (lower, upper) = (cast(columns[i][band]), cast(columns[i + BLOCK][band]));
        registers[i] = simd.avx._mm256_set_m128i(upper, lower);
    }
    registers
}

/// Transposes the 16 x 16 bytes in the lower halves, and those in the upper halves.
#[inline(always)]
fn transpose(simd: V3, columns: [__m256i; BLOCK]) -> [__m256i; BLOCK] {
    riffle(simd, riffle(simd, riffle(simd, riffle(simd, columns))))
}

/// Interleaves the bytes of the first eight registers with those of the last eight: the top bit of
/// a byte's position becomes the lowest. Four such rounds on eight bits are a transpose.
#[rustfmt::skip] // keeps the pairs together
#[inline(always)]
fn riffle(simd: V3, t: [__m256i; BLOCK]) -> [__m256i; BLOCK] {
    let lo = |i: usize| simd.avx2._mm256_unpacklo_epi8(t[i], t[i + 8]);
    let hi = |i: usize| simd.avx2._mm256_unpackhi_epi8(t[i], t[i + 8]);
    [
        lo(0), hi(0), lo(1), hi(1), lo(2), hi(2), lo(3), hi(3),
        lo(4), hi(4), lo(5), hi(5), lo(6), hi(6), lo(7), hi(7),
    ]
}
