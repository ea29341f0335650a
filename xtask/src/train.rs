//! The training step: a checkpoint a case, and the losses of every iteration.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use candle_core::Device;
use dim_models::random::{Purpose, permutation};
use dim_models::{Case, EpochMetrics, Error, ImageSource, Trainer};
use stl_data::{Dataset, SIDE};

use crate::config::Config;
use crate::csv;
use crate::interrupt::{self, Interrupted};
use crate::metrics::{self, Row};
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::run::{CHECKPOINTS, METRICS, Run, checkpoint, metrics_of, state};
use crate::session::Session;
use crate::statistics::median;

/// The state of a training is saved after every iteration, and within one that is longer than this.
const SAVED_EVERY: Duration = Duration::from_secs(30);

/// An iteration that takes this many times the median of those before is remarked on.
const SLOW: f64 = 10.0;
/// Iterations that say what is usual.
const FEWEST_TO_COMPARE: usize = 3;

const KEYS: [&str; 17] = [
    "seed",
    "iterations",
    "train-images",
    "batch-size",
    "learning-rate",
    "adam-beta1",
    "adam-beta2",
    "adam-eps",
    "clip-gradient-norm",
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
            // Left by a process that ended just before it would have.
            session.run.remove(&state(case))?;
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
    // Those of a training whose state is gone go.
    let is_known = |case: Case| {
        let is_done = record.steps.contains_key(&step(case)) && !due.contains(&case);
        is_done || run.path(&state(case)).exists()
    };
    rows.retain(|row| is_known(row.case));
    let progress = Progress::new("train", (per_case * due.len()) as u64, "images");
    for &case in &due {
        // A state that was saved under other inputs, or nobody knows which, is of no use.
        if record.begun.get(&step(case)) != Some(&inputs) {
            run.remove(&state(case))?;
        }
        record.begin(run, &step(case), &inputs)?;
        train_case(run, config, device, case, &images, &mut rows, &progress)?;
        let outputs = [checkpoint(case), metrics_of(case)];
        // The time of its iterations, those before a break too.
        let seconds = rows.iter().filter(|row| row.case == case).map(|row| row.seconds).sum();
        let elapsed = Duration::from_secs_f64(seconds);
        record.finish(run, &step(case), inputs.clone(), &outputs, elapsed)?;
        run.remove(&state(case))?;
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
    let state = run.path(&state(case));
    run.make_folder(CHECKPOINTS)?;
    let resumed = match state.exists() {
        true => resume(&state, config, device, case, rows)?,
        false => None,
    };
    let mut trainer = match resumed {
        Some(trainer) => trainer,
        None => Trainer::new(case, &config.train_config()?, device)?,
    };
    // Of an iteration that was not over when the state was saved.
    rows.retain(|row| row.case != case || row.iteration <= trainer.epoch());
    let per_iteration = images.len() / config.batch_size * config.batch_size;
    progress.skip((trainer.epoch() * per_iteration) as u64);
    let save = |trainer: &Trainer| -> Result<()> {
        run.check_lock()?;
        Ok(trainer.save_state(&state)?)
    };
    let mut saved = Instant::now();
    while trainer.epoch() < config.iterations {
        let iteration = trainer.epoch() + 1;
        let mut failed = None;
        let result = trainer.train_epoch_with(images, |trainer, _| {
            progress.add(config.batch_size as u64);
            if interrupt::requested() {
                return ControlFlow::Break(());
            }
            if saved.elapsed() >= SAVED_EVERY {
                failed = save(trainer).err();
                saved = Instant::now();
            }
            if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let metrics = match (result, failed) {
            (_, Some(error)) => return Err(error),
            (Err(Error::Stopped { .. }), None) => {
                save(&trainer)?;
                return Err(interrupted(case, iteration));
            }
            (other, None) => other.with_context(|| format!("training case {case}"))?,
        };
        let before = rows.iter().filter(|row| row.case == case).map(|row| row.seconds);
        warn_where_slow(case, &metrics, &before.collect::<Vec<_>>());
        rows.push(Row::new(case, &metrics));
        rows.sort_by_key(|row| (row.case, row.iteration));
        // Rows without a state are written again; a state without its row could not be.
        csv::write(&run.to_write(METRICS)?, rows)?;
        save(&trainer)?;
        saved = Instant::now();
        progress.milestone(&format!(
            "case {case} iteration {iteration}/{}: loss {:.4}, {:.1} images/s",
            config.iterations,
            metrics.losses.total,
            metrics.images as f64 / metrics.seconds
        ));
        if trainer.epoch() < config.iterations && interrupt::requested() {
            return Err(interrupted(case, iteration + 1));
        }
    }
    Ok(trainer.model().save(&run.to_write(&checkpoint(case))?)?)
}

/// Says so where an iteration took far longer than those before: something else is at work, or wrong.
fn warn_where_slow(case: Case, metrics: &EpochMetrics, before: &[f64]) {
    let usual = median(before);
    if before.len() >= FEWEST_TO_COMPARE && metrics.seconds > SLOW * usual {
        say(&format!(
            "warning: iteration {} of case {case} took {:.1} s, {:.0} times the {usual:.1} s that they usually take",
            metrics.epoch,
            metrics.seconds,
            metrics.seconds / usual
        ));
    }
}

/// The training of a case where it was left; `None` where the rows of its iterations are lost.
fn resume(
    state: &Path,
    config: &Config,
    device: &Device,
    case: Case,
    rows: &[Row],
) -> Result<Option<Trainer>> {
    let trainer = Trainer::resume(state, case, &config.train_config()?, device).with_context(|| {
        format!(
            "cannot go on with case {case}; remove {} to train it from its start, or use --fresh",
            state.display()
        )
    })?;
    let known = rows.iter().filter(|row| row.case == case).map(|row| row.iteration);
    if !known.take(trainer.epoch()).eq(1..=trainer.epoch()) {
        say(&format!("train {case}: begins anew, since {METRICS} lacks iterations that were done"));
        return Ok(None);
    }
    say(&format!("train {case}: goes on after iteration {}", trainer.epoch()));
    Ok(Some(trainer))
}

fn interrupted(case: Case, iteration: usize) -> anyhow::Error {
    Interrupted(format!(
        "case {case} was in iteration {iteration}, all of it is saved; the same command, without --fresh, goes on from \
         there"
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
