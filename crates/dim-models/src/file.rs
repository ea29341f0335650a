//! Reads whole files up to a size, and writes files that appear whole or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// The bytes of the file at `path`.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::Format`] if it has more than `largest` bytes, of
/// which no more than that are read.
pub(crate) fn read(path: &Path, largest: u64) -> Result<Vec<u8>> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(largest.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(io)?;
    if bytes.len() as u64 > largest {
        let reason = format!("the file is larger than the expected {largest} bytes at most");
        return Err(Error::Format { path: path.to_owned(), reason });
    }
    Ok(bytes)
}

/// Writes `bytes` to a temporary file beside `path`, then renames it: `path` holds the old or the
/// new content, even if the machine stops in between.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; a checkpoint is not. The umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    sync_folder(folder).map_err(io)
}

/// Flushes the folder: the rename is an entry of it.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder cannot be opened as a file here: the system decides when the rename reaches the disk.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_largest_size_and_refused_above() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"old").unwrap();
        write(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert!(matches!(read(&path, 4), Err(Error::Format { .. })));
        assert!(matches!(read(folder.path(), 4), Err(Error::Io { .. })));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "no temporary file is left");
    }
}
