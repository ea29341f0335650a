//! Room on the disk: what a run needs of it, and what is said where there is too little.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context, Result, bail};
use candle_core::{DType, Device};
use dim_models::DeepInfoMax;
use stl_data::{FileDigest, Split, known};

use crate::config::Config;
use crate::measure::Pairing;
use crate::session::Session;

/// Bytes of a value, compressed, in a table of MI: a float, and a share of the columns that repeat.
const TABLE_VALUE: usize = 5;
/// Bytes of a row of losses.
const METRICS_ROW: usize = 200;
/// Bytes of a map's picture in the figures of a class, in both formats.
const PICTURE: usize = 16 << 10;
/// Bytes of all else, mostly figures: those of the sample's quick run are 1 MB.
const REST: usize = 3 << 20;

/// The bytes that the files of a run take, at most, a training's state and what is written beside it included.
fn needed(config: &Config, images: usize) -> Result<u64> {
    let model = config.train_config()?.model;
    let cases = config.cases();
    let mut weights = 0;
    let mut largest = 0;
    for &case in &cases {
        let bytes = weight_bytes(&DeepInfoMax::new(case, &model, 0, DType::F32, &Device::Cpu)?);
        weights += bytes;
        largest = bytes.max(largest);
    }
    // Weights and two moments, the old one kept while the new one is written.
    let state = 2 * 3 * largest;
    let losses = config.iterations.saturating_mul(cases.len() * METRICS_ROW);
    let values: usize = Pairing::ALL.map(|pairing| pairing.width(model.channels[3])).iter().sum();
    let tables = images.saturating_mul(cases.len() * values * TABLE_VALUE);
    let pictures = config.figure_classes.0.len() * cases.len() * (model.channels[3] + 1);
    let parts = [weights, state, losses.saturating_mul(2), tables, pictures * PICTURE, REST];
    Ok(parts.into_iter().fold(0, |sum: usize, part| sum.saturating_add(part)) as u64)
}

fn weight_bytes(model: &DeepInfoMax) -> usize {
    let of_each = model.parameters().iter().map(|parameter| parameter.var.elem_count());
    of_each.sum::<usize>() * size_of::<f32>()
}

/// What is left to be written of a run, and what its file system has free; `None` where that does not tell.
fn left_and_free(session: &Session) -> Result<Option<(u64, u64)>> {
    let folder = session.run.folder();
    let needed = needed(&session.config, session.measured_images())?;
    let left = needed.saturating_sub(size(folder)?);
    Ok(fs4::available_space(folder).ok().map(|free| (left, free)))
}

/// Refuses a run that its disk has no room for, before anything is done.
pub fn check(session: &Session) -> Result<()> {
    match left_and_free(session)? {
        Some((left, free)) if free < left => bail!(
            "{}: this run takes up to {} more, and the disk has {} free; make room, or choose another place with --results",
            session.run.folder().display(),
            megabytes(left),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// Refuses to fetch splits into a folder that its disk has no room for.
pub fn check_fetch(folder: &Path, splits: &[Split]) -> Result<()> {
    let is_of = |name: &str, split: &Split| {
        name == split.images_file() || Some(name) == split.labels_file()
    };
    let is_missing = |file: &&FileDigest| {
        splits.iter().any(|split| is_of(&file.name, split)) && !folder.join(&*file.name).exists()
    };
    let needed: u64 = known::FILES.iter().filter(is_missing).map(|file| file.bytes).sum();
    // The folder itself may not be there yet.
    let place = folder.ancestors().find(|place| place.is_dir()).unwrap_or(Path::new("."));
    match fs4::available_space(place) {
        Ok(free) if free < needed => bail!(
            "{}: the files take {}, and the disk has {} free; make room, or choose another place with --datasets",
            folder.display(),
            megabytes(needed),
            megabytes(free)
        ),
        _ => Ok(()),
    }
}

/// Does `work`; where it failed for want of room, the error says how much is needed.
pub fn within(session: &mut Session, work: impl FnOnce(&mut Session) -> Result<()>) -> Result<()> {
    work(session).map_err(|error| {
        if !error.chain().any(is_full) {
            return error;
        }
        let room = match left_and_free(session) {
            Ok(Some((left, free))) => {
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

/// Bytes of all files in a folder.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        // What vanishes meanwhile takes no room.
        bytes += match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path())?,
            Ok(data) => data.len(),
            Err(_) => 0,
        };
    }
    Ok(bytes)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
