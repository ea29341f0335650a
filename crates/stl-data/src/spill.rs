//! Decoded images on their way to a temporary file.
//!
//! No one else is to open the file: it has no name, or on Windows one that goes when it closes. Its
//! space is free again when the last handle closes, however the process ends.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// A temporary file being filled.
pub(crate) struct Spill {
    file: File,
    dir: PathBuf,
    bytes: u64,
}

impl Spill {
    /// Starts a file in `dir` that is to hold `bytes` bytes.
    pub(crate) fn create(dir: &Path, bytes: u64) -> Result<Self> {
        let failed = |source| Error::Spill { dir: dir.to_path_buf(), bytes, source };
        let file = tempfile::tempfile_in(dir).map_err(failed)?;
        Ok(Self { file, dir: dir.to_path_buf(), bytes })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let failed =
            |source: io::Error| Error::Spill { dir: self.dir.clone(), bytes: self.bytes, source };
        self.file.write_all(bytes).map_err(failed)
    }

    /// The file, to be read at offsets.
    pub(crate) fn into_file(self) -> File {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_named_with_what_it_should_hold() {
        let dir = tempfile::tempdir().unwrap();
        let absent = dir.path().join("absent");
        let error = Spill::create(&absent, 27_648).err().unwrap();
        assert!(matches!(&error, Error::Spill { dir, bytes: 27_648, .. } if *dir == absent));
    }

    #[test]
    fn tmpdir_is_the_remedy_for_the_temporary_folder_alone() {
        for (dir, helps) in [(std::env::temp_dir(), true), ("datasets".into(), false)] {
            let source = io::ErrorKind::StorageFull.into();
            let error = Error::Spill { dir, bytes: 27_648, source }.to_string();
            assert_eq!(error.contains("TMPDIR"), helps, "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named_with_what_it_should_hold() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut spill = Spill { file, dir: "/full".into(), bytes: 138_240_000 };
        let error = spill.write(&[1; 4096]).unwrap_err();
        assert!(
            matches!(&error, Error::Spill { bytes: 138_240_000, source, .. }
                if source.kind() == io::ErrorKind::StorageFull),
            "{error}"
        );
    }
}
