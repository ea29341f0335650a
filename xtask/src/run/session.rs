//! A run in progress: its settings, images, device, folder and record.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use dim_models::{Case, DeepInfoMax, DeviceChoice};

use super::folder::{CONFIG, RunFolder, check_name, checkpoint, seed_runs};
use super::images::Images;
use super::record::Record;
use crate::settings::cli::RunArgs;
use crate::settings::config::{Config, Settings};
use crate::support::paths;

/// A run in progress. Its folder is locked.
pub struct Session {
    pub run: RunFolder,
    pub config: Config,
    pub images: Images,
    pub device: Device,
    pub record: Record,
}

/// The source of settings that neither flags nor a file give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The preset.
    Preset,
    /// The configuration of the existing run.
    Run,
}

/// Settings, images and device, before there is a folder.
pub struct Prepared {
    /// The folder of run folders.
    pub results: PathBuf,
    pub config: Config,
    pub images: Images,
    pub device: Device,
}

impl Prepared {
    /// Resolves the settings and opens device and images. Writes nothing, except for a download of
    /// STL-10.
    pub fn new(args: &RunArgs, base: Base) -> Result<Self> {
        set_threads(args.threads)?;
        args.run.as_deref().map_or(Ok(()), check_name)?;
        let results = args.results.clone().unwrap_or_else(paths::results);
        let datasets = args.datasets.clone().unwrap_or_else(paths::datasets);
        let mut settings = args.settings.clone();
        if let Some(path) = &args.config {
            settings = settings.or(Settings::from_file(path)?);
        }
        if base == Base::Run {
            let of_run = settings_of_run(&results, args.run.as_deref())?;
            if settings.preset.is_some_and(|preset| Some(preset) != of_run.preset) {
                bail!("`preset` applies to training only: remove it, or train another run");
            }
            settings = settings.or(of_run);
        }

        let device = settings.device.unwrap_or(DeviceChoice::Auto).open()?;
        let mut config = Config::resolve(settings, !device.is_cpu())?;
        let images = Images::open(&config.source, &datasets)?;
        // Other images may become available before the run is used again.
        if config.source == "auto" {
            config.source = images.source();
        }
        config.check_images(images.dataset.len())?;
        Ok(Self { results, config, images, device })
    }

    /// The name of the run: the given one, or one made of data and preset.
    pub fn name(&self, given: Option<&str>, suffix: &str) -> String {
        let default = || format!("local-{}-{}{suffix}", self.images.name, self.config.preset);
        given.map_or_else(default, str::to_owned)
    }

    /// How many images are measured: the first in file order.
    pub fn measured_images(&self) -> usize {
        self.config.measure_images.of(self.images.dataset.len())
    }
}

impl Session {
    /// Opens and locks the folder of the run.
    pub fn open(prepared: Prepared, name: &str, is_fresh: bool) -> Result<Self> {
        let Prepared { results, config, images, device } = prepared;
        let folder = results.join(name);
        if !seed_runs(&folder).is_empty() {
            return Err(holds_seeds(&folder));
        }
        let run = RunFolder::open(&results, name)?;
        let record = match Record::read(&run) {
            Err(_) if is_fresh => Record::default(),
            record => record?,
        };
        Ok(Self { run, config, images, device, record })
    }

    /// The trained model of a case.
    pub fn trained(&self, case: Case) -> Result<DeepInfoMax> {
        Ok(DeepInfoMax::load(self.run.path(&checkpoint(case)), &self.device)?)
    }

    /// How many images are measured: the first in file order.
    pub fn measured_images(&self) -> usize {
        self.config.measure_images.of(self.images.dataset.len())
    }

    /// `cpu`, `cuda` or `metal`: results may differ in the last digits between them.
    pub fn device_kind(&self) -> &'static str {
        match self.device {
            Device::Cpu => "cpu",
            Device::Cuda(_) => "cuda",
            Device::Metal(_) => "metal",
        }
    }

    /// For figures: data, preset, seed.
    pub fn subtitle(&self) -> String {
        let available = self.images.dataset.len();
        let Config { preset, epochs, train_images, seed, .. } = &self.config;
        format!(
            "{}, {available} images · preset {preset}: {epochs} epochs over {} images · seed \
             {seed}",
            self.images.description,
            train_images.of(available),
        )
    }
}

/// The configuration of an existing run.
fn settings_of_run(results: &Path, name: Option<&str>) -> Result<Settings> {
    let Some(name) = name else {
        bail!("name a run with --run; {}", list_runs(results));
    };
    let folder = results.join(name);
    if !seed_runs(&folder).is_empty() {
        return Err(holds_seeds(&folder));
    }
    let path = folder.join(CONFIG);
    if !path.exists() {
        bail!("there is no run `{name}`; {}", list_runs(results));
    }
    Settings::from_file(&path)
}

fn holds_seeds(folder: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "{} holds the runs of several seeds; choose one with --results {0} --run seed-N, or \
         another folder with --run NAME",
        folder.display()
    )
}

/// The existing runs, in words.
fn list_runs(results: &Path) -> String {
    let entries = std::fs::read_dir(results).into_iter().flatten().flatten();
    let is_run = |path: &PathBuf| path.join(CONFIG).exists();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(is_run)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let folder = results.display();
    if names.is_empty() {
        format!("{folder} has no runs yet; `cargo xtask train` makes one")
    } else {
        format!("{folder} has {}", names.join(", "))
    }
}

fn set_threads(threads: Option<usize>) -> Result<()> {
    /// The number that an earlier run of this process set.
    static SET: OnceLock<usize> = OnceLock::new();
    match threads {
        None => Ok(()),
        Some(n) if SET.get() == Some(&n) => Ok(()),
        Some(n @ 1..=1024) => rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build_global()
            .context("cannot start the threads")
            .map(|()| _ = SET.set(n)),
        Some(n) => bail!("--threads is {n}; expected 1 to 1024"),
    }
}
