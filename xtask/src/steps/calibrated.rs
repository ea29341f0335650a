//! Encoders before training, as training would first see them.

use std::ops::ControlFlow;

use anyhow::{Context, Result};
use candle_core::DType;
use dim_models::{Case, DeepInfoMax};

use super::train_images::TrainImages;
use crate::run::session::Session;
use crate::support::interrupt;

/// An encoder before training: initial weights of a seed, and batch-norm statistics from a pass
/// over the training images, in the batches of the first epoch. Training normalises with the statistics of each batch, so an encoder
/// without such statistics is one that training never sees.
pub fn calibrated(session: &Session, case: Case, weights_seed: u64) -> Result<DeepInfoMax> {
    let model = session.config.train_config()?.model;
    let model = DeepInfoMax::new(case, &model, weights_seed, DType::F32, &session.device)?;
    let images = TrainImages::new(&session.config, &session.images.dataset)
        .in_first_epochs_order(session.config.seed);
    let go_on = |_| {
        if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = model.calibrate_batch_norm(&images, session.config.batch_size, go_on);
    interrupt::check(|| {
        format!(
            "stopped while calibrating case {case} untrained; the same command, without --fresh, \
             runs this step from its start"
        )
    })?;
    result.with_context(|| format!("calibrating case {case} untrained"))?;
    Ok(model)
}
