//! The problems that a run folder can have.

use std::fmt;

/// The kind of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A recorded output does not exist.
    Missing,
    /// A recorded output is not what its step wrote.
    Changed,
    /// A step was made from another version of a file, or with another setting.
    Inconsistent,
    /// Not every step is done.
    Unfinished,
    /// A file of a killed writer, or of an unfinished training.
    Leftover,
    /// No step recorded it.
    Unrecorded,
}

/// One problem.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: Kind,
    /// Relative to the folder that was asked for.
    pub file: String,
    pub expected: String,
    pub found: String,
    /// How to fix it.
    pub fix: String,
}

impl Problem {
    /// The same with the file's name relative to the folder above.
    pub fn within(self, folder: &str) -> Self {
        Self { file: format!("{folder}/{}", self.file), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, expected, found, fix, .. } = self;
        write!(f, "{file}: expected {expected}, found {found}; to fix it: {fix}")
    }
}
