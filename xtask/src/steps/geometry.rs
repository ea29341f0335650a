//! The geometry step: the weights of each case through the layers of each case. It tells what the
//! layers and the comparison make of the order of the cases, with the weights fixed.

use anyhow::Result;
use dim_models::Case;

use super::encoding::Pass;
use crate::maths::statistics::{mean, standard_deviation};
use crate::run::folder::GEOMETRY;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::geometry::GeometryRow;

/// Measures the trained weights in the layers of every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Geometry, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let cases = &session.config.cases;
    let images: Vec<usize> = (0..session.measured_images()).collect();
    status(&format!("geometry: weights of {} cases through the layers of 4", cases.len()));
    let total = cases.len() * Case::ALL.len() * images.len();
    let progress = Progress::new("geometry", total as u64, "images");
    let bins = session.config.bins;
    let mut rows = Vec::new();
    for &weights in cases {
        let trained = session.trained(weights)?;
        for layers in Case::ALL {
            let model = trained.with_layers_of(layers)?;
            let pass = Pass {
                dataset: &session.images.dataset,
                model: &model,
                progress: &progress,
                name: format!("measuring the weights of case {weights} in the layers of {layers}"),
            };
            let of_images = pass.map(&images, |image| {
                Ok([mean(&image.mi(bins)?), mean(&image.common_field_mi(bins)?)])
            })?;
            let (own, common): (Vec<f64>, Vec<f64>) =
                of_images.into_iter().map(|[own, common]| (own, common)).unzip();
            rows.push(GeometryRow {
                weights,
                layers,
                images: images.len(),
                mean_mi_nats: mean(&own),
                mean_mi_sd: standard_deviation(&own),
                common_field_nats: mean(&common),
                common_field_sd: standard_deviation(&common),
            });
        }
    }
    csv::write(&session.run.writable_path(GEOMETRY)?, &rows)?;
    progress.finish("measured in other layers");
    Ok(())
}
