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
