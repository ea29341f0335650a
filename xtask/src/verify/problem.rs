//! What can be wrong with a run folder, in words.

use std::fmt;

/// Why a file is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A recorded output is gone.
    Missing,
    /// A recorded output is not what its step wrote.
    Changed,
    /// A step was made from another version of a file, or with another setting.
    Inconsistent,
    /// Not every step is done.
    Unfinished,
    /// What a writer that was killed, or a training that is not over, left.
    Leftover,
    /// No step recorded it.
    Unrecorded,
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: Kind,
    /// Relative to the folder that was asked for.
    pub file: String,
    pub expected: String,
    pub found: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// The same with the file's name relative to the folder above.
    pub fn within(self, folder: &str) -> Self {
        Self { file: format!("{folder}/{}", self.file), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, expected, found, mend, .. } = self;
        write!(f, "{file}: expected {expected}, found {found}; to mend it: {mend}")
    }
}
