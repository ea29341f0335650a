//! The bounds step: the objective's bounds on information by the trained networks.

use anyhow::{Context, Result};
use dim_models::random::{Purpose, permutation};
use dim_models::{Bounds, Case, DeepInfoMax};

use crate::run::folder::BOUNDS;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::interrupt;
use crate::support::progress::status;
use crate::tables::bounds::{BoundsRow, Network};
use crate::tables::csv;

/// Images that the networks score.
const IMAGES: usize = 1024;

/// The largest batch that is scored with all negatives: time and memory are quadratic in it.
const LARGEST_OF_ALL: usize = 64;

/// Evaluates the networks of every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Bounds, |session, _| evaluate_all(session))
}

fn evaluate_all(session: &Session) -> Result<()> {
    // In random order: crops of one photograph, or images of one class, would be easy negative
    // pairs.
    let seed = session.config.seed;
    let mut images = permutation(seed, Purpose::Subset, 1, session.measured_images());
    images.truncate(IMAGES);
    let mut rows = Vec::new();
    if images.len() > session.config.negatives {
        for &case in &session.config.cases {
            rows.extend(evaluate(session, case, &images)?);
        }
    } else {
        status("bounds: skipped (too few images for negative pairs)");
    }
    csv::write(&session.run.writable_path(BOUNDS)?, &rows)
}

fn evaluate(session: &Session, case: Case, images: &[usize]) -> Result<[BoundsRow; 2]> {
    let model = session.trained(case)?;
    // The last short batch is dropped, as in training; fewer images than a batch are one batch.
    let size = session.config.batch_size.min(images.len());
    let batches = images.chunks_exact(size);
    let count = batches.len() as f64;
    let mut sums = [[0.0; 3]; 2];
    for indices in batches {
        interrupt::check(|| {
            format!(
                "stopped while evaluating the networks of case {case}; the same command, without \
                 --fresh, runs this step from its start"
            )
        })?;
        let batch = session.images.dataset.gray_tensor(indices, &session.device)?;
        let bounds = model
            .bounds(&batch, session.config.negatives)
            .with_context(|| format!("evaluating the networks of case {case}"))?;
        for (sum, Bounds { jsd, dv, infonce }) in sums.iter_mut().zip([bounds.local, bounds.global])
        {
            for (sum, value) in sum.iter_mut().zip([jsd, dv, infonce]) {
                *sum += value;
            }
        }
    }
    let limit = (1.0 + session.config.negatives as f64).ln();
    let all = infonce_of_all(session, &model, images)?;
    let row = |network: Network, sum: [f64; 3], infonce_all_nats: f64| BoundsRow {
        case,
        network,
        images: images.len() / size * size,
        jsd: sum[0] / count,
        dv_nats: sum[1] / count,
        infonce_nats: sum[2] / count + limit,
        infonce_all_nats,
    };
    Ok([row(Network::Local, sums[0], all[0]), row(Network::Global, sums[1], all[1])])
}

/// InfoNCE in nats by the local and the global network over one batch, with all other images of it
/// as negatives: their number limits it.
fn infonce_of_all(session: &Session, model: &DeepInfoMax, images: &[usize]) -> Result<[f64; 2]> {
    let size = images.len().min(LARGEST_OF_ALL);
    let batch = session.images.dataset.gray_tensor(&images[..size], &session.device)?;
    let bounds = model.bounds(&batch, size - 1)?;
    let limit = (size as f64).ln();
    Ok([bounds.local.infonce + limit, bounds.global.infonce + limit])
}
