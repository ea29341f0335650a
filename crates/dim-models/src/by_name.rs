//! `serde` for the enums that have names.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{Alignment, Case, DeviceChoice, Objective, PriorMode};

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! parsed {
    ($($type:ident),+) => {$(

        /// From the text that [`FromStr`] accepts.
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
    )+};
}

macro_rules! displayed {
    ($($type:ident),+) => {$(
        /// As its [`Display`] text.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

parsed!(Alignment, Case, DeviceChoice, Objective, PriorMode);
displayed!(Alignment, DeviceChoice, Objective, PriorMode);

/// As its lower-case letter, [`Case::id`].
impl Serialize for Case {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::{Case, DeviceChoice, Objective, PriorMode};

    fn assert_written_as<T>(value: T, text: &str)
    where
        T: Serialize + DeserializeOwned + Display + PartialEq + Debug,
    {
        let json = format!("\"{text}\"");
        assert_eq!(value.to_string(), text);
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    }

    #[test]
    fn each_value_is_written_by_its_name_and_read_back() {
        for (case, json) in Case::ALL.into_iter().zip(["\"a\"", "\"b\"", "\"c\"", "\"d\""]) {
            assert_eq!(serde_json::to_string(&case).unwrap(), json);
            assert_eq!(serde_json::from_str::<Case>(json).unwrap(), case);
        }
        assert_written_as(Objective::Jsd, "jsd");
        assert_written_as(Objective::Dv, "dv");
        assert_written_as(Objective::InfoNce, "infonce");
        assert_written_as(PriorMode::Adversarial, "adversarial");
        assert_written_as(PriorMode::Cooperative, "cooperative");
        assert_written_as(DeviceChoice::Auto, "auto");
        assert_written_as(DeviceChoice::Cpu, "cpu");
        assert_written_as(DeviceChoice::Cuda(0), "cuda");
        assert_written_as(DeviceChoice::Cuda(3), "cuda:3");
        assert_written_as(DeviceChoice::Metal, "metal");
    }

    #[test]
    fn whatever_from_str_accepts_is_read() {
        assert_eq!(serde_json::from_str::<Case>("\"c\"").unwrap(), Case::C);
        assert_eq!(
            serde_json::from_str::<DeviceChoice>("\"cuda:0\"").unwrap(),
            DeviceChoice::Cuda(0)
        );
        // Not a borrowed string: the escape has to be decoded first.
        assert_eq!(serde_json::from_str::<Objective>("\"\\u006asd\"").unwrap(), Objective::Jsd);
    }

    #[test]
    fn unknown_names_and_other_types_are_errors_that_say_what_was_expected() {
        let error = serde_json::from_str::<Objective>("\"JSD\"").unwrap_err().to_string();
        assert!(error.contains("unknown objective `JSD`"), "{error}");
        assert!(error.contains("jsd, dv, infonce"), "{error}");
        let error = serde_json::from_str::<Case>("3").unwrap_err().to_string();
        assert!(error.contains("expected a string"), "{error}");
    }
}
