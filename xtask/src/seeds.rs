//! The study from several seeds: a run each, then what they say together.

mod figure;
mod summary;
mod table;

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::cli::{ReproduceArgs, RunArgs};
use crate::config::Settings;
use crate::files;
use crate::findings::{self, Findings};
use crate::named::Seeds;
use crate::progress::say;
use crate::record::{Inputs, Record, code};
use crate::reproduce::{conclude, reproduce_run};
use crate::run::{Run, SUMMARY_JSON, SUMMARY_MD};
use crate::session::{Base, Prepared};
use crate::{csv, figures, space};
use summary::SeedsSummary;
use table::SeedCase;

/// The step's name in the record.
pub const STEP: &str = "seeds";
/// What every seed and case came to.
pub const SEEDS_CSV: &str = "seeds.csv";

/// `cargo xtask reproduce --seeds`.
pub fn reproduce(args: &ReproduceArgs, seeds: &Seeds) -> Result<()> {
    let start = Instant::now();
    let prepared = Prepared::new(&args.run, Base::Preset)?;
    if args
        .run
        .config
        .as_deref()
        .map(Settings::from_file)
        .transpose()?
        .is_some_and(|s| s.seed.is_some())
    {
        bail!(
            "the configuration file has a `seed`; leave it out, or give --seed instead of --seeds"
        );
    }
    let name = prepared.name(args.run.run.as_deref(), "-seeds");
    let folder_of_all = prepared.results.join(&name);
    let new = seeds.0.iter().filter(|&&seed| !folder_of_all.join(folder(seed)).exists()).count();
    let images = prepared.config.measure_images.of(prepared.source.dataset.len());
    space::check(&folder_of_all, new as u64 * space::of_run(&prepared.config, images)?)?;
    let run = Run::open(&prepared.results, &name)?;
    let mut record = match Record::read(&run) {
        Err(_) if args.run.fresh => Record::default(),
        record => record?,
    };
    if record.steps.keys().any(|step| step != STEP) {
        bail!(
            "{} holds a single run; give those of several seeds a name of their own with --run",
            run.folder().display()
        );
    }
    let of_seed = |seed: u64| {
        let mut settings = args.run.settings.clone();
        settings.seed = Some(seed);
        // The same images for all, whatever can be had by then.
        settings.source = Some(prepared.config.source.clone());
        if prepared.config.source == "auto" {
            settings.source = Some(prepared.source.dataset.path().display().to_string());
        }
        RunArgs {
            run: Some(folder(seed)),
            results: Some(run.folder().to_owned()),
            settings,
            ..args.run.clone()
        }
    };
    for (i, &seed) in seeds.0.iter().enumerate() {
        say(&format!("== seed {seed} ({} of {})", i + 1, seeds.0.len()));
        reproduce_run(&of_seed(seed))?;
    }
    summarise(&prepared, &run, &mut record, seeds)?;
    conclude(&run, start)
}

/// The folder of a seed's run in that of all.
fn folder(seed: u64) -> String {
    format!("seed-{seed}")
}

/// Tables, words and figure of all seeds, unless they are up to date.
fn summarise(prepared: &Prepared, run: &Run, record: &mut Record, seeds: &Seeds) -> Result<()> {
    let runs: Vec<(u64, Run)> = seeds
        .0
        .iter()
        .map(|&seed| Ok((seed, Run::open(run.folder(), &folder(seed))?)))
        .collect::<Result<_>>()?;
    let mut inputs = Inputs::from([("bins".to_owned(), prepared.config.bins.to_string())]);
    inputs.extend(code(&["mi-plots", "xtask"]));
    for (seed, of_seed) in &runs {
        for (name, digest) in findings::inputs(of_seed)? {
            inputs.insert(format!("{}/{name}", folder(*seed)), digest);
        }
    }
    record.data = prepared.source.data();
    if !record.is_to_do(run, STEP, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    let mut rows = Vec::new();
    for (seed, of_seed) in &runs {
        let findings = Findings::open(of_seed)
            .with_context(|| format!("reading what seed {seed} measured"))?;
        rows.extend(SeedCase::of_seed(*seed, &findings)?);
    }
    let summary = SeedsSummary::new(prepared, &rows);
    csv::write(&run.to_write(SEEDS_CSV)?, &rows)?;
    files::write(&run.to_write(SUMMARY_JSON)?, summary.json()?)?;
    files::write(&run.to_write(SUMMARY_MD)?, summary.markdown())?;
    let drawn = figures::draw("fig-seeds", &figure::figure(&summary))?;
    let mut outputs = [SEEDS_CSV, SUMMARY_JSON, SUMMARY_MD].map(str::to_owned).to_vec();
    outputs.extend(figures::write(run, &drawn)?);
    record.finish(run, STEP, inputs, &outputs, start.elapsed())
}
