//! The four passes over the maps of one image.

use std::mem::MaybeUninit;

use super::Maps;
use crate::kernels::simd::{LINE, Simd, WithSimd};

/// Values that are summed in f32; their sums are added in f64.
const CHUNK: usize = 4096;

/// `scale x + shift`: the normalisation of a channel with its trained scale and shift.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) scale: f32,
    pub(super) shift: f32,
}

/// The term that the moments of a channel add to `dx`: `by_x (x - mean) + constant`.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    pub(super) mean: f32,
    pub(super) by_x: f32,
    pub(super) constant: f32,
}

/// The last values of a row, which do not fill a vector, and `fill` after them.
#[inline(always)]
fn padded(values: &[f32], fill: f32) -> [f32; LINE] {
    let mut line = [fill; LINE];
    line[..values.len()].copy_from_slice(values);
    line
}

/// Sums of `x - pivot` and of its square for each channel of an image.
pub(super) struct MomentSums<'a> {
    pub(super) maps: Maps,
    pub(super) pivots: &'a [f32],
    pub(super) x: &'a [f32],
}

impl WithSimd for MomentSums<'_> {
    type Output = Vec<[f64; 2]>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<[f64; 2]> {
        let mut all = Vec::with_capacity(self.maps.channels);
        for (x, &pivot) in self.x.chunks_exact(self.maps.area).zip(self.pivots) {
            let p = simd.splat(pivot);
            let mut total = [0.0; 2];
            for x in x.chunks(CHUNK) {
                let mut sums = [simd.splat(0.0); 4];
                let mut squares = [simd.splat(0.0); 4];
                let mut blocks = x.chunks_exact(4 * S::LANES);
                for x in &mut blocks {
                    for v in 0..4 {
                        let d = simd.sub(simd.load(&x[v * S::LANES..]), p);
                        sums[v] = simd.add(sums[v], d);
                        squares[v] = simd.mul_add(d, d, squares[v]);
                    }
                }
                for x in blocks.remainder().chunks(S::LANES) {
                    let d = simd.sub(simd.load(&padded(x, pivot)), p);
                    sums[0] = simd.add(sums[0], d);
                    squares[0] = simd.mul_add(d, d, squares[0]);
                }
                total[0] += f64::from(fold(simd, sums));
                total[1] += f64::from(fold(simd, squares));
            }
            all.push(total);
        }
        all
    }
}

#[inline(always)]
fn fold<S: Simd>(simd: S, v: [S::F32s; 4]) -> f32 {
    simd.sum(simd.add(simd.add(v[0], v[1]), simd.add(v[2], v[3])))
}

pub(super) struct Forward<'a> {
    pub(super) maps: Maps,
    pub(super) lines: &'a [Line],
    pub(super) x: &'a [f32],
    pub(super) y: &'a mut [MaybeUninit<f32>],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let area = self.maps.area;
        let planes = self.y.chunks_exact_mut(area).zip(self.x.chunks_exact(area));
        let zero = simd.splat(0.0);
        for ((y, x), line) in planes.zip(self.lines) {
            let (scale, shift) = (simd.splat(line.scale), simd.splat(line.shift));
            let mut y = y.chunks_exact_mut(S::LANES);
            let mut x = x.chunks_exact(S::LANES);
            for (y, x) in (&mut y).zip(&mut x) {
                simd.write(y, simd.max(simd.mul_add(simd.load(x), scale, shift), zero));
            }
            let mut last = padded(x.remainder(), 0.0);
            let value = simd.max(simd.mul_add(simd.load(&last), scale, shift), zero);
            simd.store(&mut last, value);
            let y = y.into_remainder();
            y.write_copy_of_slice(&last[..y.len()]);
        }
    }
}

/// Sums of `g` and of `g (x - mean)` for each channel of an image.
pub(super) struct GradSums<'a> {
    pub(super) maps: Maps,
    pub(super) lines: &'a [Line],
    pub(super) mean: &'a [f32],
    pub(super) x: &'a [f32],
    pub(super) dy: &'a [f32],
}

impl WithSimd for GradSums<'_> {
    type Output = Vec<[f64; 2]>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<[f64; 2]> {
        let area = self.maps.area;
        let mut all = Vec::with_capacity(self.maps.channels);
        let planes = self.x.chunks_exact(area).zip(self.dy.chunks_exact(area));
        for ((x, dy), (line, &mean)) in planes.zip(self.lines.iter().zip(self.mean)) {
            let (scale, shift) = (simd.splat(line.scale), simd.splat(line.shift));
            let m = simd.splat(mean);
            let mut total = [0.0; 2];
            for (x, dy) in x.chunks(CHUNK).zip(dy.chunks(CHUNK)) {
                let mut sums = [simd.splat(0.0); 4];
                let mut products = [simd.splat(0.0); 4];
                let mut xs = x.chunks_exact(4 * S::LANES);
                let mut dys = dy.chunks_exact(4 * S::LANES);
                for (x, dy) in (&mut xs).zip(&mut dys) {
                    for v in 0..4 {
                        let x = simd.load(&x[v * S::LANES..]);
                        let y = simd.mul_add(x, scale, shift);
                        let g = simd.where_positive(y, simd.load(&dy[v * S::LANES..]));
                        sums[v] = simd.add(sums[v], g);
                        products[v] = simd.mul_add(g, simd.sub(x, m), products[v]);
                    }
                }
                let rest = xs.remainder().chunks(S::LANES).zip(dys.remainder().chunks(S::LANES));
                for (x, dy) in rest {
                    let x = simd.load(&padded(x, mean));
                    let y = simd.mul_add(x, scale, shift);
                    let g = simd.where_positive(y, simd.load(&padded(dy, 0.0)));
                    sums[0] = simd.add(sums[0], g);
                    products[0] = simd.mul_add(g, simd.sub(x, m), products[0]);
                }
                total[0] += f64::from(fold(simd, sums));
                total[1] += f64::from(fold(simd, products));
            }
            all.push(total);
        }
        all
    }
}

pub(super) struct Backward<'a> {
    pub(super) maps: Maps,
    pub(super) lines: &'a [Line],
    pub(super) slopes: &'a [Slope],
    pub(super) x: &'a [f32],
    pub(super) dy: &'a [f32],
    pub(super) dx: &'a mut [MaybeUninit<f32>],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let area = self.maps.area;
        let planes = self.x.chunks_exact(area).zip(self.dy.chunks_exact(area));
        let planes = self.dx.chunks_exact_mut(area).zip(planes);
        for ((dx, (x, dy)), (line, slope)) in planes.zip(self.lines.iter().zip(self.slopes)) {
            let one = BackwardLine {
                scale: simd.splat(line.scale),
                shift: simd.splat(line.shift),
                mean: simd.splat(slope.mean),
                by_x: simd.splat(slope.by_x),
                constant: simd.splat(slope.constant),
            };
            let mut dx = dx.chunks_exact_mut(S::LANES);
            let mut x = x.chunks_exact(S::LANES);
            let mut dy = dy.chunks_exact(S::LANES);
            for ((dx, x), dy) in (&mut dx).zip(&mut x).zip(&mut dy) {
                simd.write(dx, one.dx(simd, simd.load(x), simd.load(dy)));
            }
            let mut last = padded(x.remainder(), 0.0);
            let value = one.dx(simd, simd.load(&last), simd.load(&padded(dy.remainder(), 0.0)));
            simd.store(&mut last, value);
            let dx = dx.into_remainder();
            dx.write_copy_of_slice(&last[..dx.len()]);
        }
    }
}

/// The constants of one channel, in registers.
struct BackwardLine<S: Simd> {
    scale: S::F32s,
    shift: S::F32s,
    mean: S::F32s,
    by_x: S::F32s,
    constant: S::F32s,
}

impl<S: Simd> BackwardLine<S> {
    #[inline(always)]
    fn dx(&self, simd: S, x: S::F32s, dy: S::F32s) -> S::F32s {
        let g = simd.where_positive(simd.mul_add(x, self.scale, self.shift), dy);
        let moments = simd.mul_add(simd.sub(x, self.mean), self.by_x, self.constant);
        simd.mul_add(g, self.scale, moments)
    }
}
