//! The three splits and the names of their official files.

use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// A split of STL-10. Parses from its [name](Self::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// 5,000 labelled images.
    Train,
    /// 8,000 labelled images.
    Test,
    /// 100,000 images, of these classes and of others, without labels.
    Unlabeled,
}

impl Split {
    /// Every split.
    pub const ALL: [Self; 3] = [Self::Train, Self::Test, Self::Unlabeled];

    /// `train`, `test` or `unlabeled`, as in the file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Unlabeled => "unlabeled",
        }
    }

    /// The official name of the image file.
    pub const fn images_file(self) -> &'static str {
        match self {
            Self::Train => "train_X.bin",
            Self::Test => "test_X.bin",
            Self::Unlabeled => "unlabeled_X.bin",
        }
    }

    /// The official name of the label file; the unlabeled split has none.
    pub const fn labels_file(self) -> Option<&'static str> {
        match self {
            Self::Train => Some("train_y.bin"),
            Self::Test => Some("test_y.bin"),
            Self::Unlabeled => None,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name).ok_or_else(|| Error::Name {
            found: name.chars().take(40).collect(),
            what: "split",
            expected: "train, test, unlabeled",
        })
    }
}
