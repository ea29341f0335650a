//! A run that is being worked on: its settings, its images, what is done of it and what is due.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use dim_models::{Case, DeviceChoice};

use crate::cli::RunArgs;
use crate::config::{Config, Settings};
use crate::estimate::{Work, estimate};
use crate::progress::{human, say};
use crate::record::{Inputs, Record, State, command, other_results, settings_of};
use crate::reproduce::root;
use crate::run::{CONFIG, METRICS, Run, check_name, checkpoint, state};
use crate::source::Source;
use crate::{fetch, files, measure, seeds, space, train};

/// A run that is being worked on.
pub struct Session {
    pub run: Run,
    pub config: Config,
    pub source: Source,
    pub device: Device,
    pub record: Record,
}

/// Where settings come from that neither flags nor a file give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The preset.
    Preset,
    /// The configuration that the run was made with.
    Run,
}

/// Settings, images and device, before there is a folder.
pub struct Prepared {
    /// The folder of run folders.
    pub results: PathBuf,
    pub config: Config,
    pub source: Source,
    pub device: Device,
}

impl Prepared {
    /// Settles the settings and opens device and images. Nothing is made or changed.
    pub fn new(args: &RunArgs, base: Base) -> Result<Self> {
        set_threads(args.threads)?;
        args.run.as_deref().map_or(Ok(()), check_name)?;
        let results = args.results.clone().unwrap_or_else(|| root().join("results"));
        let datasets = args.datasets.clone().unwrap_or_else(fetch::default_datasets);
        let mut settings = args.settings.clone();
        if let Some(path) = &args.config {
            settings = settings.or(Settings::from_file(path)?);
        }
        if base == Base::Run {
            let of_run = settings_of_run(&results, args.run.as_deref())?;
            if settings.preset.is_some_and(|preset| Some(preset) != of_run.preset) {
                bail!("a preset is chosen in training; leave `preset` out, or train anew");
            }
            settings = settings.or(of_run);
        }

        let device = settings.device.map_or(DeviceChoice::Auto, |device| device.0).open()?;
        let config = Config::resolve(settings, !device.is_cpu())?;
        let source = Source::open(&config.source, &datasets)?;
        config.check_images(source.dataset.len())?;
        Ok(Self { results, config, source, device })
    }

    /// The name of the run: the one asked for, or one made of data and preset.
    pub fn name(&self, asked: Option<&str>, suffix: &str) -> String {
        let made = || format!("local-{}-{}{suffix}", self.source.name, self.config.preset.0);
        asked.map_or_else(made, str::to_owned)
    }
}

impl Session {
    /// Settles the settings, opens device, images and the run's folder. Nothing is made or changed where
    /// any of them is refused.
    pub fn open(args: &RunArgs, base: Base) -> Result<Self> {
        let prepared = Prepared::new(args, base)?;
        let name = prepared.name(args.run.as_deref(), "");
        let Prepared { results, config, source, device } = prepared;
        if !results.join(&name).exists() && base == Base::Preset {
            let images = config.measure_images.of(source.dataset.len());
            space::check(&results.join(&name), space::of_run(&config, images)?)?;
        }
        let run = Run::open(&results, &name)?;
        let record = match Record::read(&run) {
            Err(_) if args.fresh => Record::default(),
            record => record?,
        };
        if record.steps.contains_key(seeds::STEP) {
            bail!(
                "{} holds the runs of several seeds; name one of them with --results {0} --run seed-N, or give this run \
                 a name of its own with --run",
                run.folder().display()
            );
        }
        Ok(Self { run, config, source, device, record })
    }

    /// The first lines: what will be done, on what, and about how long it takes.
    pub fn announce(&mut self, command_name: &str, is_fresh: bool) -> Result<()> {
        if is_fresh {
            // What it wrote before goes first.
            let whole = space::of_run(&self.config, self.measured_images())?;
            space::check(self.run.folder(), whole.saturating_sub(self.record.size(&self.run)))?;
            Case::ALL.into_iter().try_for_each(|case| self.run.remove(&state(case)))?;
            self.record.discard(&self.run, |_| true)?;
            self.run.remove(METRICS)?;
        }
        let device = self.device_kind();
        let work = self.work()?;
        space::check(self.run.folder(), space::left(self)?)?;
        let time = if work.is_empty() {
            "nothing to train".to_owned()
        } else {
            match estimate(&work, &self.config.train_config()?, &self.device)? {
                Some(time) => format!("about {}", human(time)),
                None => "seconds".to_owned(),
            }
        };
        say(&format!(
            "{command_name}: preset {} on {} ({} images), {device} with {} threads: {time}",
            self.config.preset.0,
            self.source.description,
            self.source.dataset.len(),
            rayon::current_num_threads(),
        ));
        if !self.source.notices.is_empty() {
            say(&self.source.notices);
        }
        say(&format!("results go to {}", self.run.folder().display()));
        self.record.data = self.source.data();
        self.run.write_config(&self.config, &command())
    }

    /// The training that is left to do; refuses early what a step would refuse later.
    fn work(&self) -> Result<Vec<Work>> {
        let cases = self.config.cases();
        let inputs = train::inputs(self)?;
        let available = self.source.dataset.len();
        let batch = self.config.batch_size;
        let per_iteration = self.config.train_images.of(available) / batch * batch;
        let mut work = Vec::new();
        for case in Case::ALL {
            // A run has one configuration: the cases that are not asked for now count as well.
            let is_due = self.record.is_due(&self.run, &train::step(case), &inputs)?;
            if is_due && cases.contains(&case) {
                let trained = self.config.iterations.saturating_mul(per_iteration);
                let measured = self.measured_images();
                work.push(Work { case, trained, measured });
            }
        }
        if work.is_empty() {
            self.record.is_due(&self.run, measure::STEP, &measure::inputs(self)?)?;
        } else {
            // Its other inputs, the checkpoints, are still to come.
            let differences = self.record.differences(measure::STEP, &measure::known_inputs(self)?);
            if !differences.is_empty() {
                return Err(other_results(&self.run, measure::STEP, &differences));
            }
        }
        Ok(work)
    }

    /// Refuses to go on from trainings that are not done, or not as the settings say.
    pub fn require_trained(&self) -> Result<()> {
        let inputs = train::inputs(self)?;
        let cases = self.config.cases();
        cases.into_iter().try_for_each(|case| self.require(&train::step(case), "train", &inputs))
    }

    /// Refuses to go on from a measurement that is not done, or not as the settings say.
    pub fn require_measured(&self) -> Result<()> {
        self.require(measure::STEP, "measure", &measure::inputs(self)?)
    }

    fn require(&self, step: &str, command: &str, inputs: &Inputs) -> Result<()> {
        let folder = self.run.folder().display();
        let Some(record) = self.record.steps.get(step) else {
            bail!("step `{step}` is not done in {folder}; `cargo xtask {command}` does it");
        };
        let mut settings = settings_of(inputs);
        // A setting that the record does not know was not there yet, and its default held.
        settings.retain(|name, _| record.inputs.contains_key(name));
        let differences = self.record.differences(step, &settings);
        if !differences.is_empty() {
            bail!(
                "step `{step}` was done in {folder} with other settings:\n  {}\n\
                 leave them as they were, or make another run: `cargo xtask reproduce --run NAME`",
                differences.join("\n  ")
            );
        }
        match self.record.state(&self.run, step, &record.inputs)? {
            State::UpToDate => Ok(()),
            State::Missing => {
                bail!(
                    "step `{step}` lacks a file in {folder}; `cargo xtask {command}` makes it again"
                )
            }
            State::Stale(changes) => Err(other_results(&self.run, step, &changes)),
        }
    }

    /// Settings by key, and the data, as inputs of a step.
    pub fn inputs(&self, keys: &[&str]) -> Result<Inputs> {
        let table = toml::Table::try_from(&self.config).context("the configuration as a table")?;
        let mut inputs = Inputs::from([("data".to_owned(), self.source.digest.clone())]);
        for &key in keys {
            let value = table.get(key).with_context(|| format!("no setting `{key}`"))?;
            inputs.insert(key.to_owned(), value.to_string());
        }
        Ok(inputs)
    }

    /// The trained weights of every case, as inputs of a step.
    pub fn checkpoint_inputs(&self) -> Result<Inputs> {
        let mut inputs = Inputs::new();
        for case in self.config.cases() {
            let name = checkpoint(case);
            let path = self.run.path(&name);
            if !path.exists() {
                bail!("{} is missing; `cargo xtask train` makes it", path.display());
            }
            inputs.insert(name, files::digest(&path)?);
        }
        Ok(inputs)
    }

    /// How many images are measured: the first in file order.
    pub fn measured_images(&self) -> usize {
        self.config.measure_images.of(self.source.dataset.len())
    }

    /// `cpu`, `cuda` or `metal`: numbers may differ in the last digits between them.
    pub fn device_kind(&self) -> &'static str {
        match self.device {
            Device::Cpu => "cpu",
            Device::Cuda(_) => "cuda",
            Device::Metal(_) => "metal",
        }
    }

    /// For figures and tables: data, preset, seed.
    pub fn subtitle(&self) -> String {
        let available = self.source.dataset.len();
        let Config { preset, iterations, train_images, seed, .. } = &self.config;
        format!(
            "{}, {} images · preset {}: {iterations} iterations over {} images · seed {seed}",
            self.source.description,
            available,
            preset.0,
            train_images.of(available),
        )
    }
}

/// The configuration that an existing run was made with.
fn settings_of_run(results: &Path, name: Option<&str>) -> Result<Settings> {
    let Some(name) = name else {
        bail!("which run? Name it with --run; {}", runs(results));
    };
    let path = results.join(name).join(CONFIG);
    if results.join(name).join(seeds::SEEDS_CSV).exists() {
        let folder = results.join(name);
        bail!(
            "{} holds the runs of several seeds; name one of them: --results {0} --run seed-N",
            folder.display()
        );
    }
    if !path.exists() {
        bail!("there is no run `{name}`; {}", runs(results));
    }
    Settings::from_file(&path)
}

/// Which runs there are, in words.
fn runs(results: &Path) -> String {
    let entries = std::fs::read_dir(results).into_iter().flatten().flatten();
    let is_run = |path: &PathBuf| path.join(CONFIG).exists();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(is_run)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let place = results.display();
    if names.is_empty() {
        format!("{place} has none yet; `cargo xtask train` makes one")
    } else {
        format!("{place} has {}", names.join(", "))
    }
}

fn set_threads(threads: Option<usize>) -> Result<()> {
    /// What an earlier run of this process set.
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
