//! A temporary file for decoded images.
//!
//! Nothing else can open the file: it has no name (on Windows, one that goes away when the file is
//! closed). Its space is free again when the last handle closes, however the process ends.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// A temporary file being filled.
pub(crate) struct TempFile {
    file: File,
    dir: PathBuf,
    bytes: u64,
}

impl TempFile {
    /// Creates a file in `dir` that will hold `bytes` bytes.
    pub(crate) fn create(dir: &Path, bytes: u64) -> Result<Self> {
        let failed = |source| Error::TempFile { dir: dir.to_path_buf(), bytes, source };
        let file = tempfile::tempfile_in(dir).map_err(failed)?;
        Ok(Self { file, dir: dir.to_path_buf(), bytes })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|source| Error::TempFile {
            dir: self.dir.clone(),
            bytes: self.bytes,
            source,
        })
    }

    /// The file, for reads at offsets.
    pub(crate) fn into_file(self) -> File {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_named_with_the_bytes_it_should_hold() {
        let dir = tempfile::tempdir().unwrap();
        let absent = dir.path().join("absent");
        let error = TempFile::create(&absent, 27_648).err().unwrap();
        assert!(matches!(&error, Error::TempFile { dir, bytes: 27_648, .. } if *dir == absent));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named_with_the_bytes_it_should_hold() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut temp = TempFile { file, dir: "/full".into(), bytes: 138_240_000 };
        let error = temp.write(&[1; 4096]).unwrap_err();
        assert!(
            matches!(&error, Error::TempFile { bytes: 138_240_000, source, .. }
                if source.kind() == std::io::ErrorKind::StorageFull),
            "{error}"
        );
    }
}
