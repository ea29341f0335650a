//! The centre of the maps of one image.

use crate::kernels::memory::{Buffer, Workspace};

/// Cuts the same number of rows and columns off each side of every channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crop {
    /// Height and width before.
    pub(super) size: (usize, usize),
    /// Rows or columns off each side.
    pub(super) cut: usize,
}

impl Crop {
    /// Height and width after.
    pub(super) fn inner(self) -> (usize, usize) {
        (self.size.0 - 2 * self.cut, self.size.1 - 2 * self.cut)
    }

    /// The centre of `x`: `x` itself if nothing is cut off.
    pub(super) fn centre(self, on: &Workspace, x: Buffer) -> Buffer {
        if self.cut == 0 {
            return x;
        }
        let (height, width) = self.inner();
        let mut inner = on.zeros(x.len() / (self.size.0 * self.size.1) * height * width);
        let channels = x.chunks_exact(self.size.0 * self.size.1);
        for (x, inner) in channels.zip(inner.chunks_exact_mut(height * width)) {
            let rows = x.chunks_exact(self.size.1).skip(self.cut);
            for (row, inner) in rows.zip(inner.chunks_exact_mut(width)) {
                inner.copy_from_slice(&row[self.cut..self.cut + width]);
            }
        }
        inner
    }

    /// `inner` with zeros around it: the gradient of [`Self::centre`].
    pub(super) fn surrounded(self, on: &Workspace, inner: Buffer) -> Buffer {
        if self.cut == 0 {
            return inner;
        }
        let (height, width) = self.inner();
        let mut x = on.zeros(inner.len() / (height * width) * self.size.0 * self.size.1);
        let channels = x.chunks_exact_mut(self.size.0 * self.size.1);
        for (x, inner) in channels.zip(inner.chunks_exact(height * width)) {
            let rows = x.chunks_exact_mut(self.size.1).skip(self.cut);
            for (row, inner) in rows.zip(inner.chunks_exact(width)) {
                row[self.cut..self.cut + width].copy_from_slice(inner);
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::Isa;

    #[test]
    fn the_centre_surrounded_again_has_zeros_where_it_was_cut() {
        let on = Workspace::new(Isa::detect());
        let crop = Crop { size: (4, 5), cut: 1 };
        let mut x = on.zeros(2 * 20);
        x.iter_mut().zip(1_u8..).for_each(|(x, i)| *x = i.into());
        let inner = crop.centre(&on, x);
        assert_eq!(inner[..], [7., 8., 9., 12., 13., 14., 27., 28., 29., 32., 33., 34.]);
        let x = crop.surrounded(&on, inner);
        for (i, &x) in x.iter().enumerate() {
            let (row, column) = (i / 5 % 4, i % 5);
            let inside = (1..3).contains(&row) && (1..4).contains(&column);
            assert_eq!(x, if inside { (i + 1) as f32 } else { 0.0 }, "value {i}");
        }
    }

    #[test]
    fn nothing_cut_is_the_same_memory() {
        let on = Workspace::new(Isa::detect());
        let crop = Crop { size: (3, 3), cut: 0 };
        let x = on.zeros(9);
        let at = x.as_ptr();
        assert_eq!(crop.surrounded(&on, crop.centre(&on, x)).as_ptr(), at);
    }
}
