//! The bounds step: what the objective networks themselves say about information, at the end of training.

use std::time::Instant;

use anyhow::{Context, Result};
use dim_models::random::{Purpose, permutation};
use dim_models::{Bounds, Case, DeepInfoMax};

use crate::csv::{Fields, Parse, Row, write};
use crate::interrupt;
use crate::progress::say;
use crate::record::{Inputs, code};
use crate::run::{BOUNDS, checkpoint};
use crate::session::Session;

/// The step's name in the record.
pub const STEP: &str = "bounds";

/// Images that the bounds are taken over.
const IMAGES: usize = 1024;

/// The three bounds by one network of one case, each a mean over batches.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseBounds {
    pub case: Case,
    /// `local` or `global`.
    pub network: String,
    pub images: usize,
    pub jsd: f64,
    /// Nats.
    pub dv: f64,
    /// Nats: the quantity of `docs/method.md` and ln(1 + K), which it cannot exceed.
    pub infonce: f64,
}

impl Row for CaseBounds {
    const COLUMNS: &'static [&'static str] =
        &["case", "network", "images", "jsd", "dv_nats", "infonce_nats"];

    fn fields(&self) -> Vec<String> {
        let mut fields =
            vec![self.case.id().to_owned(), self.network.clone(), self.images.to_string()];
        fields.extend([self.jsd, self.dv, self.infonce].map(|v| format!("{v:.6}")));
        fields
    }
}

impl Parse for CaseBounds {
    fn parse(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            case: fields.next()?,
            network: fields.next()?,
            images: fields.next()?,
            jsd: fields.next()?,
            dv: fields.next()?,
            infonce: fields.next()?,
        })
    }
}

/// What the step depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs =
        session.inputs(&["cases", "measure-images", "batch-size", "negatives", "seed"])?;
    inputs.extend(code(&["stl-data", "dim-models", "bounds.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    inputs.extend(session.checkpoint_inputs()?);
    Ok(inputs)
}

/// Evaluates the networks of every case, where that is due.
pub fn measure(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_to_do(&session.run, STEP, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    // In random order: crops of one photograph, or one class, would be no fair negative pairs.
    let mut images =
        permutation(session.config.seed, Purpose::Subset, 1, session.measured_images());
    images.truncate(IMAGES);
    let mut rows = Vec::new();
    if images.len() > session.config.negatives {
        for case in session.config.cases() {
            rows.extend(of_case(session, case, &images)?);
        }
    } else {
        say("bounds: left out, since the measured images are too few to make negative pairs");
    }
    write(&session.run.to_write(BOUNDS)?, &rows)?;
    session.record.finish(&session.run, STEP, inputs, &[BOUNDS.to_owned()], start.elapsed())
}

fn of_case(session: &Session, case: Case, images: &[usize]) -> Result<[CaseBounds; 2]> {
    let model = DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?;
    // A last short batch is dropped, as in training; fewer images than a batch are one.
    let size = session.config.batch_size.min(images.len());
    let batches = images.chunks_exact(size);
    let count = batches.len() as f64;
    let mut sums = [[0.0; 3]; 2];
    for indices in batches {
        interrupt::check(|| {
            format!(
                "it was evaluating the networks of case {case}; the same command, without --fresh, does this step from \
                 its start"
            )
        })?;
        let batch = session.source.dataset.gray_tensor(indices, &session.device)?;
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
    let most = (1.0 + session.config.negatives as f64).ln();
    let row = |network: &str, sum: [f64; 3]| CaseBounds {
        case,
        network: network.to_owned(),
        images: images.len() / size * size,
        jsd: sum[0] / count,
        dv: sum[1] / count,
        infonce: sum[2] / count + most,
    };
    Ok([row("local", sums[0]), row("global", sums[1])])
}
