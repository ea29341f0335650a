//! The training step: a checkpoint a case, and the losses of every iteration.

use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result};
use candle_core::Device;
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, Error, ImageSource, Trainer};
use stl_data::{Dataset, SIDE};

use crate::config::Config;
use crate::csv;
use crate::interrupt::{self, Interrupted};
use crate::metrics::{self, Row};
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{METRICS, Run, checkpoint, metrics_of};
use crate::session::Session;

const KEYS: [&str; 16] = [
    "seed",
    "iterations",
    "train-images",
    "batch-size",
    "learning-rate",
    "adam-beta1",
    "adam-beta2",
    "adam-eps",
    "objective",
    "negatives",
    "prior",
    "alpha",
    "beta",
    "gamma",
    "channels",
    "width",
];

/// The name of a case's training step in the record.
pub fn step(case: Case) -> String {
    format!("train-{}", case.id())
}

/// What a case's training depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&KEYS)?;
    inputs.extend(code(&["stl-data", "dim-models", "train.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    Ok(inputs)
}

/// Trains every case that is due.
pub fn train(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    let mut due = Vec::new();
    for case in session.config.cases() {
        if session.record.is_due(&session.run, &step(case), &inputs)? {
            due.push(case);
        } else {
            say(&format!("train {case}: up to date"));
        }
    }

    if due.is_empty() {
        return Ok(());
    }
    let Session { run, config, source, device, record } = session;
    let images = TrainImages::new(config, &source.dataset);
    let batches = images.len() / config.batch_size;
    let per_case = config.iterations * batches * config.batch_size;
    say(&format!(
        "train: {} iterations over {} images for case {}",
        config.iterations,
        images.len(),
        due.iter().map(Case::to_string).collect::<Vec<_>>().join(", ")
    ));
    let mut rows = metrics::read(&run.path(METRICS))?;
    // Those of a training that was cut off go.
    rows.retain(|row| record.steps.contains_key(&step(row.case)) && !due.contains(&row.case));
    let progress = Progress::new("train", (per_case * due.len()) as u64, "images");
    for &case in &due {
        let start = Instant::now();
        train_case(run, config, device, case, &images, &mut rows, &progress)?;
        let outputs = [checkpoint(case), metrics_of(case)];
        record.finish(run, &step(case), inputs.clone(), &outputs, start.elapsed())?;
    }
    progress.finish("trained");
    Ok(())
}

fn train_case(
    run: &Run,
    config: &Config,
    device: &Device,
    case: Case,
    images: &TrainImages<'_>,
    rows: &mut Vec<Row>,
    progress: &Progress,
) -> Result<()> {
    let mut trainer = Trainer::new(case, &config.train_config()?, device)?;
    for iteration in 1..=config.iterations {
        let result = trainer.train_iteration(images, |_, _| {
            progress.add(config.batch_size as u64);
            if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let metrics = match result {
            Err(Error::Stopped { .. }) => return Err(interrupted(case, iteration)),
            other => other.with_context(|| format!("training case {case}"))?,
        };
        rows.push(Row::new(case, &metrics));
        rows.sort_by_key(|row| (row.case, row.iteration));
        csv::write(&run.path(METRICS), rows)?;
        progress.milestone(&format!(
            "case {case} iteration {iteration}/{}: loss {:.4}, {:.1} images/s",
            config.iterations,
            metrics.losses.total,
            metrics.images as f64 / metrics.seconds
        ));
        if iteration < config.iterations && interrupt::requested() {
            return Err(interrupted(case, iteration + 1));
        }
    }
    let path = run.path(&checkpoint(case));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    Ok(trainer.model().save(&path)?)
}

fn interrupted(case: Case, iteration: usize) -> anyhow::Error {
    Interrupted(format!(
        "case {case} was in iteration {iteration}; cases trained before it are kept. The same command, without \
         --fresh, goes on with case {case} from its start"
    ))
    .into()
}

/// The training images: a random part of the data set, read from it batch by batch.
struct TrainImages<'a> {
    dataset: &'a Dataset,
    indices: Vec<usize>,
}

impl<'a> TrainImages<'a> {
    fn new(config: &Config, dataset: &'a Dataset) -> Self {
        let available = dataset.len();
        let wanted = config.train_images.of(available);
        let mut indices = permutation(config.seed, Purpose::Subset, 0, available);
        indices.truncate(wanted);
        indices.sort_unstable();
        Self { dataset, indices }
    }
}

impl ImageSource for TrainImages<'_> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn size(&self) -> (usize, usize) {
        (SIDE, SIDE)
    }

    fn read(
        &self,
        indices: &[usize],
        pixels: &mut [f32],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let indices: Vec<usize> = indices.iter().map(|&i| self.indices[i]).collect();
        Ok(self.dataset.gray_into(&indices, pixels)?)
    }
}
