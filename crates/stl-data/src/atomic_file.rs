//! New files that appear complete or not at all.
//!
//! Bytes go to a hidden temporary file beside the target. Once it is complete, verified and on the
//! disk, it is renamed to the target, which must not exist. A killed process leaves at most a
//! hidden `.NAME.tmp*`, which no reader takes for data.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};
use tempfile::{NamedTempFile, TempPath};

use crate::{Error, FileDigest, Result, digest::hex};

/// A file being written.
pub(crate) struct NewFile {
    temp: NamedTempFile,
    md5: Md5,
    bytes: u64,
    target: PathBuf,
}

/// A complete file that does not have its name yet.
pub(crate) struct Sealed {
    temp: TempPath,
    target: PathBuf,
}

impl NewFile {
    /// Starts a file that will appear at `dir/name`; creates `dir` if needed.
    pub(crate) fn create(dir: &Path, name: &str) -> Result<Self> {
        let target = dir.join(name);
        if fs::symlink_metadata(&target).is_ok() {
            return Err(Error::AlreadyExists { path: target });
        }
        fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
        let prefix = format!(".{name}.tmp");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        // Anyone may read the data, unlike other temporary files; the umask still applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let temp = builder.tempfile_in(dir).map_err(|e| Error::io("write in", dir, e))?;
        Ok(Self { temp, md5: Md5::new(), bytes: 0, target })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.temp.write_all(bytes).map_err(|e| Error::io("write", &self.target, e))?;
        self.md5.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Verifies the file against `expected`, if given, and flushes it to the disk.
    pub(crate) fn seal(self, expected: Option<&FileDigest>) -> Result<Sealed> {
        if let Some(expected) = expected {
            expected.check(&self.target, self.bytes, hex(self.md5))?;
        }
        self.temp.as_file().sync_all().map_err(|e| Error::io("write", &self.target, e))?;
        Ok(Sealed { temp: self.temp.into_temp_path(), target: self.target })
    }
}

/// Folders created for a fetch; dropping this removes those that are still empty.
pub(crate) struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    /// Creates `dir` and the folders above it that do not exist.
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        let absent = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = Self(dir.ancestors().take_while(absent).map(Path::to_path_buf).collect());
        fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
        Ok(made)
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails, as it should, for a folder that is not empty.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

/// Gives the files their names, in order. Never replaces an existing file.
pub(crate) fn publish(files: Vec<Sealed>) -> Result<Vec<PathBuf>> {
    let mut published = Vec::with_capacity(files.len());
    for Sealed { temp, target } in files {
        temp.persist_noclobber(&target).map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => Error::AlreadyExists { path: target.clone() },
            _ => Error::io("rename to", &target, e.error),
        })?;
        published.push(target);
    }
    // A rename survives a power cut only once its folder is on the disk. Windows cannot sync
    // folders.
    #[cfg(unix)]
    if let Some(dir) = published.first().and_then(|path| path.parent()) {
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(|e| Error::io("sync", dir, e))?;
    }
    Ok(published)
}
