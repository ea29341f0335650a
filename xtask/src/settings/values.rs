//! Setting values that need a spelling of their own, the same in flags and configuration files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The first entry of a list that occurs again.
pub fn repeated<T: PartialEq>(list: &[T]) -> Option<&T> {
    list.iter().enumerate().find(|(i, entry)| list[i + 1..].contains(entry)).map(|(_, entry)| entry)
}

/// An upper limit: `none`, or a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit(pub Option<f64>);

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(limit) => limit.fmt(f),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match (s, s.parse()) {
            ("none", _) => Ok(Limit(None)),
            (_, Ok(limit)) => Ok(Limit(Some(limit))),
            _ => Err(format!("invalid limit `{s}`: expected `none` or a number")),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => serializer.serialize_str("none"),
            Some(limit) => serializer.serialize_f64(limit),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Number(f64),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Number(limit) => Ok(Limit(Some(limit))),
            Raw::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

/// Seeds: a half-open range as `0..4`, a closed one as `0..=4`, or a list as `0,3,7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "invalid seeds `{s}`: expected 0..4 (0 to 3), 0..=4 or 0,3,7, each once, at most \
                 {MOST_SEEDS}"
            )
        };
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| refused());
        let seeds: Vec<u64> = match s.split_once("..") {
            Some((first, last)) => {
                let (first, end) = match last.strip_prefix('=') {
                    Some(last) => (number(first)?, number(last)?.saturating_add(1)),
                    None => (number(first)?, number(last)?),
                };
                (first..end).take(MOST_SEEDS + 1).collect()
            }
            None => s.split(',').map(number).collect::<Result<_, _>>()?,
        };
        let is_repeated = repeated(&seeds).is_some();
        if seeds.is_empty() || seeds.len() > MOST_SEEDS || is_repeated {
            Err(refused())
        } else {
            Ok(Self(seeds))
        }
    }
}

/// An upper bound on runs that catches mistyped ranges.
const MOST_SEEDS: usize = 1000;

/// An upper bound on images that catches mistyped numbers.
const LARGEST_COUNT: usize = 1_000_000_000;

/// How many images: `all`, or the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    All,
    Images(usize),
}

impl Count {
    /// The number of images out of `available`.
    pub fn of(self, available: usize) -> usize {
        match self {
            Count::All => available,
            Count::Images(n) => n.min(available),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Count::All => f.write_str("all"),
            Count::Images(n) => n.fmt(f),
        }
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "all" => Ok(Count::All),
            _ => match s.parse() {
                Ok(n @ 1..=LARGEST_COUNT) => Ok(Count::Images(n)),
                _ => Err(format!(
                    "invalid number of images `{s}`: expected `all` or 1 to {LARGEST_COUNT}"
                )),
            },
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Count::All => serializer.serialize_str("all"),
            Count::Images(n) => serializer.serialize_u64(n as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Number(i64),
            Text(String),
        }
        let text = match Raw::deserialize(deserializer)? {
            Raw::Number(n) => n.to_string(),
            Raw::Text(text) => text,
        };
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_all_or_a_plausible_number() {
        assert_eq!("all".parse(), Ok(Count::All));
        assert_eq!("12".parse(), Ok(Count::Images(12)));
        for text in ["0", "-1", "", "some", "1.5", "1000000001", "18446744073709551615"] {
            assert!(text.parse::<Count>().is_err(), "{text:?} was accepted");
        }
        assert_eq!((Count::All.of(5), Count::Images(12).of(5), Count::Images(3).of(5)), (5, 5, 3));
    }

    #[test]
    fn seeds_are_a_range_or_a_list_without_repetition() {
        let seeds = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.0);
        assert_eq!(seeds("0..3"), Ok(vec![0, 1, 2]));
        assert_eq!(seeds("2..=3"), Ok(vec![2, 3]));
        assert_eq!(seeds("7"), Ok(vec![7]));
        assert_eq!(seeds("0, 5,2"), Ok(vec![0, 5, 2]));
        for text in ["", "3..3", "3..1", "0..", "..3", "1,1", "-1", "a", "0..99999999999"] {
            assert!(seeds(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_list_tells_the_first_entry_that_occurs_again() {
        assert_eq!(repeated(&[4, 8, 16, 32]), None);
        assert_eq!(repeated(&[4, 8, 16, 8]), Some(&8));
    }
}
