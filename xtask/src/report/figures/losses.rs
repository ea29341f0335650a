//! `fig-loss-curves`.

use mi_plots::{LossCurves, LossPanel, LossSeries};

use super::{category, label};
use crate::run::session::Session;
use crate::tables::losses::EpochLosses;

/// Encoder loss against epoch, one curve a case; its three parts beneath.
pub(super) fn figure(session: &Session, rows: &[EpochLosses]) -> LossCurves {
    let panel = |title: &str, y_label: &str, value: fn(&EpochLosses) -> f64| LossPanel {
        title: title.to_owned(),
        y_label: y_label.to_owned(),
        series: session
            .config
            .cases
            .iter()
            .map(|&case| LossSeries {
                label: label(case),
                category: category(case),
                points: rows
                    .iter()
                    .filter(|row| row.case == case)
                    .map(|row| (row.epoch as f64, value(row)))
                    .collect(),
            })
            .collect(),
    };
    LossCurves {
        title: "Encoder loss during training".to_owned(),
        subtitle: session.subtitle(),
        x_label: "epoch".to_owned(),
        main: panel("Encoder loss L = −(β I local + α I global) + γ prior", "loss L", |l| {
            l.total
        }),
        parts: vec![
            panel("Local information", "−I local", |l| l.local),
            panel("Global information", "−I global", |l| l.global),
            panel("Prior matching", "prior loss", |l| l.prior),
        ],
    }
}
