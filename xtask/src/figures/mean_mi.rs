//! `fig-mean-mi-*`.

use mi_plots::{Bar, BarsWithDots};

use super::{Subject, category, label, subtitle};
use crate::mi_table::CaseMi;
use crate::session::Session;
use crate::statistics::mean;

/// Mean MI over the maps of one image, a bar a case, every map as a dot.
pub(super) fn figure(session: &Session, mi: &[CaseMi], subject: &Subject) -> BarsWithDots {
    let bars = mi
        .iter()
        .map(|table| {
            let dots: Vec<f64> = table.image(subject.index).iter().map(|&v| f64::from(v)).collect();
            let value = mean(&dots);
            Bar {
                label: label(table.case),
                category: category(table.case),
                value,
                value_label: Some(format!("mean {value:.3}")),
                dots,
            }
        })
        .collect();
    BarsWithDots {
        title: format!("Mutual information with the image: {}", subject.name),
        subtitle: format!("{} · dot: one map", subtitle(session)),
        y_label: "mutual information (nats)".to_owned(),
        bars,
    }
}
