//! Which images a run is about: STL-10 where it can be had, else the sample photographs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use stl_data::fetch::FetchOptions;
use stl_data::{Dataset, Error, FormatFault, Split};

use crate::fetch;
use crate::interrupt::Interrupted;
use crate::progress::explain;

/// [`Dataset::digest`] of the STL-10 train split, whichever file it comes from.
const STL10_TRAIN: &str = "1d041f901fdb568c24dad0941ccbac06";
/// [`Dataset::digest`] of the sample photographs.
const SAMPLE: &str = "555caeebaf2fc214d39040ef834e54a2";
const HOW_TO_GET_IT: &str = "`cargo xtask fetch` gets STL-10; --source PATH uses a copy you have";
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
    /// What was looked for and not found, in lines; often empty.
    pub notices: String,
}

impl Source {
    /// Opens what `--source` names.
    pub fn open(source: &str, datasets: &Path) -> Result<Self> {
        let sample = datasets.join("sample").join("sample.parquet");
        match source {
            "sample" => Self::of_file(&sample),
            "stl10" | "auto" => {
                let mut tried = Vec::new();
                if let Some(path) = find_stl10(datasets, source == "auto", &mut tried)? {
                    return Self::of_file(&path);
                }
                if source == "auto" && sample.exists() {
                    let notices = format!(
                        "STL-10 is not here, so these are the sample photographs. Tried:\n  {}\n{HOW_TO_GET_IT}",
                        tried.join("\n  ")
                    );
                    return Ok(Self { notices, ..Self::of_file(&sample)? });
                }
                if source == "auto" {
                    tried.push(format!("no {}", sample.display()));
                }
                bail!("STL-10 is not here. Tried:\n  {}\n{HOW_TO_GET_IT}", tried.join("\n  "))
            }
            path => Self::of_file(Path::new(path)).map_err(|error| {
                let hint = match error.downcast_ref() {
                    Some(
                        Error::NotFound { .. }
                        | Error::Format { fault: FormatFault::UnknownFormat, .. },
                    ) => {
                        "; expected auto, stl10, sample, or the path of a *_X.bin, a .parquet or a folder of binaries"
                    }
                    _ => "",
                };
                error.context(format!("cannot use the source `{path}`{hint}"))
            }),
        }
    }

    /// Whether these are the study's images: the STL-10 train split, whatever file it came from.
    pub fn is_stl10(&self) -> bool {
        self.digest == STL10_TRAIN
    }

    /// Whether these are the sample photographs of this repository.
    pub fn is_sample(&self) -> bool {
        self.digest == SAMPLE
    }

    /// For the record of a run.
    pub fn data(&self) -> BTreeMap<String, String> {
        [
            ("images".to_owned(), self.dataset.len().to_string()),
            ("description".to_owned(), self.description.clone()),
            ("md5".to_owned(), self.digest.clone()),
        ]
        .into()
    }

    fn of_file(path: &Path) -> Result<Self> {
        let dataset = Dataset::open(path)?;
        let digest = dataset.digest()?;
        let (name, description) = match digest.as_str() {
            STL10_TRAIN => ("stl10".to_owned(), "STL-10 train split".to_owned()),
            SAMPLE => ("sample".to_owned(), "crops of sample photographs".to_owned()),
            _ => (name_of(path), format!("images of {}", path.display())),
        };
        Ok(Self { dataset, name, description, digest, notices: String::new() })
    }
}

/// A name for runs on a file or folder, from its own.
fn name_of(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_default();
    let stem = absolute.file_stem().unwrap_or_default().to_string_lossy();
    let sound = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = stem.chars().map(sound).take(40).collect();
    if name.is_empty() { "images".to_owned() } else { name }
}

/// Official binaries under `datasets`, then a parquet file there, then the hub.
fn find_stl10(datasets: &Path, briefly: bool, tried: &mut Vec<String>) -> Result<Option<PathBuf>> {
    let binaries = datasets.join("stl10_binary");
    let images = binaries.join(Split::Train.images_file());
    if images.exists() {
        return Ok(Some(binaries));
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
        Ok(_) => Ok(Some(binaries)),
        Err(error) if error.is::<Interrupted>() => Err(error),
        Err(error) => {
            tried.push(format!("the hub: {}", explain(&error)));
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
