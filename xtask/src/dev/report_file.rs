//! Where the report of a campaign goes.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::support::{date, files, paths};

/// The given path, or `results/CAMPAIGN/DATE` with an extension. An error if it exists.
pub fn path(given: Option<&Path>, campaign: &str, extension: &str) -> Result<PathBuf> {
    let default = || paths::results().join(campaign).join(format!("{}{extension}", date::today()));
    let path = given.map_or_else(default, Path::to_owned);
    if path.exists() {
        bail!("{} exists: remove it, or choose another path with --out", path.display());
    }
    Ok(path)
}

/// Writes a report, and makes its folder.
pub fn write(path: &Path, text: &str) -> Result<()> {
    files::make_folder(path.parent().unwrap_or(Path::new(".")))?;
    files::write(path, text)
}
