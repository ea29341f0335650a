//! The training step: the weights of a case, and its losses by epoch.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use candle_core::Device;
use dim_models::{Case, EpochMetrics, Error, ImageSource, Trainer};

use super::train_images::TrainImages;
use crate::maths::statistics::median;
use crate::run::folder::{CHECKPOINTS, LOSSES, RunFolder, checkpoint, losses, training_state_file};
use crate::run::plan;
use crate::run::record::Inputs;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::settings::config::Config;
use crate::support::interrupt::{self, Interrupted};
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::losses::{EpochLosses, read_existing};

/// The training state is saved after each epoch, and within an epoch that takes longer than this.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// An epoch that takes this many times the median of those before gives a warning.
const SLOW: f64 = 10.0;
/// Epochs that a median needs.
const FEWEST_TO_COMPARE: usize = 3;

/// Trains every case that is due.
pub fn run(session: &mut Session) -> Result<()> {
    let mut due: Vec<(Case, Inputs, bool)> = Vec::new();
    for &case in &session.config.cases {
        let step = Step::Train(case);
        let inputs = plan::inputs(session, step)?;
        if plan::is_due(session, step, &inputs)? {
            let can_resume = plan::can_resume(session, case, &inputs)?;
            due.push((case, inputs, can_resume));
        } else {
            // Left by a process that ended just before it would have removed it.
            session.run.remove(&training_state_file(case))?;
        }
    }
    if due.is_empty() {
        return Ok(());
    }

    let Session { run, config, images, device, record } = session;
    let images = TrainImages::new(config, &images.dataset);
    let per_epoch = images.len() / config.batch_size * config.batch_size;
    let cases: Vec<String> = due.iter().map(|(case, ..)| case.to_string()).collect();
    status(&format!(
        "train: {} epochs over {} images for case {}",
        config.epochs,
        images.len(),
        cases.join(", ")
    ));
    let total = config.epochs * per_epoch * due.len();
    let progress = Progress::new("train", total as u64, "images");
    run.make_folder(CHECKPOINTS)?;
    run.make_folder(LOSSES)?;
    for (case, inputs, can_resume) in due {
        let step = Step::Train(case);
        if !can_resume {
            run.remove(&training_state_file(case))?;
        }
        record.start(run, step, &inputs)?;
        let training = Training { run, config, device, case, images: &images, progress: &progress };
        let elapsed = training.run()?;
        let outputs = [checkpoint(case), losses(case)];
        record.finish(run, step, inputs, &outputs, elapsed)?;
        run.remove(&training_state_file(case))?;
    }
    progress.finish("trained");
    Ok(())
}

/// The training of one case.
struct Training<'a> {
    run: &'a RunFolder,
    config: &'a Config,
    device: &'a Device,
    case: Case,
    images: &'a TrainImages<'a>,
    progress: &'a Progress,
}

impl Training<'_> {
    /// Trains to the end, from a saved state if there is one. Returns the time of all epochs, those
    /// of earlier processes included.
    fn run(&self) -> Result<Duration> {
        let Self { run, config, case, images, progress, .. } = *self;
        let losses_path = run.path(&losses(case));
        let state_path = run.path(&training_state_file(case));
        let (mut trainer, mut rows) = self.resume_or_start(&state_path, &losses_path)?;
        let per_epoch = images.len() / config.batch_size * config.batch_size;
        progress.skip((trainer.epoch() * per_epoch) as u64);
        let save = |trainer: &Trainer| -> Result<()> {
            run.check_lock()?;
            Ok(trainer.save_state(&state_path)?)
        };
        let mut saved = Instant::now();
        while trainer.epoch() < config.epochs {
            let epoch = trainer.epoch() + 1;
            let mut failed = None;
            let result = trainer.train_epoch_with(images, |trainer, _| {
                progress.add(config.batch_size as u64);
                if interrupt::requested() {
                    return ControlFlow::Break(());
                }
                if saved.elapsed() >= SAVE_EVERY {
                    failed = save(trainer).err();
                    saved = Instant::now();
                }
                if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let metrics = match (result, failed) {
                (_, Some(error)) => return Err(error),
                (Err(Error::Stopped { .. }), None) => {
                    save(&trainer)?;
                    return Err(interrupted(case, epoch));
                }
                (other, None) => other.with_context(|| format!("training case {case}"))?,
            };
            warn_if_slow(case, &metrics, &rows);
            rows.push(EpochLosses::new(case, &metrics));
            // In this order: an epoch without a state is trained again, but a state without its row
            // could not be completed.
            csv::write(&run.writable_path(&losses(case))?, &rows)?;
            save(&trainer)?;
            saved = Instant::now();
            progress.milestone(&format!(
                "case {case} epoch {epoch}/{}: loss {:.4}, {:.1} images/s",
                config.epochs,
                metrics.losses.total,
                metrics.images as f64 / metrics.seconds
            ));
            if trainer.epoch() < config.epochs && interrupt::requested() {
                return Err(interrupted(case, epoch + 1));
            }
        }
        trainer.model().save(&run.writable_path(&checkpoint(case))?)?;
        Ok(Duration::from_secs_f64(rows.iter().map(|row| row.seconds).sum()))
    }

    /// The trainer, with the losses of the epochs that it has done.
    fn resume_or_start(&self, state: &Path, losses: &Path) -> Result<(Trainer, Vec<EpochLosses>)> {
        let Self { config, device, case, .. } = *self;
        let config = config.train_config()?;
        if !state.exists() {
            return Ok((Trainer::new(case, &config, device)?, Vec::new()));
        }
        let trainer = Trainer::resume(state, case, &config, device).with_context(|| {
            format!(
                "cannot resume case {case}; remove {} to train it from the start, or use --fresh",
                state.display()
            )
        })?;
        let done = trainer.epoch();
        let mut rows = read_existing(losses).with_context(|| {
            format!("cannot resume case {case}; remove this file to train it from the start")
        })?;
        // The last row may be of an epoch that ended after the state was saved.
        rows.truncate(done);
        if !rows.iter().map(|row| row.epoch).eq(1..=done) {
            let file = losses.display();
            status(&format!("train {case}: starting over: {file} lacks epochs that were done"));
            return Ok((Trainer::new(case, &config, device)?, Vec::new()));
        }
        status(&format!("train {case}: resuming after epoch {done}"));
        Ok((trainer, rows))
    }
}

/// Warns of an epoch that took far longer than those before: the machine is busy, or something is
/// wrong.
fn warn_if_slow(case: Case, metrics: &EpochMetrics, before: &[EpochLosses]) {
    let seconds: Vec<f64> = before.iter().map(|row| row.seconds).collect();
    let usual = median(&seconds);
    if seconds.len() >= FEWEST_TO_COMPARE && metrics.seconds > SLOW * usual {
        status(&format!(
            "warning: epoch {} of case {case} took {:.1} s, {:.0} times the usual {usual:.1} s",
            metrics.epoch,
            metrics.seconds,
            metrics.seconds / usual
        ));
    }
}

fn interrupted(case: Case, epoch: usize) -> anyhow::Error {
    Interrupted(format!(
        "case {case} was in epoch {epoch}, and its state is saved; the same command, without \
         --fresh, resumes there"
    ))
    .into()
}
