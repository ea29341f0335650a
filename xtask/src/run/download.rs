//! Downloading STL-10 from its mirror, with a progress bar.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use stl_data::fetch::{self, FetchOptions, FetchReport};
use stl_data::{Split, manifest};

use super::disk_budget;
use crate::support::interrupt::{self, Interrupted};
use crate::support::progress::{Progress, status};

/// Fetches splits from the mirror.
pub fn from_hub(folder: &Path, splits: &[Split], options: &FetchOptions) -> Result<FetchReport> {
    let on_mirror: Vec<Split> =
        splits.iter().copied().filter(|&split| manifest::mirror_file(split).is_some()).collect();
    disk_budget::check_fetch(folder, &on_mirror)?;
    let mut bar = FetchProgress::new("downloading STL-10");
    fetch::from_hub_with(folder, splits, options, |done, total| bar.update(done, total))
        .map_err(|error| interrupted(error, "the downloaded part stays in the hub's cache"))
}

/// Stops a fetch after Ctrl-C.
pub fn continue_unless_interrupted() -> ControlFlow<()> {
    if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The error of a fetch; after Ctrl-C, with what is kept.
pub fn interrupted(error: stl_data::Error, kept: &str) -> anyhow::Error {
    match error {
        stl_data::Error::Stopped => Interrupted(format!(
            "the files in place are complete and verified, {kept}; the same command resumes"
        ))
        .into(),
        error => error.into(),
    }
}

/// A progress bar that starts with the first bytes, and again with each file.
pub struct FetchProgress {
    name: &'static str,
    bar: Option<(Progress, u64)>,
    done: u64,
}

impl FetchProgress {
    pub fn new(name: &'static str) -> Self {
        Self { name, bar: None, done: 0 }
    }

    /// `done` bytes of `total`.
    pub fn update(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        if total == 0 {
            return continue_unless_interrupted();
        }
        let is_same = self.bar.as_ref().is_some_and(|(_, t)| *t == total) && done >= self.done;
        if !is_same {
            status(&format!("{}: {:.0} MB", self.name, total as f64 / 1e6));
            self.bar = Some((Progress::new(self.name, total, "bytes"), total));
            self.done = 0;
        }
        if let Some((bar, _)) = &self.bar {
            bar.add(done - self.done);
            self.done = done;
        }
        continue_unless_interrupted()
    }
}
