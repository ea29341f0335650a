//! The measuring step: mutual information of every image with each of its maps.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use candle_core::Tensor;
use dim_models::{Case, DeepInfoMax};
use mi_metrics::batch_mutual_information;
use stl_data::{PIXELS, SIDE};

use crate::files;
use crate::interrupt;
use crate::mi_table::{CaseMi, TableWriter};
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{MI_TABLE, checkpoint};
use crate::session::Session;

/// The step's name in the record.
pub const STEP: &str = "measure";
/// Images encoded at once.
const BATCH: usize = 64;
/// Images in one row group of the table: what is held in memory.
const BLOCK: usize = 16 * BATCH;

/// What the measurement depends on and is known before training.
pub fn known_inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["cases", "measure-images", "bins"])?;
    inputs.extend(code(&["stl-data", "dim-models", "mi-metrics", "measure.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    Ok(inputs)
}

/// What the measurement depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = known_inputs(session)?;
    for case in session.config.cases() {
        let name = checkpoint(case);
        let path = session.run.path(&name);
        if !path.exists() {
            bail!("{} is missing; `cargo xtask train` makes it", path.display());
        }
        inputs.insert(name, files::digest(&path)?);
    }
    Ok(inputs)
}

/// Measures every case where that is due.
pub fn measure(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_due(&session.run, STEP, &inputs)? {
        say("measure: up to date");
        return Ok(());
    }
    let start = Instant::now();
    let cases = session.config.cases();
    let images = session.config.measure_images.of(session.source.dataset.len());
    say(&format!("measure: {images} images, {} bins", session.config.bins));
    let progress = Progress::new("measure", (images * cases.len()) as u64, "images");
    let path = session.run.path(MI_TABLE);
    let mut table = TableWriter::new(&path)?;
    for &case in &cases {
        let mean = measure_case(session, case, images, &mut table, &progress)?;
        progress.milestone(&format!("case {case}: mean MI {mean:.4} nats"));
    }
    table.finish(&path)?;
    progress.finish("measured");
    session.record.finish(&session.run, STEP, inputs, &[MI_TABLE.to_owned()], start.elapsed())
}

/// Adds a case's rows to the table; returns the mean MI over images and maps.
fn measure_case(
    session: &Session,
    case: Case,
    images: usize,
    table: &mut TableWriter,
    progress: &Progress,
) -> Result<f64> {
    let model = DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?;
    let maps = model.config().channels[3];
    let labels = session.source.dataset.labels();
    let mut sum = 0.0;
    for first in (0..images).step_by(BLOCK) {
        let block = first..(first + BLOCK).min(images);
        let mut values = Vec::with_capacity(block.len() * maps);
        for start in block.clone().step_by(BATCH) {
            interrupt::check(|| {
                format!(
                    "case {case} was being measured; the same command, without --fresh, measures from the start"
                )
            })?;
            let indices: Vec<usize> = (start..(start + BATCH).min(block.end)).collect();
            let mi = measure_batch(session, &model, &indices)
                .with_context(|| format!("measuring case {case}, images from {start}"))?;
            progress.add(indices.len() as u64);
            sum += mi.iter().sum::<f64>();
            values.extend(mi.into_iter().map(|v| v as f32));
        }
        table.add(first, &labels[block], &CaseMi { case, maps, values })?;
    }
    Ok(sum / (images * maps) as f64)
}

/// MI in nats, `[indices.len(), maps]`.
fn measure_batch(session: &Session, model: &DeepInfoMax, indices: &[usize]) -> Result<Vec<f64>> {
    let encoded = model.encode(&read_images(session, indices)?)?;
    let (_, maps, height, width) = encoded.maps.dims4()?;
    let images = encoded.images.flatten_all()?.to_vec1::<f32>()?;
    let values = encoded.maps.flatten_all()?.to_vec1::<f32>()?;
    let mut mi = vec![0.0; indices.len() * maps];
    let bins = session.config.bins;
    batch_mutual_information(&images, &values, height * width, maps, bins, &mut mi)?;
    Ok(mi)
}

/// The images with the given indices as a batch on the session's device.
pub fn read_images(session: &Session, indices: &[usize]) -> Result<Tensor> {
    let mut pixels = vec![0f32; indices.len() * PIXELS];
    session.source.dataset.gray_into(indices, &mut pixels)?;
    Ok(Tensor::from_vec(pixels, (indices.len(), 1, SIDE, SIDE), &session.device)?)
}
