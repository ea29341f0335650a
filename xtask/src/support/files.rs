//! Files that appear whole or not at all.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use md5::{Digest, Md5};
use tempfile::NamedTempFile;

/// Makes a folder and its parents; nothing if they exist.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// A temporary file beside `path`, to be renamed into place with [`commit`].
///
/// The folder must exist: a run's folder that somebody removed must not come back without its lock.
pub fn begin(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tmp-");
    // Temporary files are private; results are for everyone. The umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder).with_context(|| format!("cannot write {}", path.display()))
}

/// Flushes the file to disk and renames it to `path`, replacing what is there. The rename is
/// flushed too.
pub fn commit(file: NamedTempFile, path: &Path) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).map_err(|error| error.error).with_context(failed)?;
    sync_folder(path.parent().unwrap_or(Path::new("."))).with_context(failed)
}

/// A rename is stored in the folder. It must reach the disk before a record names the file.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::File::open(folder)?.sync_all()
}

/// A folder cannot be opened as a file here; the rename is left to the system.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes `contents` to `path`, whole or not at all.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    let mut file = begin(path)?;
    file.write_all(contents.as_ref())
        .with_context(|| format!("cannot write {}", path.display()))?;
    commit(file, path)
}

/// Whether a file of this name is one that its writer has not finished.
pub fn is_unfinished(file_name: &str) -> bool {
    file_name.starts_with(".tmp")
}

/// Removes the unfinished files of killed writers from a folder; nothing if it does not exist.
pub fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry.file_name().to_string_lossy()) {
            // A leftover that stays does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The names of the entries of a folder; none if it does not exist.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = || format!("cannot list {}", folder.display());
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries
            .with_context(failed)?
            .map(|entry| Ok(entry.with_context(failed)?.file_name().to_string_lossy().into_owned()))
            .collect(),
    }
}

/// Removes a file; nothing if it does not exist.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// MD5 of a file's contents, in hex.
pub fn digest(path: &Path) -> Result<String> {
    let failed = || format!("cannot read {}", path.display());
    let mut file = fs::File::open(path).with_context(failed)?;
    let mut digest = Md5::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block).with_context(failed)? {
            0 => break,
            n => digest.update(&block[..n]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
