//! Which images a run is about: STL-10 where it can be had, else the sample photographs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use stl_data::fetch::FetchOptions;
use stl_data::{Dataset, Split};

use crate::fetch;
use crate::progress::say;

/// [`Dataset::digest`] of the STL-10 train split, whichever file it comes from.
const STL10_TRAIN: &str = "1d041f901fdb568c24dad0941ccbac06";
/// Longest wait for the hub's first answer when nobody asked for a download.
const UNASKED_TIMEOUT: Duration = Duration::from_secs(5);

/// An opened data set and how to speak of it.
pub struct Source {
    pub dataset: Dataset,
    /// Short name for run folders: `stl10`, `sample`, or the file's own.
    pub name: String,
    /// For figures and tables: what the images are.
    pub description: String,
    /// Digest of images and labels.
    pub digest: String,
    /// What was looked for and not found.
    pub notices: Vec<String>,
}

impl Source {
    /// Opens what `--source` names.
    pub fn open(source: &str, datasets: &Path) -> Result<Self> {
        let sample = || datasets.join("sample").join("sample.parquet");
        match source {
            "sample" => Self::of_file(&sample(), Vec::new()),
            "stl10" | "auto" => {
                let mut tried = Vec::new();
                match find_stl10(datasets, source == "auto", &mut tried)? {
                    Some(path) => Self::of_file(&path, Vec::new()),
                    None if source == "auto" => {
                        let mut notices = vec![
                            "STL-10 is not here, so these are the sample photographs. Tried:"
                                .to_owned(),
                        ];
                        notices.extend(tried.iter().map(|what| format!("  {what}")));
                        notices.push(
                            "`cargo xtask fetch` gets STL-10; --source PATH uses a copy you have"
                                .to_owned(),
                        );
                        Self::of_file(&sample(), notices)
                    }
                    None => bail!(
                        "STL-10 is not here. Tried:\n  {}\n`cargo xtask fetch` gets it; --source PATH uses a copy you have",
                        tried.join("\n  ")
                    ),
                }
            }
            path => Self::of_file(Path::new(path), Vec::new()),
        }
    }

    fn of_file(path: &Path, notices: Vec<String>) -> Result<Self> {
        let dataset = Dataset::open(path).with_context(|| {
            "cannot open the images; expected auto, stl10, sample, or the path of a *_X.bin, a .parquet or a \
             folder of STL-10 binaries"
        })?;
        let digest = dataset.digest()?;
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let (name, description) = if digest == STL10_TRAIN {
            ("stl10".to_owned(), "STL-10 train split".to_owned())
        } else if stem == "sample" {
            ("sample".to_owned(), "sample photographs".to_owned())
        } else {
            let sound =
                |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            (stem.chars().map(sound).take(40).collect(), format!("images of {}", path.display()))
        };
        Ok(Self { dataset, name, description, digest, notices })
    }
}

/// Official binaries under `datasets`, then a parquet file there, then the hub.
fn find_stl10(datasets: &Path, briefly: bool, tried: &mut Vec<String>) -> Result<Option<PathBuf>> {
    let binaries = datasets.join("stl10_binary");
    let images = binaries.join(Split::Train.images_file());
    if images.exists() {
        return Ok(Some(images));
    }
    tried.push(format!("no {}", images.display()));

    if let Some(parquet) = train_parquet(datasets) {
        return Ok(Some(parquet));
    }
    tried.push(format!("no {}", datasets.join("train-*.parquet").display()));

    let mut options = FetchOptions::from_env();
    if briefly {
        options.answer_timeout = options.answer_timeout.min(UNASKED_TIMEOUT);
    }
    match fetch::from_hub(&binaries, &[Split::Train], &options) {
        Ok(_) => Ok(Some(images)),
        Err(error) if crate::interrupt::requested() => Err(error),
        Err(error) => {
            tried.push(format!("the hub: {error:#}"));
            Ok(None)
        }
    }
}

fn train_parquet(datasets: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(datasets)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with("train-") && name.ends_with(".parquet"))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

/// Says what was tried before the source was settled.
pub fn report(source: &Source) {
    for notice in &source.notices {
        say(notice);
    }
}
