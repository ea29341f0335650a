//! How much disk space a run or a fetch needs, and the errors when there is too little.

use std::path::Path;

use anyhow::{Result, bail};
use candle_core::{DType, Device};
use dim_models::{Case, DeepInfoMax};
use stl_data::{FileDigest, Split, manifest};

use super::plan;
use super::session::{Prepared, Session};
use super::step::Step;
use crate::settings::config::Config;
use crate::support::disk::{free, is_full, megabytes};
use crate::tables::comparison::Comparison;

/// Bytes of a value in a table of MI, compressed.
const TABLE_VALUE: usize = 5;
/// Bytes of the other columns there, for each image of a case.
const TABLE_IMAGE: usize = 8;
/// Bytes of a row of losses.
const LOSSES_ROW: usize = 200;
/// Bytes of a map's picture in the figures of a class, in both formats.
const PICTURE: usize = 16 << 10;
/// Bytes of everything else, mostly figures: those of the sample's quick run are 2 MB. The tables
/// other than those of MI have a fixed number of rows, and take 0.1 MB.
const REST: usize = 3 << 20;

/// An upper limit for the bytes of a whole run.
pub fn of_run(config: &Config, images: usize) -> Result<u64> {
    Ok(of_training(config, &config.cases)? + of_measuring(config, images) + of_figures(config))
}

/// Weights and losses and, during training, a state: weights and two moments, twice while it is
/// replaced.
fn of_training(config: &Config, cases: &[Case]) -> Result<u64> {
    let model = config.train_config()?.model;
    let mut weights = 0;
    let mut largest = 0;
    for &case in cases {
        let model = DeepInfoMax::new(case, &model, 0, DType::F32, &Device::Cpu)?;
        let values: usize = model.parameters().iter().map(|p| p.var.elem_count()).sum();
        weights += values * size_of::<f32>();
        largest = largest.max(values * size_of::<f32>());
    }
    // A table of losses is replaced after each epoch, and the summary joins those of all cases.
    let losses = 3 * config.epochs * config.cases.len() * LOSSES_ROW;
    Ok((weights + 2 * 3 * largest + losses) as u64)
}

fn of_measuring(config: &Config, images: usize) -> u64 {
    let of_image = |comparison: Comparison| {
        TABLE_IMAGE + TABLE_VALUE * comparison.values_per_image(config.maps())
    };
    let of_case: usize = Comparison::ALL.into_iter().map(of_image).sum();
    (images * config.cases.len() * of_case) as u64
}

fn of_figures(config: &Config) -> u64 {
    // A row has the image and its maps.
    let pictures = config.figure_classes.len() * config.cases.len() * (config.maps() + 1);
    (pictures * PICTURE + REST) as u64
}

/// An upper limit for the bytes of the steps that are left.
pub fn left(session: &Session) -> Result<u64> {
    let config = &session.config;
    let mut due = Vec::new();
    for &case in &config.cases {
        if !plan::is_finished(session, Step::Train(case))? {
            due.push(case);
        }
    }
    if due.is_empty() && plan::is_finished(session, Step::Measure)? {
        // When drawn again, figures replace each other one by one.
        let is_drawn = session.record.steps.contains_key(&Step::Figures);
        return Ok(if is_drawn { 0 } else { of_figures(config) });
    }
    let of_due = if due.is_empty() { 0 } else { of_training(config, &due)? };
    Ok(of_due + of_measuring(config, session.measured_images()) + of_figures(config))
}

/// An error if a new run needs more space than its disk has; nothing if the folder exists.
pub fn check_new_run(prepared: &Prepared, name: &str) -> Result<()> {
    let folder = prepared.results.join(name);
    if folder.exists() {
        return Ok(());
    }
    check(&folder, of_run(&prepared.config, prepared.measured_images())?)
}

/// An error if a run that is made again needs more space than its disk has. What it wrote before is
/// removed first.
pub fn check_fresh(session: &Session) -> Result<()> {
    let needed = of_run(&session.config, session.measured_images())?;
    let old = session.record.size(&session.run);
    check(session.run.folder(), needed.saturating_sub(old))
}

/// An error if the disk of a run folder has less than `needed` bytes free.
pub fn check(folder: &Path, needed: u64) -> Result<()> {
    match free(folder) {
        Some(free) if free < needed => bail!(
            "{}: this run needs up to {} more, and the disk has {} free; free some space, or \
             choose another folder with --results",
            folder.display(),
            megabytes(needed),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// An error if the splits that are missing in a folder need more space than its disk has. The hub's
/// cache, which may be on another disk, is not counted.
pub fn check_fetch(folder: &Path, splits: &[Split]) -> Result<()> {
    let is_of = |name: &str, split: &Split| {
        name == split.images_file() || Some(name) == split.labels_file()
    };
    let is_missing = |file: &&FileDigest| {
        splits.iter().any(|split| is_of(&file.name, split)) && !folder.join(&*file.name).exists()
    };
    let needed: u64 = manifest::FILES.iter().filter(is_missing).map(|file| file.bytes).sum();
    match free(folder) {
        Some(free) if free < needed => bail!(
            "{}: the files need {}, and the disk has {} free; free some space, or choose another \
             folder with --datasets",
            folder.display(),
            megabytes(needed),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// Runs `work`. If it fails because the disk is full, the error says how much space is needed.
pub fn with_disk_full_hint(
    session: &mut Session,
    work: impl FnOnce(&mut Session) -> Result<()>,
) -> Result<()> {
    work(session).map_err(|error| {
        if !is_full(&error) {
            return error;
        }
        let need = match (left(session), free(session.run.folder())) {
            (Ok(left @ 1..), Some(free)) => {
                format!(
                    ": this run needs up to {} more, {} are free",
                    megabytes(left),
                    megabytes(free)
                )
            }
            _ => String::new(),
        };
        error.context(format!(
            "the disk is full{need}; every file that was written is complete: free some space, \
             and the same command, without --fresh, resumes"
        ))
    })
}
