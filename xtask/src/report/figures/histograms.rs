//! `fig-max-mi-histogram` and `fig-mean-mi-histogram`.

use mi_plots::{Histogram, OverlaidHistograms};

use super::{category, label, subtitle};
use crate::maths::statistics::{histogram, mean, shared_edges};
use crate::run::session::Session;
use crate::tables::mi::CaseMi;

/// Bins shared by the cases.
const BINS: usize = 50;

/// Over all images, the distribution of the largest MI over the maps.
pub(super) fn of_maxima(session: &Session, mi: &[CaseMi]) -> OverlaidHistograms {
    figure(session, mi, "Largest", "largest MI over the maps of an image (nats)", CaseMi::maxima)
}

/// Over all images, the distribution of the mean MI over the maps.
pub(super) fn of_means(session: &Session, mi: &[CaseMi]) -> OverlaidHistograms {
    figure(session, mi, "Mean", "mean MI over the maps of an image (nats)", CaseMi::means)
}

fn figure(
    session: &Session,
    mi: &[CaseMi],
    which: &str,
    x_label: &str,
    values: fn(&CaseMi) -> &[f64],
) -> OverlaidHistograms {
    let values: Vec<&[f64]> = mi.iter().map(values).collect();
    let edges = shared_edges(values.iter().copied().flatten(), BINS);
    let images = values.first().map_or(0, |values| values.len());
    OverlaidHistograms {
        title: format!("{which} mutual information with the image, {images} images"),
        subtitle: subtitle(session),
        x_label: x_label.to_owned(),
        y_label: "images".to_owned(),
        histograms: mi
            .iter()
            .zip(&values)
            .map(|(table, values)| Histogram {
                label: format!("{} (mean {:.3})", label(table.case), mean(values)),
                category: category(table.case),
                counts: histogram(values, &edges),
            })
            .collect(),
        edges,
    }
}
