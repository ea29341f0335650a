//! The unseen step: the same measure over images that training has not seen.

use anyhow::Result;

use super::encoding::Pass;
use super::maps_mi::mean_and_largest;
use crate::maths::statistics::{mean, standard_deviation};
use crate::run::folder::UNSEEN;
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::csv;
use crate::tables::unseen::UnseenRow;

/// Measures every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Unseen, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let mut rows = Vec::new();
    match session.images.unseen()? {
        None => status("unseen: skipped (no photographs that training has not seen)"),
        Some(unseen) => {
            let cases = &session.config.cases;
            let images: Vec<usize> = (0..unseen.dataset.len()).collect();
            status(&format!("unseen: {} images of {}", images.len(), unseen.description));
            let progress = Progress::new("unseen", (cases.len() * images.len()) as u64, "images");
            for &case in cases {
                let model = session.trained(case)?;
                let name = format!("measuring case {case} on unseen images");
                let dataset = &unseen.dataset;
                let pass = Pass { dataset, model: &model, progress: &progress, name };
                let of_images = pass
                    .map(&images, |image| Ok(mean_and_largest(&image.mi(session.config.bins)?)))?;
                let (means, maxima): (Vec<f64>, Vec<f64>) = of_images.into_iter().unzip();
                rows.push(UnseenRow {
                    case,
                    source: unseen.description.clone(),
                    images: images.len(),
                    mean_mi_nats: mean(&means),
                    mean_mi_sd: standard_deviation(&means),
                    max_mi_nats: mean(&maxima),
                    max_mi_sd: standard_deviation(&maxima),
                });
            }
            progress.finish("measured on unseen images");
        }
    }
    csv::write(&session.run.writable_path(UNSEEN)?, &rows)
}
