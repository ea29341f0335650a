//! `cargo xtask reproduce --seeds`: a run for each seed, then their summary and figure.

use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::reproduce::{print_verdict, reproduce};
use crate::report::figures::{blur, draw, geometry};
use crate::report::geometry::Geometry;
use crate::report::measurements::Measurements;
use crate::report::seeds::{SeedsSummary, figure, means, rows_of_seed};
use crate::run::folder::{
    CLAIMS, CONFIG, RunFolder, SEEDS_CSV, SUMMARY_JSON, SUMMARY_MD, seed_folder,
};
use crate::run::record::{Inputs, Record};
use crate::run::session::{Base, Prepared};
use crate::run::step::Step;
use crate::run::{disk_budget, plan};
use crate::settings::cli::RunArgs;
use crate::settings::config::Settings;
use crate::settings::values::Seeds;
use crate::support::files;
use crate::support::progress::status;
use crate::tables::claims::ClaimRow;
use crate::tables::csv;

/// Makes the run of each seed and compares them.
pub fn reproduce_seeds(args: &RunArgs, seeds: &Seeds) -> Result<()> {
    let start = Instant::now();
    let prepared = Prepared::new(args, Base::Preset)?;
    if let Some(path) = &args.config
        && Settings::from_file(path)?.seed.is_some()
    {
        bail!("{} sets `seed`: remove it, or use --seed instead of --seeds", path.display());
    }
    let name = prepared.name(args.run.as_deref(), "-seeds");
    check_disk(&prepared, &name, seeds)?;
    let run = RunFolder::open(&prepared.results, &name)?;
    let mut record = match Record::read(&run) {
        Err(_) if args.fresh => Record::default(),
        record => record?,
    };
    if record.steps.keys().any(|&step| step != Step::Seeds) || run.path(CONFIG).exists() {
        bail!(
            "{} holds a single run; choose another folder for several seeds with --run NAME",
            run.folder().display()
        );
    }
    for (i, &seed) in seeds.0.iter().enumerate() {
        status(&format!("== seed {seed} ({} of {})", i + 1, seeds.0.len()));
        reproduce(&args_of_seed(args, &prepared, &run, seed))?;
    }
    summarise(&prepared, &run, &mut record, seeds)?;
    print_verdict(&run, start)
}

/// An error if the runs that do not exist yet need more space than the disk has.
fn check_disk(prepared: &Prepared, name: &str, seeds: &Seeds) -> Result<()> {
    let folder = prepared.results.join(name);
    let is_new = |&&seed: &&u64| !folder.join(seed_folder(seed)).exists();
    let new = seeds.0.iter().filter(is_new).count() as u64;
    let of_run = disk_budget::of_run(&prepared.config, prepared.measured_images())?;
    disk_budget::check(&folder, new * of_run)
}

fn args_of_seed(args: &RunArgs, prepared: &Prepared, run: &RunFolder, seed: u64) -> RunArgs {
    let mut settings = args.settings.clone();
    settings.seed = Some(seed);
    // All seeds use the same images, even if others become available during the runs.
    settings.source = Some(prepared.config.source.clone());
    RunArgs {
        run: Some(seed_folder(seed)),
        results: Some(run.folder().to_owned()),
        settings,
        ..args.clone()
    }
}

/// Writes table, summary and figure of all seeds, unless they are up to date.
fn summarise(
    prepared: &Prepared,
    run: &RunFolder,
    record: &mut Record,
    seeds: &Seeds,
) -> Result<()> {
    let open = |&seed: &u64| Ok((seed, RunFolder::open(run.folder(), &seed_folder(seed))?));
    let runs: Vec<(u64, RunFolder)> = seeds.0.iter().map(open).collect::<Result<_>>()?;
    let inputs = inputs(prepared, &runs)?;
    record.data = prepared.images.data();
    if !plan::decide(run, Step::Seeds, record.status(run, Step::Seeds, &inputs)?)? {
        return Ok(());
    }
    let start = Instant::now();
    let (mut rows, mut claims) = (Vec::new(), Vec::new());
    let (mut of_geometry, mut blur_rows, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, of_seed) in &runs {
        let measurements = Measurements::read(of_seed, &prepared.config.cases)
            .with_context(|| format!("reading the measurements of seed {seed}"))?;
        rows.extend(rows_of_seed(*seed, &measurements)?);
        claims.extend(csv::read::<ClaimRow>(&of_seed.path(CLAIMS))?);
        of_geometry.push(measurements.geometry);
        blur_rows.push(measurements.blur);
        copies.push(measurements.copies);
    }
    let geometry = Geometry::new(&means::of_geometry(&of_geometry), &means::of_copies(&copies));
    let summary = SeedsSummary::new(prepared, &rows, &claims, geometry);
    csv::write(&run.writable_path(SEEDS_CSV)?, &rows)?;
    csv::write(&run.writable_path(CLAIMS)?, &claims)?;
    files::write(&run.writable_path(SUMMARY_JSON)?, summary.json()?)?;
    files::write(&run.writable_path(SUMMARY_MD)?, summary.markdown())?;
    let mut outputs = Step::Seeds.files();
    let subtitle = summary.subtitle();
    let mut figures = vec![
        draw("fig-geometry", &geometry::figure(&summary.geometry, subtitle.clone()))?,
        draw("fig-blur", &blur::figure(&means::of_blur(&blur_rows), subtitle))?,
    ];
    if runs.len() > 1 {
        figures.push(draw("fig-seeds", &figure(&summary))?);
    }
    for drawn in figures {
        outputs.extend(drawn.write(run)?);
    }
    record.finish(run, Step::Seeds, inputs, &outputs, start.elapsed())
}

/// Every table of every seed, and the settings that the summary shows.
fn inputs(prepared: &Prepared, runs: &[(u64, RunFolder)]) -> Result<Inputs> {
    let mut inputs: Inputs = prepared.config.settings(Step::Seeds.settings())?;
    inputs.insert("data".to_owned(), prepared.images.digest.clone());
    for (seed, run) in runs {
        let tables = Step::Summary.reads(&prepared.config.cases).into_iter();
        for name in tables.chain([CLAIMS.to_owned()]) {
            let path = run.path(&name);
            let digest = run.digest(&name)?;
            let digest = digest.with_context(|| format!("{} is missing", path.display()))?;
            inputs.insert(format!("{}/{name}", seed_folder(*seed)), digest);
        }
    }
    Ok(inputs)
}
