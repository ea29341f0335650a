//! The four encoders of the study, as data.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// One of the four encoders. They differ in how their layers change the spatial size. Transposed
/// layers also start with weights that are 1.4 to 2 times smaller, as their fan-in is `9 c_out`.
///
/// Text: `Display` writes `A` to `D`; `FromStr` reads them in either case.
///
/// Source: Seo 2019.
///
/// ```
/// use dim_models::Case;
///
/// assert_eq!(Case::D.sizes(96), Some([96, 98, 100, 98, 96]));
/// assert_eq!("b".parse::<Case>()?, Case::B);
/// # Ok::<(), dim_models::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// Smaller latent: four convolutions without padding, 96 -> 88.
    A,
    /// Larger latent: four transposed convolutions, 96 -> 104.
    B,
    /// Same size: four convolutions with zero padding 1, 96 -> 96.
    C,
    /// Reversed autoencoder: two transposed convolutions, then two convolutions, 96 -> 100 -> 96.
    D,
}

/// The kind of a layer of an encoder: how a 3x3 layer with stride 1 changes the spatial size.
///
/// Away from the border all three compute the same function, with the kernel transposed and flipped
/// for [`Up`](LayerKind::Up):
/// [`DeepInfoMax::with_layers_of`](crate::DeepInfoMax::with_layers_of).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// Convolution without padding: 2 pixels smaller.
    Valid,
    /// Convolution with zero padding 1: the same size.
    Same,
    /// Transposed convolution without padding, which is a convolution with zero padding 2: 2 pixels
    /// larger.
    Up,
}

impl Case {
    /// The four cases in order.
    pub const ALL: [Case; 4] = [Case::A, Case::B, Case::C, Case::D];

    /// The four layers, first to last. Batch norm and ReLU follow the first three.
    ///
    /// ```
    /// use dim_models::{Case, LayerKind::{Up, Valid}};
    ///
    /// assert_eq!(Case::D.layers(), [Up, Up, Valid, Valid]);
    /// ```
    pub const fn layers(self) -> [LayerKind; 4] {
        use LayerKind::{Same, Up, Valid};
        match self {
            Case::A => [Valid; 4],
            Case::B => [Up; 4],
            Case::C => [Same; 4],
            Case::D => [Up, Up, Valid, Valid],
        }
    }

    /// The spatial size before the first layer and after each layer, for an input of `size` pixels;
    /// `None` if a layer would leave nothing.
    pub fn sizes(self, size: usize) -> Option<[usize; 5]> {
        let mut sizes = [size; 5];
        for (i, kind) in self.layers().into_iter().enumerate() {
            sizes[i + 1] = kind.output_size(sizes[i])?;
        }
        (size > 0).then_some(sizes)
    }

    /// The lower-case letter, for file names and flags.
    pub const fn id(self) -> &'static str {
        match self {
            Case::A => "a",
            Case::B => "b",
            Case::C => "c",
            Case::D => "d",
        }
    }

    /// The name of the case in the study, for example `smaller latent`.
    pub const fn description(self) -> &'static str {
        match self {
            Case::A => "smaller latent",
            Case::B => "larger latent",
            Case::C => "same size",
            Case::D => "reversed autoencoder",
        }
    }
}

impl LayerKind {
    /// Rows and columns of zeros on each side of the input of the layer as a convolution.
    pub(crate) const fn padding(self) -> usize {
        match self {
            LayerKind::Valid => 0,
            LayerKind::Same => 1,
            LayerKind::Up => 2,
        }
    }

    /// The spatial size after the layer, for an input of `size` pixels; `None` if nothing would be
    /// left.
    pub fn output_size(self, size: usize) -> Option<usize> {
        match self {
            LayerKind::Valid => size.checked_sub(2).filter(|&s| s > 0),
            LayerKind::Same => Some(size),
            LayerKind::Up => size.checked_add(2),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Case::A => "A",
            Case::B => "B",
            Case::C => "C",
            Case::D => "D",
        })
    }
}

impl FromStr for Case {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        Case::ALL.into_iter().find(|case| case.id().eq_ignore_ascii_case(s)).ok_or_else(|| {
            Error::UnknownName { kind: "case", found: s.to_owned(), expected: "a, b, c, d" }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_study() {
        assert_eq!(Case::A.sizes(96), Some([96, 94, 92, 90, 88]));
        assert_eq!(Case::B.sizes(96), Some([96, 98, 100, 102, 104]));
        assert_eq!(Case::C.sizes(96), Some([96; 5]));
        assert_eq!(Case::D.sizes(96), Some([96, 98, 100, 98, 96]));
    }

    #[test]
    fn an_image_that_is_too_small_has_no_sizes() {
        assert_eq!(Case::A.sizes(8), None);
        assert_eq!(Case::A.sizes(9), Some([9, 7, 5, 3, 1]));
        assert_eq!(Case::B.sizes(0), None);
    }

    #[test]
    fn names_parse_back_and_unknown_names_are_refused() {
        for case in Case::ALL {
            assert_eq!(case.id().parse::<Case>().unwrap(), case);
            assert_eq!(case.to_string().parse::<Case>().unwrap(), case);
        }
        assert!(matches!("e".parse::<Case>(), Err(Error::UnknownName { .. })));
    }
}
