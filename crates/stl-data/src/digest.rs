//! MD5 of files, as the official table gives them. MD5 tells a damaged or different file apart;
//! it is no defence against a forged one.

use std::{borrow::Cow, fs::File, io::Read, path::Path};

use md5::{Digest, Md5};

use crate::{Error, Result};

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// A file's name, size and MD5.
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
/// assert!(matches!(expected.verify(&path), Err(Error::WrongDigest { .. })));
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
    /// A table entry.
    pub const fn new(name: &'static str, bytes: u64, md5: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), bytes, md5: Cow::Borrowed(md5) }
    }

    /// Reads the file through and takes its digest.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Io`].
    pub fn of(path: &Path) -> Result<Self> {
        Self::of_watched(path, &mut || Ok(()))
    }

    /// [`Self::of`], ended by the first error of `watch`, which is called after every megabyte.
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
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("read", path, e)),
            }
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name: name.into(), bytes, md5: hex(md5).into() })
    }

    /// Checks size, then MD5, of the file at `path` (its name there does not matter).
    ///
    /// # Errors
    /// [`Error::WrongDigest`] when either differs; [`Error::NotFound`] or [`Error::Io`].
    pub fn verify(&self, path: &Path) -> Result<()> {
        self.verify_watched(path, &mut || Ok(()))
    }

    /// [`Self::verify`], ended by the first error of `watch`, which is called after every megabyte.
    pub(crate) fn verify_watched(
        &self,
        path: &Path,
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let bytes = std::fs::metadata(path).map_err(|e| Error::io("open", path, e))?.len();
        if bytes != self.bytes {
            return self.check(path, bytes, "not computed".into());
        }
        let found = Self::of_watched(path, watch)?;
        self.check(path, found.bytes, found.md5.into_owned())
    }

    /// Compares with what was found at `path`.
    pub(crate) fn check(&self, path: &Path, bytes: u64, md5: String) -> Result<()> {
        if bytes == self.bytes && md5 == self.md5 {
            return Ok(());
        }
        Err(Error::WrongDigest {
            path: path.to_path_buf(),
            expected_bytes: self.bytes,
            found_bytes: bytes,
            expected: self.md5.to_string(),
            found: md5,
        })
    }
}

/// Finishes a hash as lower-case hexadecimal.
pub(crate) fn hex(md5: Md5) -> String {
    md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
