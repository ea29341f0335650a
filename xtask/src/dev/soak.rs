//! `cargo xtask soak`: kills a small run at random times and restarts it until it is done, many
//! times. Its files must equal those of a run that was not killed, byte for byte, and after each
//! kill every file must be complete.

mod attempt;
mod plan;
mod reference;
mod report;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use dim_models::Case;

use super::report_file;
use crate::commands::verify::{Kind, check};
use crate::run::folder::{CONFIG, RECORD, RunFolder, training_state_file};
use crate::run::record::Record;
use crate::run::step::Step;
use crate::settings::cli::SoakArgs;
use crate::settings::config::{Config, Preset, Settings};
use crate::settings::values::Count;
use crate::support::progress::{Progress, format_duration, status};
use crate::support::{files, interrupt, paths};
use attempt::{Ending, Program};
use plan::Plan;
use reference::Reference;

/// The run's folder, under that of results.
const NAME: &str = "soak";
/// The place of a kill before the first line of output.
const OPENING: &str = "opening";
/// The place of a kill after the last record.
const CLOSING: &str = "closing";
/// More starts for each kill than this mean that the run makes no progress.
const STARTS_PER_KILL: usize = 20;

/// The counts so far.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    starts: usize,
    /// Runs that were killed at least once and equal the reference.
    rounds: usize,
    /// Kills by what the program was doing.
    landed: BTreeMap<String, usize>,
    /// Kills within a training that had saved a state to resume from.
    resumable: usize,
    /// Kills that left a file half-written, beside its place.
    half_written: usize,
}

/// Soaks the program and writes the report.
pub fn soak(args: &SoakArgs) -> Result<()> {
    let start = Instant::now();
    let out = report_file::path(args.out.as_deref(), "soak", ".md")?;
    ensure!(args.kills > 0, "--kills is 0; expected 1 or more");
    let config = Config::resolve(args.settings.clone().or(small()), false)?;
    let datasets = args.datasets.clone().unwrap_or_else(paths::datasets);

    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let soak = Soak::new(scratch.path(), config, &datasets)?;
    let plan = Plan::new(args.kill_seed);
    match soak.run(args.kills, plan) {
        Ok((reference, tally)) => {
            let facts = report::Facts {
                config: &soak.config,
                reference: &reference,
                tally: &tally,
                places: &soak.places(),
                elapsed: start.elapsed(),
            };
            report_file::write(&out, &report::markdown(&facts))?;
            status(&format!(
                "{} kills, {} runs equal to the reference, in {}: {}",
                tally.kills,
                tally.rounds,
                format_duration(start.elapsed()),
                out.display()
            ));
            Ok(())
        }
        // The scratch folder goes.
        Err(error) if error.is::<interrupt::Interrupted>() => Err(error),
        Err(error) => {
            let kept = scratch.keep();
            Err(error.context(format!("all files are kept in {}", kept.display())))
        }
    }
}

/// A run of seconds in which every step has something to do.
fn small() -> Settings {
    Settings {
        source: Some("sample".to_owned()),
        preset: Some(Preset::Smoke),
        cases: Some(vec![Case::A, Case::C]),
        epochs: Some(6),
        measure_images: Some(Count::All),
        channels: Some(vec![2, 2, 2, 2]),
        hidden_channels: Some(4),
        ..Settings::default()
    }
}

struct Soak {
    config: Config,
    program: Program,
    /// The folder of run folders.
    results: PathBuf,
    /// Where the run without a kill is put aside.
    aside: PathBuf,
    /// In order.
    steps: Vec<Step>,
}

impl Soak {
    fn new(scratch: &Path, config: Config, datasets: &Path) -> Result<Self> {
        let settings = scratch.join("soak.toml");
        files::write(&settings, toml::to_string(&config).context("the settings as TOML")?)?;
        let results = scratch.join("results");
        let temporary = scratch.join("temporary");
        fs::create_dir(&temporary)
            .with_context(|| format!("cannot make {}", temporary.display()))?;
        let mut arguments = vec!["reproduce".into(), "--run".into(), NAME.into()];
        for (flag, path) in
            [("--config", &settings), ("--results", &results), ("--datasets", &datasets.into())]
        {
            arguments.extend([flag.into(), path.into()]);
        }
        Ok(Self {
            program: Program::new(arguments, temporary, scratch.join("stderr.txt"))?,
            steps: Step::of_run(&config.cases),
            aside: scratch.join("without-a-kill"),
            results,
            config,
        })
    }

    /// Where a kill can land, in order.
    fn places(&self) -> Vec<String> {
        let steps = self.steps.iter().map(Step::to_string);
        [OPENING.to_owned()].into_iter().chain(steps).chain([CLOSING.to_owned()]).collect()
    }

    fn folder(&self) -> PathBuf {
        self.results.join(NAME)
    }

    fn run(&self, kills: usize, mut plan: Plan) -> Result<(Reference, Tally)> {
        status("soak: making the reference, a run that is not killed");
        let reference = self.reference()?;
        let mut tally = Tally::default();
        let progress = Progress::new("soak", kills as u64, "kills");
        // Killed in the round that is going on.
        let mut killed = 0;
        while tally.kills < kills || killed > 0 {
            ensure!(
                tally.starts < STARTS_PER_KILL * (kills + 1),
                "{} starts gave only {} kills and {} complete runs",
                tally.starts,
                tally.kills,
                tally.rounds
            );
            let timing = if tally.kills < kills {
                plan.next(&self.steps, &self.left()?, &tally.landed, &reference)
            } else {
                None
            };
            tally.starts += 1;
            let folder = self.folder();
            match self.program.run(&folder.join(RECORD), timing.as_ref())? {
                Ending::Killed => {
                    killed += 1;
                    tally.kills += 1;
                    self.check_after_kill(&reference, &mut tally)?;
                    progress.add(1);
                }
                Ending::Done => {
                    self.compare(&reference)?;
                    tally.rounds += usize::from(killed > 0);
                    killed = 0;
                    progress.milestone(&format!(
                        "{} of {kills} kills, {} runs equal to the reference",
                        tally.kills, tally.rounds
                    ));
                }
                Ending::Failed(said) => bail!("after {killed} kills the run failed:\n{said}"),
            }
        }
        progress.finish("soak done");
        self.program.check_temporary()?;
        Ok((reference, tally))
    }

    /// Makes the run once without a kill.
    fn reference(&self) -> Result<Reference> {
        let start = Instant::now();
        match self.program.run(&self.folder().join(RECORD), None)? {
            Ending::Done => {}
            Ending::Failed(said) => bail!("the run fails without a kill:\n{said}"),
            Ending::Killed => bail!("the run was killed by another process"),
        }
        let elapsed = start.elapsed();
        let problems = check(&self.folder())?.problems;
        ensure!(problems.is_empty(), "without a kill: {}", problems[0]);
        fs::rename(self.folder(), &self.aside)
            .with_context(|| format!("cannot rename to {}", self.aside.display()))?;
        Reference::read(&self.aside, elapsed)
    }

    /// Positions of the steps that are not done.
    fn left(&self) -> Result<Vec<usize>> {
        let record = record(&self.folder())?;
        let is_left = |i: &usize| !record.steps.contains_key(&self.steps[*i]);
        Ok((0..self.steps.len()).filter(is_left).collect())
    }

    /// Counts where the kill landed; an error where a file is neither whole nor absent.
    fn check_after_kill(&self, reference: &Reference, tally: &mut Tally) -> Result<()> {
        let left = self.left()?;
        let place = match left.first() {
            _ if !self.program.has_begun() => OPENING,
            Some(&step) => &self.steps[step].to_string(),
            None => CLOSING,
        };
        *tally.landed.entry(place.to_owned()).or_default() += 1;
        let folder = self.folder();
        if !folder.join(CONFIG).exists() {
            return Ok(());
        }
        let has_state = |&case: &Case| {
            place == Step::Train(case).to_string()
                && folder.join(training_state_file(case)).exists()
        };
        tally.resumable += usize::from(self.config.cases.iter().any(has_state));
        let when = || format!("after a kill in `{place}`");
        let problems = check(&folder).with_context(when)?.problems;
        let is_wrong = |kind| !matches!(kind, Kind::Unfinished | Kind::Leftover | Kind::Unrecorded);
        if let Some(problem) = problems.iter().find(|problem| is_wrong(problem.kind)) {
            bail!("{}: {problem}", when());
        }
        let is_half = |file: &str| file.rsplit('/').next().is_some_and(files::is_unfinished);
        tally.half_written += usize::from(problems.iter().any(|problem| is_half(&problem.file)));
        reference.check_part(&folder).with_context(when)
    }

    /// Demands of a run that is done what the reference is, and makes room for the next.
    fn compare(&self, reference: &Reference) -> Result<()> {
        let folder = self.folder();
        let problems = check(&folder)?.problems;
        if let Some(problem) = problems.first() {
            bail!("the run is done, but {problem}");
        }
        reference.check_whole(&folder)?;
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
    }
}

/// The record of a run that nobody is working on; empty where there is none yet.
fn record(folder: &Path) -> Result<Record> {
    if folder.exists() {
        Record::read(&RunFolder::open_read_only(folder)?)
    } else {
        Ok(Record::default())
    }
}
