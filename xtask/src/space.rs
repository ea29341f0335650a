//! Room on the disk: what a run needs of it, and what is said where there is too little.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Result, bail};
use candle_core::{DType, Device};
use dim_models::{Case, DeepInfoMax};
use stl_data::{FileDigest, Split, manifest};

use crate::config::Config;
use crate::measure::{self, Pairing};
use crate::record::State;
use crate::session::Session;
use crate::{figures, train};

/// Bytes of a value, compressed, in a table of MI.
const TABLE_VALUE: usize = 5;
/// Bytes of the other columns there for each image of a case.
const TABLE_IMAGE: usize = 8;
/// Bytes of a row of losses.
const METRICS_ROW: usize = 200;
/// Bytes of a map's picture in the figures of a class, in both formats.
const PICTURE: usize = 16 << 10;
/// Bytes of all else, mostly figures: those of the sample's quick run are 1 MB.
const REST: usize = 3 << 20;

/// The bytes that a run takes, at most.
pub fn of_run(config: &Config, images: usize) -> Result<u64> {
    Ok(of_training(config, &config.cases())? + of_measuring(config, images) + of_figures(config))
}

/// Weights and losses; while it goes on its state: weights and two moments, twice where it is replaced.
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
    // Rows of all cases are in one file, which is replaced as well.
    let losses = 2 * config.iterations * config.cases().len() * METRICS_ROW;
    Ok((weights + 2 * 3 * largest + losses) as u64)
}

fn of_measuring(config: &Config, images: usize) -> u64 {
    let maps = config.channels.0.last().copied().unwrap_or_default();
    let of_image = |pairing: Pairing| TABLE_IMAGE + TABLE_VALUE * pairing.width(maps);
    let of_case: usize = Pairing::ALL.into_iter().map(of_image).sum();
    (images * config.cases().len() * of_case) as u64
}

fn of_figures(config: &Config) -> u64 {
    let maps = config.channels.0.last().copied().unwrap_or_default();
    // A row of maps has the image too.
    let pictures = config.figure_classes.0.len() * config.cases().len() * (maps + 1);
    (pictures * PICTURE + REST) as u64
}

/// The bytes that what is left to be trained, measured and drawn takes, at most.
pub fn left(session: &Session) -> Result<u64> {
    let Session { run, config, record, .. } = session;
    let inputs = train::inputs(session)?;
    let mut due = Vec::new();
    for case in config.cases() {
        if record.state(run, &train::step(case), &inputs)? != State::UpToDate {
            due.push(case);
        }
    }
    let is_measured = due.is_empty()
        && record.state(run, measure::STEP, &measure::inputs(session)?)? == State::UpToDate;
    if is_measured {
        // Drawn anew, figures replace each other one by one.
        let is_drawn = record.steps.contains_key(figures::STEP);
        return Ok(if is_drawn { 0 } else { of_figures(config) });
    }
    let of_due = if due.is_empty() { 0 } else { of_training(config, &due)? };
    Ok(of_due + of_measuring(config, session.measured_images()) + of_figures(config))
}

/// Refuses work that takes up to `needed` bytes in `folder` where its disk has less.
pub fn check(folder: &Path, needed: u64) -> Result<()> {
    match free(folder) {
        Some(free) if free < needed => bail!(
            "{}: this run takes up to {} more, and the disk has {} free; make room, or choose another place with --results",
            folder.display(),
            megabytes(needed),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// Refuses to fetch splits into a folder that its disk has no room for. What passes through the hub's cache,
/// which may lie elsewhere, is not counted.
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
            "{}: the files take {}, and the disk has {} free; make room, or choose another place with --datasets",
            folder.display(),
            megabytes(needed),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// What the disk of a folder, which need not be there yet, has free; `None` where the system does not tell.
fn free(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let disk = fs4::statvfs(folder.ancestors().find(|place| place.is_dir())?).ok()?;
    // Some file systems over a network answer with zeros.
    (disk.total_space() > 0).then(|| disk.available_space())
}

/// Does `work`; where it failed for want of room, the error says how much is needed.
pub fn within(session: &mut Session, work: impl FnOnce(&mut Session) -> Result<()>) -> Result<()> {
    work(session).map_err(|error| {
        if !error.chain().any(is_full) {
            return error;
        }
        let free = free(session.run.folder());
        let room = match (left(session), free) {
            (Ok(left @ 1..), Some(free)) => {
                format!(": this run takes up to {} more, {} are free", megabytes(left), megabytes(free))
            }
            _ => String::new(),
        };
        error.context(format!(
            "the disk is full{room}; what is written is whole: make room, and the same command, without --fresh, goes on"
        ))
    })
}

fn is_full(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
