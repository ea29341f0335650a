//! `cargo xtask fetch`: STL-10 under `datasets/stl10_binary/`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use stl_data::fetch::{self, FetchOptions, FetchReport};
use stl_data::{Split, manifest};

use crate::cli::FetchArgs;
use crate::interrupt::{self, Interrupted};
use crate::progress::{Progress, say};
use crate::space;

/// The command.
pub fn fetch(args: &FetchArgs) -> Result<()> {
    let folder = args.datasets.clone().unwrap_or_else(default_datasets).join("stl10_binary");
    let options = FetchOptions::from_env();
    let report = match (&args.archive, &args.parquet) {
        (Some(archive), _) => {
            space::check_fetch(&folder, &args.splits)?;
            let mut bar = Download::new("unpacking");
            fetch::from_archive_with(archive, &folder, &args.splits, &options, |d, t| bar.at(d, t))
                .map_err(|error| interrupted(error, "what was unpacked this time is gone"))?
        }
        (None, Some(parquet)) => {
            let &[split] = args.splits.as_slice() else {
                bail!("--parquet holds one split; name it alone with --splits");
            };
            space::check_fetch(&folder, &args.splits)?;
            fetch::from_parquet_with(parquet, &folder, split, &options, |_, _| go_on())
                .map_err(|error| interrupted(error, "what was decoded this time is gone"))?
        }
        (None, None) => from_hub(&folder, &args.splits, &options)?,
    };
    for path in &report.present {
        say(&format!("{}: already here, verified", path.display()));
    }
    for path in &report.written {
        say(&format!("{}: written, verified", path.display()));
    }
    Ok(())
}

/// Fetches splits from the mirror with a progress bar.
pub fn from_hub(folder: &Path, splits: &[Split], options: &FetchOptions) -> Result<FetchReport> {
    let on_mirror: Vec<Split> =
        splits.iter().copied().filter(|&split| manifest::mirror_file(split).is_some()).collect();
    space::check_fetch(folder, &on_mirror)?;
    let mut bar = Download::new("downloading STL-10");
    fetch::from_hub_with(folder, splits, options, |done, total| bar.at(done, total))
        .map_err(|error| interrupted(error, "the part downloaded stays in the hub's cache"))
}

/// Whether a fetch is to go on.
fn go_on() -> ControlFlow<()> {
    if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The error of a fetch; where Ctrl-C was the cause, with what became of its work.
fn interrupted(error: stl_data::Error, work: &str) -> anyhow::Error {
    match error {
        stl_data::Error::Stopped => Interrupted(format!(
            "files in place are whole and verified, {work}; the same command goes on"
        ))
        .into(),
        error => error.into(),
    }
}

/// `datasets/` of this repository.
pub fn default_datasets() -> PathBuf {
    crate::reproduce::root().join("datasets")
}

/// A progress bar that starts with the first bytes, and again with each file.
struct Download {
    name: &'static str,
    bar: Option<(Progress, u64)>,
    done: u64,
}

impl Download {
    fn new(name: &'static str) -> Self {
        Self { name, bar: None, done: 0 }
    }

    fn at(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        if total == 0 {
            return go_on();
        }
        let is_same = self.bar.as_ref().is_some_and(|(_, t)| *t == total) && done >= self.done;
        if !is_same {
            say(&format!("{}: {:.0} MB", self.name, total as f64 / 1e6));
            self.bar = Some((Progress::new(self.name, total, "bytes"), total));
            self.done = 0;
        }
        if let Some((bar, _)) = &self.bar {
            bar.add(done - self.done);
            self.done = done;
        }
        go_on()
    }
}
