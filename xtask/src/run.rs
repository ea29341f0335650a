//! The folder of a run: where each output lies, and the lock that keeps a second writer out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use dim_models::Case;
use same_file::Handle;

use crate::config::Config;
use crate::measure::Pairing;
use crate::{files, metrics};

/// The folder of one run, locked for as long as this value lives.
pub struct Run {
    folder: PathBuf,
    /// Only a folder that is looked at, and that nobody ever wrote to, has none.
    lock: Option<File>,
}

impl Run {
    /// Opens or creates the folder `name` under `results` and locks it.
    pub fn open(results: &Path, name: &str) -> Result<Self> {
        check_name(name)?;
        let folder = results.join(name);
        files::make_folder(&folder)?;
        let path = folder.join(LOCK);
        let failed = || format!("cannot write {}", path.display());
        let options = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = options.with_context(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another process is working on {}; wait for it, or give this run a name of its own with --run",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        // The lock goes with the process, however it ends; so whatever is unfinished here is abandoned.
        for part in [".", CHECKPOINTS, CONTROLS, FIGURES] {
            files::remove_unfinished(&folder.join(part));
        }
        Ok(Self { folder, lock: Some(lock) })
    }

    /// Opens an existing folder to read it, and keeps writers out meanwhile. Nothing is made or changed,
    /// so a folder without a lock file, such as a fresh clone's, is not locked.
    pub fn look(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let failed = || format!("cannot read {}", path.display());
        let lock = match File::open(&path) {
            Ok(lock) => Some(lock),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(failed),
        };
        match lock.as_ref().map_or(Ok(()), File::try_lock_shared) {
            Ok(()) => Ok(Self { folder: folder.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("a run is in progress in {}; look again when it is done", folder.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(failed),
        }
    }

    /// Refuses to go on where the folder is no longer the one that was locked: somebody moved, removed or
    /// replaced it, and another process may be at work under its name.
    pub fn check_lock(&self) -> Result<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let path = self.path(LOCK);
        let failed = || format!("cannot read {}", path.display());
        let held = lock.try_clone().and_then(Handle::from_file).with_context(failed)?;
        match Handle::from_path(&path) {
            Ok(found) if found == held => Ok(()),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(failed)
            }
            _ => bail!(
                "{} was moved, removed or replaced meanwhile, and is not written any more; put it back, and the same \
                 command goes on",
                self.folder.display()
            ),
        }
    }

    /// Where a file of the run is to be written, by its name relative to the folder.
    pub fn to_write(&self, name: &str) -> Result<PathBuf> {
        self.check_lock()?;
        Ok(self.path(name))
    }

    /// Makes one of the folders in it, where it is not there.
    pub fn make_folder(&self, name: &str) -> Result<()> {
        files::make_folder(&self.to_write(name)?)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of the run, by its name relative to the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// MD5 of an output of a step, `None` where it is gone: of a file, or, named as by [`metrics_of`], of a
    /// case's rows.
    pub fn digest(&self, output: &str) -> Result<Option<String>> {
        let Some((file, case)) = output.split_once('#') else {
            let path = self.path(output);
            return path.exists().then(|| files::digest(&path)).transpose();
        };
        metrics::rows_text(&self.path(file), case)
            .map(|rows| rows.map(|rows| files::digest_of(&rows)))
    }

    /// Removes an output of a step.
    pub fn remove(&self, output: &str) -> Result<()> {
        let file = output.split('#').next().unwrap_or(output);
        // The name comes from the record, which somebody may have edited.
        if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
            bail!(
                "{RECORD} names the output `{output}`, which is outside the run; nothing was removed"
            );
        }
        files::remove(&self.path(file))
    }

    /// Writes the resolved configuration, unless it is there already.
    pub fn write_config(&self, config: &Config, command: &str) -> Result<()> {
        let path = self.path(CONFIG);
        let present = fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok());
        if present.as_ref() == Some(config) {
            return Ok(());
        }
        let keys = toml::to_string(config).context("cannot express the configuration as TOML")?;
        let text =
            format!("# Generated: the configuration of this run, made by\n#   {command}\n{keys}");
        files::write(&self.to_write(CONFIG)?, text)
    }
}

/// What a writer locks.
pub const LOCK: &str = ".lock";
/// The resolved configuration.
pub const CONFIG: &str = "config.toml";
/// What made the run: inputs and outputs of each step, machine, versions.
pub const RECORD: &str = "run.toml";
/// Losses by iteration and case.
pub const METRICS: &str = "metrics.csv";
/// MI of every image, case and map.
pub const MI_TABLE: &str = Pairing::Trained.table();
/// Mean MI by number of bins and estimator.
pub const SENSITIVITY: &str = "sensitivity.csv";
/// What the objective networks say about information.
pub const BOUNDS: &str = "bounds.csv";
/// How linear classifiers do on the maps.
pub const PROBE: &str = "probe.csv";
/// Statistics of the MI table, a row a case.
pub const SUMMARY_CSV: &str = "summary.csv";
/// The same with the comparison of the cases.
pub const SUMMARY_JSON: &str = "summary.json";
/// The same in words.
pub const SUMMARY_MD: &str = "summary.md";

/// The folder of trained weights.
pub const CHECKPOINTS: &str = "checkpoints";
/// The folder of the controls' tables.
pub const CONTROLS: &str = "controls";
/// The folder of figures.
pub const FIGURES: &str = "figures";

/// The trained weights of a case.
pub fn checkpoint(case: Case) -> String {
    format!("{CHECKPOINTS}/case-{}.safetensors", case.id())
}

/// The state of a case's training, while that is going on.
pub fn state(case: Case) -> String {
    format!("{CHECKPOINTS}/case-{}.state.safetensors", case.id())
}

/// A case's rows of [`METRICS`] as an output of their own: the cases share the file.
pub fn metrics_of(case: Case) -> String {
    format!("{METRICS}#{}", case.id())
}

/// A run's name is one folder name.
pub fn check_name(name: &str) -> Result<()> {
    let sound = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(sound) {
        bail!("`{name}` is no name for a run; expected letters, digits, `-`, `_` and `.`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_out_and_the_lock_goes_with_its_holder() {
        let results = tempfile::tempdir().unwrap();
        let first = Run::open(results.path(), "run").unwrap();
        let message = Run::open(results.path(), "run").err().unwrap().to_string();
        assert!(message.contains("another process"), "{message}");
        Run::open(results.path(), "other").unwrap();
        drop(first);
        Run::open(results.path(), "run").unwrap();
    }

    #[test]
    fn a_folder_that_is_no_longer_the_one_that_was_locked_is_not_written() {
        let results = tempfile::tempdir().unwrap();
        let [folder, away] = ["run", "away"].map(|name| results.path().join(name));
        let first = Run::open(results.path(), "run").unwrap();
        first.make_folder(FIGURES).unwrap();
        fs::rename(&folder, &away).unwrap();
        assert!(first.make_folder(FIGURES).is_err() && !folder.exists());
        let second = Run::open(results.path(), "run").unwrap();
        let message = first.check_lock().unwrap_err().to_string();
        assert!(message.contains("moved, removed or replaced"), "{message}");
        second.check_lock().unwrap();
        drop(second);
        fs::remove_dir_all(&folder).unwrap();
        fs::rename(&away, &folder).unwrap();
        first.check_lock().unwrap();
    }

    #[test]
    fn only_outputs_within_the_run_are_removed() {
        let results = tempfile::tempdir().unwrap();
        let run = Run::open(results.path(), "run").unwrap();
        let outside = results.path().join("precious");
        fs::write(&outside, "").unwrap();
        for name in ["../precious", outside.to_str().unwrap(), "figures/../../precious"] {
            assert!(run.remove(name).is_err(), "{name} was accepted");
        }
        assert!(outside.exists());
        fs::write(run.path(METRICS), "").unwrap();
        run.remove(&metrics_of(Case::A)).unwrap();
        assert!(!run.path(METRICS).exists());
        run.remove("already-gone").unwrap();
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let results = tempfile::tempdir().unwrap();
        for name in ["", "..", ".", "a/b", "/tmp/x", "a b", &"x".repeat(200)] {
            assert!(Run::open(results.path(), name).is_err(), "{name:?} was accepted");
        }
    }
}
