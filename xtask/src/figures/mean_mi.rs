//! `fig-mean-mi-*`.

use anyhow::Result;
use mi_plots::{Bar, BarsWithDots};

use super::{Subject, category, label, subtitle};
use crate::mi_table::MiTable;
use crate::session::Session;
use crate::statistics::mean;

/// Mean MI over the maps of one image, a bar a case, every map as a dot.
pub(super) fn figure(session: &Session, mi: &MiTable, subject: &Subject) -> Result<BarsWithDots> {
    let bars = mi
        .cases
        .iter()
        .map(|table| {
            let dots = mi.image(table.case, subject.index)?;
            let dots: Vec<f64> = dots.into_iter().map(f64::from).collect();
            let value = mean(&dots);
            Ok(Bar {
                label: label(table.case),
                category: category(table.case),
                value,
                value_label: Some(format!("mean {value:.3}")),
                dots,
            })
        })
        .collect::<Result<_>>()?;
    Ok(BarsWithDots {
        title: format!("Mutual information with the image: {}", subject.name),
        subtitle: format!("{} · dot: one map", subtitle(session)),
        y_label: "mutual information (nats)".to_owned(),
        bars,
    })
}
