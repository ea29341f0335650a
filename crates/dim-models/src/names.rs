//! Enums that are read and written as text, one spelling for each value.

/// Implements `Display` and `FromStr` for an enum whose variants have one spelling each.
macro_rules! names {
    ($type:ident, $kind:literal, $expected:literal, $($variant:ident => $name:literal),+) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($type::$variant => $name),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::error::Error;

            fn from_str(s: &str) -> crate::error::Result<Self> {
                match s {
                    $($name => Ok($type::$variant),)+
                    _ => Err(crate::error::Error::UnknownName {
                        kind: $kind,
                        found: s.to_owned(),
                        expected: $expected,
                    }),
                }
            }
        }
    };
}

pub(crate) use names;

#[cfg(feature = "serde")]
mod with_serde {
    use std::fmt::{self, Display};
    use std::marker::PhantomData;
    use std::str::FromStr;

    use serde::de::{Deserialize, Deserializer, Error, Visitor};
    use serde::ser::{Serialize, Serializer};

    use crate::{Case, DeviceChoice, Objective, PriorMode};

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

    macro_rules! as_text {
        ($($type:ident),+) => {$(
            /// As its [`Display`] text.
            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            /// From the text that [`FromStr`] accepts.
            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_str(Text(PhantomData))
                }
            }
        )+};
    }

    as_text!(Case, DeviceChoice, Objective, PriorMode);
}

#[cfg(test)]
#[cfg(feature = "serde")]
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
    fn each_value_is_written_as_its_display_text_and_read_back() {
        for (case, text) in Case::ALL.into_iter().zip(["A", "B", "C", "D"]) {
            assert_written_as(case, text);
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
