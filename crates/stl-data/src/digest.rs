//! Sizes and MD5 of files, which is what the official files are published with.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
    path::Path,
};

use md5::{Digest, Md5};

use crate::{Error, Result};

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// A file's name, size and MD5.
///
/// MD5 detects a damaged file or another one. It does not protect from forgery.
///
/// ```
/// use stl_data::{Error, FileDigest};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("abc.txt");
/// std::fs::write(&path, "abc")?;
/// let expected = FileDigest::new("abc.txt", 3, "900150983cd24fb0d6963f7d28e17f72");
/// assert_eq!(FileDigest::of(&path)?, expected);
/// std::fs::write(&path, "abd")?;
/// assert!(matches!(expected.verify(&path), Err(Error::Digest { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// File name without folders.
    pub name: Cow<'static, str>,
    /// Size in bytes.
    pub bytes: u64,
    /// MD5, 32 lower-case hexadecimal digits.
    pub md5: Cow<'static, str>,
}

impl FileDigest {
    /// An expected digest, for tables in source code.
    pub const fn new(name: &'static str, bytes: u64, md5: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), bytes, md5: Cow::Borrowed(md5) }
    }

    /// Reads the whole file at `path` and returns its digest.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Io`].
    pub fn of(path: impl AsRef<Path>) -> Result<Self> {
        Self::of_watched(path.as_ref(), &mut || Ok(()))
    }

    /// [`Self::of`]; calls `watch` after every megabyte, and its first error stops the reading.
    fn of_watched(path: &Path, watch: &mut dyn FnMut() -> Result<()>) -> Result<Self> {
        let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
        let mut md5 = Md5::new();
        let mut bytes = 0;
        let mut block = vec![0; BLOCK];
        loop {
            match file.read(&mut block) {
                Ok(0) => break,
                Ok(n) => {
                    md5.update(&block[..n]);
                    bytes += n as u64;
                    watch()?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("read", path, e)),
            }
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name: name.into(), bytes, md5: hex(md5).into() })
    }

    /// Checks the size, then the MD5, of the file at `path`. Its name may differ from
    /// [`name`](Self::name).
    ///
    /// # Errors
    /// [`Error::Digest`] when either differs; [`Error::NotFound`] or [`Error::Io`].
    pub fn verify(&self, path: impl AsRef<Path>) -> Result<()> {
        self.verify_watched(path.as_ref(), &mut || Ok(()))
    }

    /// [`Self::verify`]; calls `watch` after every megabyte, and its first error stops the reading.
    pub(crate) fn verify_watched(
        &self,
        path: &Path,
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let bytes = std::fs::metadata(path).map_err(|e| Error::io("open", path, e))?.len();
        if bytes != self.bytes {
            return Err(self.mismatch(path, bytes, None));
        }
        let found = Self::of_watched(path, watch)?;
        self.check(path, found.bytes, found.md5.into_owned())
    }

    /// Compares with the size and MD5 of the file at `path`.
    pub(crate) fn check(&self, path: &Path, bytes: u64, md5: String) -> Result<()> {
        if bytes == self.bytes && md5 == self.md5 {
            return Ok(());
        }
        Err(self.mismatch(path, bytes, Some(md5)))
    }

    fn mismatch(&self, path: &Path, found_bytes: u64, found_md5: Option<String>) -> Error {
        Error::Digest {
            path: path.to_path_buf(),
            expected_bytes: self.bytes,
            found_bytes,
            expected_md5: self.md5.to_string(),
            found_md5,
        }
    }
}

/// Finishes a hash as lower-case hexadecimal.
pub(crate) fn hex(md5: Md5) -> String {
    md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
