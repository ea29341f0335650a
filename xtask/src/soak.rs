//! `cargo xtask soak`: a small run, killed at random times and restarted until it is done, again and
//! again. It must come out byte for byte as without a kill, and after each kill every file must be whole.

mod attempt;
mod plan;
mod reference;
mod report;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::cli::SoakArgs;
use crate::config::{Config, Settings};
use crate::named::{Count, List};
use crate::progress::{Progress, human, say};
use crate::record::Record;
use crate::reproduce::{root, steps};
use crate::run::{CONFIG, RECORD, Run, state};
use crate::train;
use crate::verify::{Kind, check};
use crate::{bench, fetch, files, interrupt};
use attempt::{Ending, Program};
use plan::Plan;
use reference::Reference;

/// The run's folder, under that of results.
const NAME: &str = "soak";
/// Where a kill landed that came before the first line.
const OPENING: &str = "opening";
/// Where a kill landed that came after the last record.
const CLOSING: &str = "closing";
/// More starts than kills by this factor mean that the run does not get done.
const STARTS_PER_KILL: usize = 20;

/// What has been seen so far.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    starts: usize,
    /// Runs that were killed at least once and came out as the reference.
    rounds: usize,
    /// Kills by what the program was doing.
    landed: BTreeMap<String, usize>,
    /// Kills within a training that had saved a state to go on from.
    resumable: usize,
    /// Kills that left a file half-written, beside its place.
    half_written: usize,
}

/// Soaks the program and writes the report.
pub fn soak(args: &SoakArgs) -> Result<()> {
    let start = Instant::now();
    let out = args.out.clone().unwrap_or_else(|| {
        root().join("results").join("soak").join(format!("{}.md", bench::today()))
    });
    if out.exists() {
        bail!("{} exists: remove it, or name another with --out", out.display());
    }
    ensure!(args.kills > 0, "0 kills show nothing: 1 or more are needed");
    let config = Config::resolve(args.settings.clone().or(small()?), false)?;
    let datasets = args.datasets.clone().unwrap_or_else(fetch::default_datasets);

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
            files::make_folder(out.parent().unwrap_or(Path::new(".")))?;
            files::write(&out, report::markdown(&facts))?;
            say(&format!(
                "{} kills, {} runs as without a kill, in {}: {}",
                tally.kills,
                tally.rounds,
                human(start.elapsed()),
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

/// Seconds a run, and every step has something to do: of the sample photographs, only all have classes to
/// probe.
fn small() -> Result<Settings> {
    let settings = Settings {
        source: Some("sample".to_owned()),
        preset: Some("smoke".parse().map_err(anyhow::Error::msg)?),
        cases: Some("a,c".parse().map_err(anyhow::Error::msg)?),
        iterations: Some(6),
        measure_images: Some(Count::All),
        channels: Some(List(vec![2, 2, 2, 2])),
        width: Some(4),
        ..Settings::default()
    };
    Ok(settings)
}

struct Soak {
    config: Config,
    program: Program,
    /// The folder of run folders.
    results: PathBuf,
    /// Where the run without a kill is put aside.
    aside: PathBuf,
    /// In order.
    steps: Vec<String>,
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
            steps: steps(&config.cases()),
            aside: scratch.join("without-a-kill"),
            results,
            config,
        })
    }

    /// Where a kill can land, in order.
    fn places(&self) -> Vec<&str> {
        let steps = self.steps.iter().map(String::as_str);
        [OPENING].into_iter().chain(steps).chain([CLOSING]).collect()
    }

    fn folder(&self) -> PathBuf {
        self.results.join(NAME)
    }

    fn run(&self, kills: usize, mut plan: Plan) -> Result<(Reference, Tally)> {
        say("soak: the run without a kill");
        let reference = self.reference()?;
        let mut tally = Tally::default();
        let progress = Progress::new("soak", kills as u64, "kills");
        // Killed in the round that is going on.
        let mut killed = 0;
        while tally.kills < kills || killed > 0 {
            ensure!(
                tally.starts < STARTS_PER_KILL * (kills + 1),
                "{} starts did no more than {} kills and {} whole runs",
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
                    self.look_after_kill(&reference, &mut tally)?;
                    progress.add(1);
                }
                Ending::Done => {
                    self.compare(&reference)?;
                    tally.rounds += usize::from(killed > 0);
                    killed = 0;
                    progress.milestone(&format!(
                        "{} of {kills} kills, {} runs as without a kill",
                        tally.kills, tally.rounds
                    ));
                }
                Ending::Failed(said) => bail!("after {killed} kills the run failed:\n{said}"),
            }
        }
        progress.finish("soaked");
        self.program.check_temporary()?;
        Ok((reference, tally))
    }

    /// Makes the run once without a kill.
    fn reference(&self) -> Result<Reference> {
        let start = Instant::now();
        match self.program.run(&self.folder().join(RECORD), None)? {
            Ending::Done => {}
            Ending::Failed(said) => bail!("the run fails without a kill:\n{said}"),
            Ending::Killed => bail!("the run was killed by somebody else"),
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
    fn look_after_kill(&self, reference: &Reference, tally: &mut Tally) -> Result<()> {
        let left = self.left()?;
        let place = match left.first() {
            _ if !self.program.has_begun() => OPENING,
            Some(&step) => &self.steps[step],
            None => CLOSING,
        };
        *tally.landed.entry(place.to_owned()).or_default() += 1;
        let folder = self.folder();
        if !folder.join(CONFIG).exists() {
            return Ok(());
        }
        let has_state = |case| place == train::step(case) && folder.join(state(case)).exists();
        tally.resumable += usize::from(self.config.cases().into_iter().any(has_state));
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
    if folder.exists() { Record::read(&Run::look(folder)?) } else { Ok(Record::default()) }
}
