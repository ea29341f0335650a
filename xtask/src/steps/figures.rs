//! The figures step: draws every figure of a run.

use std::time::Instant;

use anyhow::{Result, ensure};
use candle_core::Tensor;
use mi_plots::GrayImage;

use crate::report::figures::{self, CaseMaps, Subject};
use crate::report::measurements::Measurements;
use crate::report::subjects::{SubjectImage, choose};
use crate::run::folder::{FIGURES, MI_TABLE};
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::status;
use crate::tables::mi::{CaseMi, MiTable};

/// Draws the figures, if that is due or `always` asks for it.
pub fn run(session: &mut Session, always: bool) -> Result<()> {
    let inputs = plan::inputs(session, Step::Figures)?;
    if !always && !plan::is_due(session, Step::Figures, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    let measurements = Measurements::read(&session.run, &session.config.cases)?;
    let mi = MiTable::open(&session.run.path(MI_TABLE))?;
    let subjects = subjects(session, &mi)?;
    let drawn = figures::draw_all(session, &measurements, &subjects)?;
    let mut outputs = Vec::new();
    for drawn in &drawn {
        outputs.extend(drawn.write(&session.run)?);
    }
    status(&format!(
        "figures: drew {} into {} in {:.1} s",
        drawn.len(),
        session.run.path(FIGURES).display(),
        start.elapsed().as_secs_f64()
    ));
    session.record.finish(&session.run, Step::Figures, inputs, &outputs, start.elapsed())
}

/// The images that get figures of their own, encoded.
fn subjects(session: &Session, mi: &MiTable) -> Result<Vec<Subject>> {
    let measured = mi.cases.iter().map(CaseMi::images).min().unwrap_or(0);
    let labels = &session.images.dataset.labels()[..measured];
    let mut subjects = Vec::new();
    for image in choose(&session.config.figure_classes, labels) {
        if let Some(class) = image.missing_class {
            let index = image.index;
            status(&format!(
                "figures: no measured image has the class {class}; showing image {index} instead"
            ));
        }
        subjects.push(subject(session, mi, image)?);
    }
    Ok(subjects)
}

/// Encodes an image with every case.
fn subject(session: &Session, mi: &MiTable, subject: SubjectImage) -> Result<Subject> {
    let SubjectImage { index, id, name, .. } = subject;
    let batch = session.images.dataset.gray_tensor(&[index], &session.device)?;
    let image = gray(&batch.squeeze(0)?.squeeze(0)?)?;
    let mut cases = Vec::new();
    for &case in &session.config.cases {
        let maps = session.trained(case)?.encode(&batch)?.maps.squeeze(0)?;
        let mi = mi.image(case, index)?;
        let count = maps.dim(0)?;
        ensure!(
            mi.len() == count,
            "case {case} has {count} maps, but {} in the MI table",
            mi.len()
        );
        let maps = (0..count).map(|k| gray(&maps.get(k)?)).collect::<Result<_>>()?;
        cases.push(CaseMaps { case, maps, mi });
    }
    Ok(Subject { id, name, image, cases })
}

/// A `[height, width]` tensor as an image.
fn gray(pixels: &Tensor) -> Result<GrayImage> {
    let (height, width) = pixels.dims2()?;
    Ok(GrayImage { width, height, values: pixels.flatten_all()?.to_vec1()? })
}
