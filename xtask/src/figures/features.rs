//! `fig-features-*`.

use anyhow::{Result, ensure};
use candle_core::Tensor;
use dim_models::DeepInfoMax;
use mi_plots::{FeatureGrid, GrayImage, GridMap, GridRow};

use super::{Subject, category, label, subtitle};
use crate::mi_table::MiTable;
use crate::run::checkpoint;
use crate::session::Session;

/// An image and its maps for each case, every map titled with its MI.
pub(super) fn figure(session: &Session, mi: &MiTable, subject: &Subject) -> Result<FeatureGrid> {
    let batch = session.source.dataset.gray_tensor(&[subject.index], &session.device)?;
    let image = gray(&batch.squeeze(0)?.squeeze(0)?)?;
    let mut rows = Vec::new();
    for case in session.config.cases() {
        let model = DeepInfoMax::load(&session.run.path(&checkpoint(case)), &session.device)?;
        let maps = model.encode(&batch)?.maps.squeeze(0)?;
        let (count, height, width) = maps.dims3()?;
        let mi = mi.image(case, subject.index)?;
        ensure!(
            mi.len() == count,
            "case {case} has {count} maps, but {} in the MI table",
            mi.len()
        );
        rows.push(GridRow {
            label: format!("{}, {height} × {width}", label(case)),
            category: category(case),
            image: image.clone(),
            maps: mi
                .iter()
                .enumerate()
                .map(|(k, mi)| {
                    Ok(GridMap { pixels: gray(&maps.get(k)?)?, title: format!("{mi:.3}") })
                })
                .collect::<Result<_>>()?,
        });
    }
    Ok(FeatureGrid {
        title: format!("Feature maps: {}", subject.name),
        subtitle: subtitle(session),
        caption: "Beneath each map: its histogram mutual information with the image, in nats. Each map is shown over \
                  its own range, black to white."
            .to_owned(),
        rows,
    })
}

/// A `[height, width]` tensor as an image.
fn gray(pixels: &Tensor) -> Result<GrayImage> {
    let (height, width) = pixels.dims2()?;
    Ok(GrayImage { width, height, values: pixels.flatten_all()?.to_vec1()? })
}
