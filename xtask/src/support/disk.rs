//! What a disk has free, and whether it is full. Knows nothing of runs.

use std::io::{self, ErrorKind};
use std::path::Path;

/// Free bytes on the disk of a folder, which need not exist yet; `None` where the system does not
/// tell.
pub fn free(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let existing = folder.ancestors().find(|ancestor| ancestor.is_dir())?;
    let disk = fs4::statvfs(existing).ok()?;
    // Some network file systems answer with zeros.
    (disk.total_space() > 0).then(|| disk.available_space())
}

/// Whether an error, or one of its causes, is a full disk or an exhausted quota.
pub fn is_full(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    })
}

/// Bytes for people: `12.3 MB`.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
