//! The ten classes.

use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// A class of STL-10, in the official order.
///
/// The official binaries number the classes from 1, the parquet mirror from 0. A label parses from
/// its [name](Self::name).
///
/// ```
/// use stl_data::Label;
///
/// assert_eq!(Label::from_official(7), Some(Label::Horse));
/// assert_eq!(Label::from_zero_based(6), Some(Label::Horse));
/// assert_eq!(Label::Horse.official(), 7);
/// assert_eq!(Label::Horse as usize, 6); // zero-based
/// assert_eq!("horse".parse::<Label>()?, Label::Horse);
/// # Ok::<(), stl_data::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Label {
    Airplane,
    Bird,
    Car,
    Cat,
    Deer,
    Dog,
    Horse,
    Monkey,
    Ship,
    Truck,
}

impl Label {
    /// Every class, in the official order.
    pub const ALL: [Self; 10] = [
        Self::Airplane,
        Self::Bird,
        Self::Car,
        Self::Cat,
        Self::Deer,
        Self::Dog,
        Self::Horse,
        Self::Monkey,
        Self::Ship,
        Self::Truck,
    ];

    /// The name as in the official `class_names.txt`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Airplane => "airplane",
            Self::Bird => "bird",
            Self::Car => "car",
            Self::Cat => "cat",
            Self::Deer => "deer",
            Self::Dog => "dog",
            Self::Horse => "horse",
            Self::Monkey => "monkey",
            Self::Ship => "ship",
            Self::Truck => "truck",
        }
    }

    /// The class of an official label byte, 1 to 10.
    pub fn from_official(value: u8) -> Option<Self> {
        Self::ALL.get(usize::from(value.checked_sub(1)?)).copied()
    }

    /// The class of a zero-based label, 0 to 9.
    pub fn from_zero_based(value: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(value).ok()?).copied()
    }

    /// The official label byte, 1 to 10.
    pub const fn official(self) -> u8 {
        self as u8 + 1
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Label {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|label| label.name() == name).ok_or_else(|| Error::Name {
            found: name.chars().take(40).collect(),
            what: "class",
            expected: "airplane, bird, car, cat, deer, dog, horse, monkey, ship, truck",
        })
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Label {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_convert_both_ways() {
        for (zero_based, label) in Label::ALL.into_iter().enumerate() {
            assert_eq!(Label::from_official(label.official()), Some(label));
            assert_eq!(Label::from_zero_based(zero_based as i64), Some(label));
            assert_eq!(label.to_string().parse::<Label>().unwrap(), label);
        }
    }

    #[test]
    fn values_outside_the_ten_classes_are_none() {
        for value in [0, 11, 255] {
            assert_eq!(Label::from_official(value), None);
        }
        for value in [-1, 10, i64::MIN, i64::MAX] {
            assert_eq!(Label::from_zero_based(value), None);
        }
        let name = "Horse".parse::<Label>();
        assert!(matches!(name, Err(Error::Name { what: "class", .. })));
    }
}
