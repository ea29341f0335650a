//! The images of a run: STL-10 if it is available, else the sample photographs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use stl_data::fetch::FetchOptions;
use stl_data::manifest::FOLD_INDICES;
use stl_data::{Dataset, Error, FormatFault, Split};

use super::download;
use super::photographs::{self, SOURCES};
use super::record::Inputs;
use crate::support::files;
use crate::support::interrupt::Interrupted;
use crate::support::progress::error_chain;

/// [`Dataset::digest`] of the STL-10 train split, whichever file it comes from.
const STL10_TRAIN: &str = "1d041f901fdb568c24dad0941ccbac06";
/// [`Dataset::digest`] of the sample photographs.
const SAMPLE: &str = "555caeebaf2fc214d39040ef834e54a2";
const SAMPLE_DESCRIPTION: &str = "crops of sample photographs";
const HOW_TO_GET_IT: &str = "`cargo xtask fetch` downloads STL-10; --source PATH uses your copy";
/// Longest wait for the hub's first answer if the user did not ask for a download.
const UNASKED_TIMEOUT: Duration = Duration::from_secs(5);

/// An opened data set, with its names.
pub struct Images {
    pub dataset: Dataset,
    /// Short name for run folders: `stl10`, `sample`, or the file's own.
    pub name: String,
    /// For figures and tables: what the images are.
    pub description: String,
    /// Digest of images and labels.
    pub digest: String,
    /// What was not found, in lines; often empty.
    pub notices: String,
    /// The sample photographs, which may not exist.
    sample: PathBuf,
}

/// Images that training has not seen.
pub struct Unseen {
    pub dataset: Dataset,
    /// For tables: what the images are.
    pub description: String,
}

impl Images {
    /// Opens what `--source` names.
    pub fn open(source: &str, datasets: &Path) -> Result<Self> {
        let sample = datasets.join("sample").join("sample.parquet");
        let mut images = Self::open_source(source, datasets, &sample)?;
        images.sample = sample;
        Ok(images)
    }

    fn open_source(source: &str, datasets: &Path, sample: &Path) -> Result<Self> {
        match source {
            "sample" => Self::of_file(sample),
            "stl10" | "auto" => {
                let mut tried = Vec::new();
                if let Some(path) = find_stl10(datasets, source == "auto", &mut tried)? {
                    return Self::of_file(&path);
                }
                if source == "auto" && sample.exists() {
                    let notices = format!(
                        "STL-10 was not found: using the sample photographs. Tried:\n  \
                         {}\n{HOW_TO_GET_IT}",
                        tried.join("\n  ")
                    );
                    return Ok(Self { notices, ..Self::of_file(sample)? });
                }
                if source == "auto" {
                    tried.push(format!("no {}", sample.display()));
                }
                bail!("STL-10 was not found. Tried:\n  {}\n{HOW_TO_GET_IT}", tried.join("\n  "))
            }
            path => Self::of_file(Path::new(path)).map_err(|error| {
                let hint = match error.downcast_ref() {
                    Some(
                        Error::NotFound { .. }
                        | Error::Format { fault: FormatFault::UnknownFormat, .. },
                    ) => {
                        "; expected auto, stl10, sample, or the path of a *_X.bin, a .parquet or \
                         a folder of binaries"
                    }
                    _ => "",
                };
                error.context(format!("cannot use the source `{path}`{hint}"))
            }),
        }
    }

    /// Whether these are the study's images: the STL-10 train split, from whichever file.
    pub fn is_stl10(&self) -> bool {
        self.digest == STL10_TRAIN
    }

    /// Whether these are the sample photographs of this repository.
    pub fn is_sample(&self) -> bool {
        self.digest == SAMPLE
    }

    /// A value of the setting `source` that names these images.
    pub fn source(&self) -> String {
        if self.is_stl10() {
            "stl10".to_owned()
        } else if self.is_sample() {
            "sample".to_owned()
        } else {
            self.dataset.path().display().to_string()
        }
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

    /// The photograph that each sample image is a crop of; `None` of other images, and where the
    /// list is missing.
    pub fn photographs(&self) -> Result<Option<Vec<usize>>> {
        let list = self.list_of_photographs();
        list.map(|path| photographs::read(&path, self.dataset.len())).transpose()
    }

    /// The list of the sample's photographs, as an input of the summary.
    pub fn summary_inputs(&self) -> Result<Inputs> {
        let digest = |path: PathBuf| Ok((SOURCES.to_owned(), files::digest(&path)?));
        self.list_of_photographs().map(digest).into_iter().collect()
    }

    fn list_of_photographs(&self) -> Option<PathBuf> {
        let path = self.dataset.path().with_file_name(SOURCES);
        (self.is_sample() && path.exists()).then_some(path)
    }

    /// The files beside STL-10's images that decide the splits of the probe, as inputs of it.
    pub fn probe_inputs(&self, measured: usize) -> Result<Inputs> {
        let mut inputs = Inputs::new();
        if let Some(path) = self.fold_indices(measured) {
            inputs.insert(FOLD_INDICES.to_owned(), files::digest(&path)?);
        }
        if let Some(test) = self.test_split(measured)? {
            inputs.insert("test split".to_owned(), test.digest()?);
        }
        Ok(inputs)
    }

    /// STL-10's own folds, if they are beside its images and all of these are measured.
    pub fn fold_indices(&self, measured: usize) -> Option<PathBuf> {
        self.beside_stl10(FOLD_INDICES, measured)
    }

    /// STL-10's test split, if it is beside the images with its labels and all images are measured.
    pub fn test_split(&self, measured: usize) -> Result<Option<Dataset>> {
        let Some(path) = self.beside_stl10(Split::Test.images_file(), measured) else {
            return Ok(None);
        };
        let test = Dataset::open(&path)?;
        Ok(test.labels().iter().all(Option::is_some).then_some(test))
    }

    /// Images that training has not seen: STL-10's test split if it is beside the images, else the
    /// sample photographs. `None` if the run is on the sample, whose crops share photographs, or if
    /// the sample is not there.
    pub fn unseen(&self) -> Result<Option<Unseen>> {
        if self.is_sample() {
            return Ok(None);
        }
        let test = self.dataset.path().with_file_name(Split::Test.images_file());
        let (path, description) = if self.is_stl10() && test.exists() {
            (test, "STL-10 test split")
        } else if self.sample.exists() {
            (self.sample.clone(), SAMPLE_DESCRIPTION)
        } else {
            return Ok(None);
        };
        let dataset = Dataset::open(&path)?;
        Ok(Some(Unseen { dataset, description: description.to_owned() }))
    }

    /// The unseen images, as input of their step.
    pub fn unseen_inputs(&self) -> Result<Inputs> {
        let unseen = self.unseen()?.map(|unseen| unseen.dataset.digest()).transpose()?;
        Ok(unseen.map(|digest| ("unseen images".to_owned(), digest)).into_iter().collect())
    }

    fn beside_stl10(&self, name: &str, measured: usize) -> Option<PathBuf> {
        let path = self.dataset.path().with_file_name(name);
        let is_whole = self.is_stl10() && measured == self.dataset.len();
        (is_whole && path.exists()).then_some(path)
    }

    fn of_file(path: &Path) -> Result<Self> {
        let dataset = Dataset::open(path)?;
        let digest = dataset.digest()?;
        let (name, description) = match digest.as_str() {
            STL10_TRAIN => ("stl10".to_owned(), "STL-10 train split".to_owned()),
            SAMPLE => ("sample".to_owned(), SAMPLE_DESCRIPTION.to_owned()),
            _ => (name_of(path), format!("images of {}", path.display())),
        };
        let (notices, sample) = (String::new(), PathBuf::new());
        Ok(Self { dataset, name, description, digest, notices, sample })
    }
}

/// A name for runs, from that of a file or folder.
fn name_of(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_default();
    let stem = absolute.file_stem().unwrap_or_default().to_string_lossy();
    let replace = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = stem.chars().map(replace).take(40).collect();
    if name.is_empty() { "images".to_owned() } else { name }
}

/// Official binaries under `datasets`, then a parquet file there, then the hub.
fn find_stl10(
    datasets: &Path,
    is_unasked: bool,
    tried: &mut Vec<String>,
) -> Result<Option<PathBuf>> {
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
    if is_unasked {
        options.answer_timeout = options.answer_timeout.min(UNASKED_TIMEOUT);
    }
    match download::from_hub(&binaries, &[Split::Train], &options) {
        Ok(_) => Ok(Some(binaries)),
        Err(error) if error.is::<Interrupted>() => Err(error),
        Err(error) => {
            tried.push(format!("the hub: {}", error_chain(&error)));
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
