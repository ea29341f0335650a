//! The folder of a run: the names of its files, and the lock that keeps a second writer out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use dim_models::Case;
use same_file::Handle;

use crate::settings::config::Config;
use crate::support::files;
use crate::tables::comparison::Comparison;

/// The folder of one run, locked for as long as this value lives.
pub struct RunFolder {
    folder: PathBuf,
    /// `None` in a folder that is only read and has no lock file.
    lock: Option<File>,
}

impl RunFolder {
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
                "another process is using {}; wait for it, or choose another folder with --run \
                 NAME",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        // The lock ends with its process, so an unfinished file here has no writer.
        for part in [".", CHECKPOINTS, LOSSES, CONTROLS, FIGURES] {
            files::remove_unfinished(&folder.join(part));
        }
        Ok(Self { folder, lock: Some(lock) })
    }

    /// Opens an existing folder to read it, and keeps writers out meanwhile. Changes nothing, so a
    /// folder without a lock file, such as that of a fresh clone, is not locked.
    pub fn open_read_only(folder: &Path) -> Result<Self> {
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
                bail!("a run is in progress in {}; try again when it is done", folder.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(failed),
        }
    }

    /// An error if the folder is not the one that was locked: it was moved, removed or replaced,
    /// and another process may use its name.
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
                "{} was moved, removed or replaced during the run, which has stopped; put it \
                 back, and the same command resumes",
                self.folder.display()
            ),
        }
    }

    /// The path of a file that is about to be written, by its name relative to the folder.
    pub fn writable_path(&self, name: &str) -> Result<PathBuf> {
        self.check_lock()?;
        Ok(self.path(name))
    }

    /// Makes a folder within the run folder, unless it exists.
    pub fn make_folder(&self, name: &str) -> Result<()> {
        files::make_folder(&self.writable_path(name)?)
    }

    /// The path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a file of the run, by its name relative to the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// MD5 of a file of the run; `None` if it does not exist.
    pub fn digest(&self, name: &str) -> Result<Option<String>> {
        let path = self.path(name);
        path.exists().then(|| files::digest(&path)).transpose()
    }

    /// Removes an output of a step.
    pub fn remove(&self, name: &str) -> Result<()> {
        // The name comes from the record, which somebody may have edited.
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            bail!(
                "{RECORD} names the output `{name}`, which is outside the run; nothing was removed"
            );
        }
        files::remove(&self.path(name))
    }

    /// Removes every file that a step may have written, recorded or not: those named, and those in
    /// the folders of outputs.
    pub fn remove_outputs(&self, named: impl IntoIterator<Item = String>) -> Result<()> {
        for folder in [CHECKPOINTS, LOSSES, CONTROLS, FIGURES] {
            for name in files::names(&self.path(folder))? {
                let is_output = ["case-", "fig-"].iter().any(|start| name.starts_with(start))
                    || name.ends_with(".parquet");
                if is_output {
                    self.remove(&format!("{folder}/{name}"))?;
                }
            }
        }
        named.into_iter().try_for_each(|name| self.remove(&name))
    }

    /// Writes the resolved configuration if it changed.
    pub fn write_config(&self, config: &Config, command: &str) -> Result<()> {
        let path = self.path(CONFIG);
        let present = fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok());
        if present.as_ref() == Some(config) {
            return Ok(());
        }
        let keys = toml::to_string(config).context("cannot express the configuration as TOML")?;
        let text =
            format!("# Generated: the configuration of this run, made by\n#   {command}\n{keys}");
        files::write(&self.writable_path(CONFIG)?, text)
    }
}

/// The file that a writer locks.
pub const LOCK: &str = ".lock";
/// The resolved configuration.
pub const CONFIG: &str = "config.toml";
/// Inputs and outputs of each step, machine, versions.
pub const RECORD: &str = "run.toml";
/// Losses by epoch and case.
pub const METRICS: &str = "metrics.csv";
/// MI of every image, case and map.
pub const MI_TABLE: &str = Comparison::Trained.file();
/// Mean MI of the weights of each case through the layers of each case.
pub const GEOMETRY: &str = "geometry.csv";
/// MI of the maps with the blurred image.
pub const BLUR: &str = "blur.csv";
/// MI of a copy of the image in the place of a map.
pub const COPIES: &str = "copies.csv";
/// MI of encoders that were not trained.
pub const UNTRAINED: &str = "untrained.csv";
/// MI over images that training has not seen.
pub const UNSEEN: &str = "unseen.csv";
/// Differences between cases by number of bins and estimator.
pub const LEADS: &str = "leads.csv";
/// How well all maps together give the pixel.
pub const JOINT: &str = "joint.csv";
/// Mean MI by number of bins and estimator.
pub const SENSITIVITY: &str = "sensitivity.csv";
/// The objective's bounds by the trained networks.
pub const BOUNDS: &str = "bounds.csv";
/// Accuracy of linear probes.
pub const PROBE: &str = "probe.csv";
/// The values behind the claims of the study.
pub const CLAIMS: &str = "claims.csv";
/// Statistics of the MI table, a row a case.
pub const SUMMARY_CSV: &str = "summary.csv";
/// Every statistic of the run.
pub const SUMMARY_JSON: &str = "summary.json";
/// The summary for people.
pub const SUMMARY_MD: &str = "summary.md";
/// Results of every seed and case, in the folder of several seeds.
pub const SEEDS_CSV: &str = "seeds.csv";

/// The folder of trained weights.
pub const CHECKPOINTS: &str = "checkpoints";
/// The folder of the losses of each case.
pub const LOSSES: &str = "losses";
/// The folder of the controls' tables.
pub const CONTROLS: &str = "controls";
/// The folder of figures.
pub const FIGURES: &str = "figures";

/// The trained weights of a case.
pub fn checkpoint(case: Case) -> String {
    format!("{CHECKPOINTS}/case-{}.safetensors", case.id())
}

/// The state of an unfinished training, to resume from.
pub fn training_state_file(case: Case) -> String {
    format!("{CHECKPOINTS}/case-{}.state.safetensors", case.id())
}

/// The losses of a case.
pub fn losses(case: Case) -> String {
    format!("{LOSSES}/case-{}.csv", case.id())
}

/// The folder of a seed's run, within that of several seeds.
pub fn seed_folder(seed: u64) -> String {
    format!("seed-{seed}")
}

/// The runs of seeds within a folder, by name; none if it does not exist.
pub fn seed_runs(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_run = |name: &String| {
        let is_seed = name.strip_prefix("seed-").is_some_and(|seed| seed.parse::<u64>().is_ok());
        is_seed && [CONFIG, RECORD].iter().any(|file| folder.join(name).join(file).exists())
    };
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(is_run).collect();
    names.sort();
    names
}

/// An error unless the name of a run is one folder name.
pub fn check_name(name: &str) -> Result<()> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_valid) {
        bail!(
            "invalid run name `{name}`: use up to 100 letters, digits, `-`, `_` and `.`, not \
             starting with `.`"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_out_until_the_first_ends() {
        let results = tempfile::tempdir().unwrap();
        let first = RunFolder::open(results.path(), "run").unwrap();
        let message = RunFolder::open(results.path(), "run").err().unwrap().to_string();
        assert!(message.contains("another process"), "{message}");
        RunFolder::open(results.path(), "other").unwrap();
        drop(first);
        RunFolder::open(results.path(), "run").unwrap();
    }

    #[test]
    fn a_folder_that_was_replaced_after_locking_is_not_written() {
        let results = tempfile::tempdir().unwrap();
        let [folder, away] = ["run", "away"].map(|name| results.path().join(name));
        let first = RunFolder::open(results.path(), "run").unwrap();
        first.make_folder(FIGURES).unwrap();
        fs::rename(&folder, &away).unwrap();
        assert!(first.make_folder(FIGURES).is_err() && !folder.exists());
        let second = RunFolder::open(results.path(), "run").unwrap();
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
        let run = RunFolder::open(results.path(), "run").unwrap();
        let outside = results.path().join("precious");
        fs::write(&outside, "").unwrap();
        for name in ["../precious", outside.to_str().unwrap(), "figures/../../precious"] {
            assert!(run.remove(name).is_err(), "{name} was accepted");
        }
        assert!(outside.exists());
        fs::write(run.path(METRICS), "").unwrap();
        run.remove(METRICS).unwrap();
        assert!(!run.path(METRICS).exists());
        run.remove("already-gone").unwrap();
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let results = tempfile::tempdir().unwrap();
        for name in ["", "..", ".", "a/b", "/tmp/x", "a b", &"x".repeat(200)] {
            assert!(RunFolder::open(results.path(), name).is_err(), "{name:?} was accepted");
        }
    }
}
