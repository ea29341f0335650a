//! `fig-features-*`.

use mi_plots::{FeatureGrid, GridMap, GridRow};

use super::{CaseMaps, Subject, category, label, subtitle};
use crate::run::session::Session;

/// An image and its maps by each case, every map titled with its MI.
pub(super) fn figure(session: &Session, subject: &Subject) -> FeatureGrid {
    let row = |CaseMaps { case, maps, mi }: &CaseMaps| {
        let (height, width) = maps.first().map_or((0, 0), |map| (map.height, map.width));
        let titles = mi.iter().map(|mi| format!("{mi:.3}"));
        GridRow {
            label: format!("{}, {height} × {width}", label(*case)),
            category: category(*case),
            image: subject.image.clone(),
            maps: maps
                .iter()
                .zip(titles)
                .map(|(map, title)| GridMap { pixels: map.clone(), title })
                .collect(),
        }
    };
    FeatureGrid {
        title: format!("Feature maps: {}", subject.name),
        subtitle: subtitle(session),
        caption:
            "Beneath each map: its histogram mutual information with the image, in nats. Each \
                  map is shown over its own range, black to white."
                .to_owned(),
        rows: subject.cases.iter().map(row).collect(),
    }
}
