//! The measuring step: mutual information of every image with each of its maps.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use candle_core::{CpuStorage, Device, Storage, Tensor};
use dim_models::{Case, DeepInfoMax};
use mi_metrics::batch_mutual_information;
use rayon::prelude::*;
use stl_data::{PIXELS, SIDE};

use crate::files;
use crate::interrupt;
use crate::mi_table::TableWriter;
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{MI_TABLE, checkpoint};
use crate::session::Session;

/// The step's name in the record.
pub const STEP: &str = "measure";
/// Images in one row group of the table, whose MI is held in memory.
const BLOCK: usize = 1024;

/// How many batches are worked on at once, and how many images are in each: their maps are what is held.
///
/// On a CPU each thread encodes and measures a few images at a time, so that none waits while another
/// reads or counts. On a GPU one batch is encoded while the maps of another are measured.
fn lanes(device: &Device) -> (usize, usize) {
    if device.is_cpu() { (rayon::current_num_threads(), 4) } else { (2, 64) }
}

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
    let (lanes, batch) = lanes(&session.device);
    let mut sum = 0.0;
    for first in (0..images).step_by(BLOCK) {
        let block: Vec<usize> = (first..(first + BLOCK).min(images)).collect();
        let mut mi = vec![0.0; block.len() * maps];
        // One task a lane: one that waits for its own parts cannot begin another batch meanwhile.
        let lane = block.len().div_ceil(lanes);
        let failures = block.par_chunks(lane).zip(mi.par_chunks_mut(lane * maps)).map(|(block, mi)| {
            block.chunks(batch).zip(mi.chunks_mut(batch * maps)).try_for_each(|(indices, mi)| {
                interrupt::check(|| {
                    format!(
                        "case {case} was being measured; the same command, without --fresh, measures from the start"
                    )
                })?;
                measure_batch(session, &model, indices, mi).with_context(|| {
                    format!("measuring case {case}, images from {}", indices[0])
                })?;
                progress.add(indices.len() as u64);
                anyhow::Ok(())
            })
        });
        // All lanes run to their end or first fault; the first fault in the order of images is told.
        failures.collect::<Vec<_>>().into_iter().collect::<Result<()>>()?;
        sum += mi.iter().sum::<f64>();
        let values: Vec<f32> = mi.into_iter().map(|v| v as f32).collect();
        table.add(first, &labels[first..first + block.len()], case, &values)?;
    }
    Ok(sum / (images * maps) as f64)
}

/// Writes MI in nats, `[indices.len(), maps]`.
fn measure_batch(
    session: &Session,
    model: &DeepInfoMax,
    indices: &[usize],
    mi: &mut [f64],
) -> Result<()> {
    let encoded = model.encode(&read_images(session, indices)?)?;
    let (_, maps, height, width) = encoded.maps.dims4()?;
    let bins = session.config.bins;
    with_values(&encoded.images, |images| {
        with_values(&encoded.maps, |values| {
            Ok(batch_mutual_information(images, values, height * width, maps, bins, mi)?)
        })
    })
}

/// Gives `f` the tensor's values in order, without a copy where they lie so in this machine's memory.
fn with_values<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    if let (Storage::Cpu(CpuStorage::F32(values)), Some((from, to))) =
        (&*storage, layout.contiguous_offsets())
    {
        return f(&values[from..to]);
    }
    drop(storage);
    f(&tensor.flatten_all()?.to_vec1()?)
}

/// The images with the given indices as a batch on the session's device.
pub fn read_images(session: &Session, indices: &[usize]) -> Result<Tensor> {
    let mut pixels = vec![0f32; indices.len() * PIXELS];
    session.source.dataset.gray_into(indices, &mut pixels)?;
    Ok(Tensor::from_vec(pixels, (indices.len(), 1, SIDE, SIDE), &session.device)?)
}
