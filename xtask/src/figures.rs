//! The figures of the study, from the tables and checkpoints of a run.

mod bins;
mod controls;
mod features;
mod histograms;
mod losses;
mod mean_mi;

use std::time::Instant;

use anyhow::{Context, Result};
use dim_models::Case;
use mi_plots::Figure;
use rayon::prelude::*;

use crate::files;
use crate::findings::{self, Findings};
use crate::metrics;
use crate::mi_table::{CaseMi, MiTable};
use crate::named::Named;
use crate::progress::say;
use crate::record::{Inputs, State, code};
use crate::run::{FIGURES, METRICS, MI_TABLE, Run, checkpoint};
use crate::session::Session;

/// The step's name in the record.
pub const STEP: &str = "figures";

/// An image that gets figures of its own.
struct Subject {
    /// Row in the data set.
    index: usize,
    /// For file names: the class, or `image-7`.
    id: String,
    /// For titles: `airplane (image 7)`.
    name: String,
}

/// A figure drawn in both formats.
pub struct Drawn {
    id: String,
    png: Vec<u8>,
    svg: String,
}

/// Draws every figure, unless they are up to date and drawing was not asked for by name.
pub fn figures(session: &mut Session, always: bool) -> Result<()> {
    let inputs = inputs(session)?;
    match session.record.state(&session.run, STEP, &inputs)? {
        State::UpToDate if !always => {
            say("figures: up to date");
            return Ok(());
        }
        State::Stale(differences) => {
            say(&format!("figures are drawn again:\n  {}", differences.join("\n  ")));
        }
        State::UpToDate | State::Missing => {}
    }
    let start = Instant::now();
    let rows = metrics::read(&session.run.path(METRICS))?;
    let mi = MiTable::open(&session.run.path(MI_TABLE))?;
    let findings = Findings::open(&session.run)?;
    let subjects = subjects(session, &mi.cases);

    // The encoders run one after the other, each on all cores; drawing is one core a figure.
    let grids = subjects
        .iter()
        .map(|subject| features::figure(session, &mi, subject))
        .collect::<Result<Vec<_>>>()?;
    let session_ref = &*session;
    let mut tasks: Vec<Box<dyn Fn() -> Result<Drawn> + Send + Sync + '_>> = vec![
        Box::new(|| draw("fig-loss-curves", &losses::figure(session_ref, &rows))),
        Box::new(|| draw("fig-max-mi-histogram", &histograms::of_maxima(session_ref, &mi.cases))),
        Box::new(|| draw("fig-mean-mi-histogram", &histograms::of_means(session_ref, &mi.cases))),
        Box::new(|| draw("fig-controls", &controls::figure(session_ref, &findings))),
        Box::new(|| draw("fig-bins", &bins::figure(session_ref, &findings.sensitivity))),
    ];
    for (subject, grid) in subjects.iter().zip(&grids) {
        tasks.push(Box::new(move || draw(&format!("fig-features-{}", subject.id), grid)));
        let bars = mean_mi::figure(session_ref, &mi, subject)?;
        tasks.push(Box::new(move || draw(&format!("fig-mean-mi-{}", subject.id), &bars)));
    }
    let drawn = tasks.par_iter().map(|task| task()).collect::<Result<Vec<_>>>()?;
    drop(tasks);

    let mut outputs = Vec::new();
    for drawn in &drawn {
        outputs.extend(write(&session.run, drawn)?);
    }
    say(&format!(
        "figures: {} drawn into {} in {:.1} s",
        outputs.len() / 2,
        session.run.path(FIGURES).display(),
        start.elapsed().as_secs_f64()
    ));
    session.record.finish(&session.run, STEP, inputs, &outputs, start.elapsed())
}

fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["preset", "cases", "figure-classes"])?;
    inputs.extend(code(&["stl-data", "dim-models", "mi-plots", "xtask"]));
    let cases = session.config.cases();
    let needed = "figures need a run that is trained and measured (`cargo xtask reproduce`)";
    inputs.extend(findings::inputs(&session.run).context(needed)?);
    for name in cases.into_iter().map(checkpoint).chain([METRICS.to_owned()]) {
        let digest = files::digest(&session.run.path(&name)).context(needed)?;
        inputs.insert(name, digest);
    }
    Ok(inputs)
}

/// Writes a figure in both formats; the names of the files.
pub fn write(run: &Run, Drawn { id, png, svg }: &Drawn) -> Result<[String; 2]> {
    run.make_folder(FIGURES)?;
    let names = ["png", "svg"].map(|extension| format!("{FIGURES}/{id}.{extension}"));
    for (name, bytes) in names.iter().zip([png.as_slice(), svg.as_bytes()]) {
        files::write(&run.to_write(name)?, bytes)?;
    }
    Ok(names)
}

/// Draws a figure in both formats.
pub fn draw(id: &str, figure: &impl Figure) -> Result<Drawn> {
    let failed = || format!("drawing {id}");
    Ok(Drawn {
        id: id.to_owned(),
        png: mi_plots::to_png(figure).with_context(failed)?,
        svg: mi_plots::to_svg(figure).with_context(failed)?,
    })
}

/// The first measured image of each class that figures are wanted of; where the data has no such
/// image, the first images that are left, named by their row.
fn subjects(session: &Session, mi: &[CaseMi]) -> Vec<Subject> {
    let measured = mi.iter().map(CaseMi::images).min().unwrap_or(0);
    let labels = &session.source.dataset.labels()[..measured];
    let mut taken = Vec::new();
    let mut subjects = Vec::new();
    for &Named(class) in &session.config.figure_classes.0 {
        if let Some(index) = labels.iter().position(|&label| label == Some(class)) {
            taken.push(index);
            let name = format!("{class} (image {index})");
            subjects.push(Subject { index, id: class.name().to_owned(), name });
        } else if let Some(index) = (0..measured).find(|index| !taken.contains(index)) {
            taken.push(index);
            say(&format!(
                "no measured image has the class {class}: figures show image {index} instead"
            ));
            let (id, name) = (format!("image-{index}"), format!("image {index}"));
            subjects.push(Subject { index, id, name });
        }
    }
    subjects
}

/// The colour and mark of a case, the same in every figure.
pub fn category(case: Case) -> usize {
    case as usize
}

/// How figures call a case: `A: smaller latent`.
pub fn label(case: Case) -> String {
    format!("{case}: {}", case.description())
}

/// For a figure about measured images.
fn subtitle(session: &Session) -> String {
    format!("{} · {} bins", session.subtitle(), session.config.bins)
}
