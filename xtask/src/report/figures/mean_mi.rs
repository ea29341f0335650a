//! `fig-mean-mi-*`.

use mi_plots::{Bar, BarsWithDots};

use super::{CaseMaps, Subject, category, label, subtitle};
use crate::maths::statistics::mean;
use crate::run::session::Session;

/// Mean MI over the maps of one image, a bar a case, every map as a dot.
pub(super) fn figure(session: &Session, subject: &Subject) -> BarsWithDots {
    let bar = |CaseMaps { case, mi, .. }: &CaseMaps| {
        let dots: Vec<f64> = mi.iter().copied().map(f64::from).collect();
        let value = mean(&dots);
        Bar {
            label: label(*case),
            category: category(*case),
            value,
            value_label: Some(format!("mean {value:.3}")),
            dots,
        }
    };
    BarsWithDots {
        title: format!("Mutual information with the image: {}", subject.name),
        subtitle: format!("{} · dot: one map", subtitle(session)),
        y_label: "mutual information (nats)".to_owned(),
        bars: subject.cases.iter().map(bar).collect(),
    }
}
