//! The run commands: each opens a session and runs one step, or all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use dim_models::DeviceChoice;

use crate::cli::RunArgs;
use crate::config::{Config, Preset, Settings};
use crate::estimate::{Work, estimate};
use crate::named::Named;
use crate::progress::{human, say};
use crate::record::{Inputs, Record, State, command};
use crate::run::{CONFIG, Run};
use crate::source::{self, Source};
use crate::{fetch, figures, measure, train};

/// A run that is being worked on.
pub struct Session {
    pub run: Run,
    pub config: Config,
    pub source: Source,
    pub device: Device,
    pub record: Record,
}

/// `cargo xtask reproduce`.
pub fn reproduce(args: &RunArgs) -> Result<()> {
    let start = Instant::now();
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("reproduce", args.fresh)?;
    train::train(&mut session)?;
    measure::measure(&mut session)?;
    figures::figures(&mut session, false)?;
    session.conclude(start)
}

/// `cargo xtask train`.
pub fn train(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Preset)?;
    session.announce("train", args.fresh)?;
    train::train(&mut session)
}

/// `cargo xtask measure`.
pub fn measure(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.check_trained()?;
    if args.fresh {
        session.record.discard(&session.run, |step| step == measure::STEP)?;
    }
    session.record.is_due(&session.run, measure::STEP, &measure::inputs(&session)?)?;
    session.run.write_config(&session.config, &command())?;
    measure::measure(&mut session)
}

/// `cargo xtask figures`: always draws, because it was asked to.
pub fn figures(args: &RunArgs) -> Result<()> {
    let mut session = Session::open(args, Base::Run)?;
    session.check_trained()?;
    session.check_measured()?;
    session.run.write_config(&session.config, &command())?;
    figures::figures(&mut session, true)
}

/// Where settings come from that neither flags nor a file give.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// The preset.
    Preset,
    /// The configuration that the run was made with.
    Run,
}

impl Session {
    fn open(args: &RunArgs, base: Base) -> Result<Self> {
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
        let name = args
            .run
            .clone()
            .unwrap_or_else(|| format!("local-{}-{}", source.name, config.preset.0));
        let run = Run::open(&results, &name)?;
        let record = match Record::read(&run) {
            Err(_) if args.fresh => Record::default(),
            record => record?,
        };
        Ok(Self { run, config, source, device, record })
    }

    /// The first lines: what will be done, on what, and about how long it takes.
    fn announce(&mut self, command_name: &str, is_fresh: bool) -> Result<()> {
        if is_fresh {
            self.record.discard(&self.run, |_| true)?;
            self.run.remove(METRICS)?;
        }
        let device = self.device_kind();
        let work = self.work()?;
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
        for notice in &self.source.notices {
            say(notice);
        }
        say(&format!("results go to {}", self.run.folder().display()));
        self.record.data = [
            ("images".to_owned(), self.source.dataset.len().to_string()),
            ("description".to_owned(), self.source.description.clone()),
            ("md5".to_owned(), self.source.digest.clone()),
        ]
        .into();
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
                let measured = self.config.measure_images.of(available);
                work.push(Work { case, trained, measured });
            }
        }
        if work.is_empty() {
            self.record.is_due(&self.run, measure::STEP, &measure::inputs(self)?)?;
        } else {
            // Its other inputs, the checkpoints, are still to come.
            let differences =
                self.record.differences(measure::STEP, &measure::settings(self)?);
            if !differences.is_empty() {
                bail!(stale(&self.run, measure::STEP, &differences));
            }
        }
        Ok(work)
    }

    /// Refuses settings other than those that the run was trained with.
    fn check_trained(&self) -> Result<()> {
        let settings = train::settings(self)?;
        for case in self.config.cases() {
            let step = train::step(case);
            if !self.record.steps.contains_key(&step) {
                bail!(
                    "case {case} is not trained in {}; `cargo xtask train` does that",
                    self.run.folder().display()
                );
            }
            self.refuse_others(&step, &settings)?;
        }
        Ok(())
    }

    /// Refuses settings other than those that the run was measured with.
    fn check_measured(&self) -> Result<()> {
        if !self.record.steps.contains_key(measure::STEP) {
            bail!(
                "{} is not measured; `cargo xtask measure` does that",
                self.run.folder().display()
            );
        }
        self.refuse_others(measure::STEP, &measure::settings(self)?)
    }

    fn conclude(&self, start: Instant) -> Result<()> {
        let path = self.run.path(crate::run::SUMMARY_MD);
        let summary = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(verdict) = summary.lines().find(|line| line.starts_with("**")) {
            say(&verdict.replace("**", ""));
        }
        say(&format!("done in {}: {}", human(start.elapsed()), path.display()));
        Ok(())
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

    /// True where a step's record holds.
    pub fn is_up_to_date(&self, step: &str, inputs: &Inputs) -> Result<bool> {
        Ok(self.record.state(&self.run, step, inputs)? == State::UpToDate)
    }
}

/// The configuration that an existing run was made with.
fn settings_of_run(results: &Path, name: Option<&str>) -> Result<Settings> {
    let Some(name) = name else {
        bail!("which run? Name its folder with --run; there are: {}", runs(results).join(", "));
    };
    let path = results.join(name).join(CONFIG);
    if !path.exists() {
        bail!("{} does not exist; `cargo xtask train --run {name}` makes it", path.display());
    }
    Settings::from_file(&path)
}

fn runs(results: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(results).into_iter().flatten().flatten();
    let is_run = |path: &PathBuf| path.join(CONFIG).exists();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(is_run)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}

fn set_threads(threads: Option<usize>) -> Result<()> {
    match threads {
        None => Ok(()),
        Some(n @ 1..=1024) => rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build_global()
            .context("cannot start the threads"),
        Some(n) => bail!("--threads is {n}; expected 1 to 1024"),
    }
}

/// The root of this repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
