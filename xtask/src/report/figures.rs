//! The figures of a run, from its measurements and the maps of a few images.

mod architecture;
mod bins;
pub mod blur;
mod controls;
mod features;
pub mod geometry;
mod histograms;
mod losses;
mod mean_mi;

use anyhow::{Context, Result};
use dim_models::Case;
use mi_plots::{Figure, GrayImage};
use rayon::prelude::*;

use super::geometry::Geometry;
use super::measurements::Measurements;
use crate::run::folder::{FIGURES, RunFolder};
use crate::run::session::Session;
use crate::support::files;
use crate::tables::comparison::Comparison;

/// An image that gets figures of its own, encoded.
pub struct Subject {
    /// For file names: the class, or `image-7`.
    pub id: String,
    /// For titles: `airplane (image 7)`.
    pub name: String,
    pub image: GrayImage,
    pub cases: Vec<CaseMaps>,
}

/// The maps of an image by one case, with their MI in nats.
pub struct CaseMaps {
    pub case: Case,
    pub maps: Vec<GrayImage>,
    pub mi: Vec<f32>,
}

/// A figure in both formats.
pub struct Drawn {
    id: String,
    png: Vec<u8>,
    svg: String,
}

/// Draws every figure of a run, one core a figure.
pub fn draw_all(
    session: &Session,
    measurements: &Measurements,
    subjects: &[Subject],
) -> Result<Vec<Drawn>> {
    let mi = measurements.mi(Comparison::Trained);
    let geometry = Geometry::new(&measurements.geometry, &measurements.copies);
    let mut tasks: Vec<Box<dyn Fn() -> Result<Drawn> + Send + Sync + '_>> = vec![
        Box::new(|| draw("fig-architecture", &architecture::figure(&session.config)?)),
        Box::new(|| draw("fig-loss-curves", &losses::figure(session, &measurements.losses))),
        Box::new(|| draw("fig-max-mi-histogram", &histograms::of_maxima(session, mi))),
        Box::new(|| draw("fig-mean-mi-histogram", &histograms::of_means(session, mi))),
        Box::new(|| {
            draw("fig-controls", &controls::figure(session, measurements, &geometry.copies))
        }),
        Box::new(|| draw("fig-geometry", &geometry::figure(&geometry, subtitle(session)))),
        Box::new(|| draw("fig-blur", &blur::figure(&measurements.blur, subtitle(session)))),
        Box::new(|| draw("fig-bins", &bins::figure(session, &measurements.sensitivity))),
    ];
    for subject in subjects {
        tasks.push(Box::new(move || {
            draw(&format!("fig-features-{}", subject.id), &features::figure(session, subject))
        }));
        tasks.push(Box::new(move || {
            draw(&format!("fig-mean-mi-{}", subject.id), &mean_mi::figure(session, subject))
        }));
    }
    tasks.par_iter().map(|task| task()).collect()
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

impl Drawn {
    /// Writes the figure in both formats; returns the names of the files.
    pub fn write(&self, run: &RunFolder) -> Result<[String; 2]> {
        run.make_folder(FIGURES)?;
        let names = ["png", "svg"].map(|extension| format!("{FIGURES}/{}.{extension}", self.id));
        for (name, bytes) in names.iter().zip([&self.png[..], self.svg.as_bytes()]) {
            files::write(&run.writable_path(name)?, bytes)?;
        }
        Ok(names)
    }
}

/// The colour and mark of a case, the same in every figure.
pub fn category(case: Case) -> usize {
    case as usize
}

/// The label of a case in figures: `A: smaller latent`.
pub fn label(case: Case) -> String {
    format!("{case}: {}", case.description())
}

/// The subtitle of a figure of measured images.
fn subtitle(session: &Session) -> String {
    format!("{} · {} bins", session.subtitle(), session.config.bins)
}
