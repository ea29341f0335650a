//! The rows of `seeds.csv`, from the tables of a seed's run.

use anyhow::{Context, Result};

use crate::maths::statistics::mean;
use crate::report::measurements::Measurements;
use crate::run::folder::UNTRAINED;
use crate::tables::bounds::Network;
use crate::tables::comparison::Comparison;
use crate::tables::mi::CaseMi;
use crate::tables::probe::{ProbeRow, Representation};
use crate::tables::seeds::SeedRow;

/// A row for each case.
pub fn rows_of_seed(seed: u64, measurements: &Measurements) -> Result<Vec<SeedRow>> {
    let of_case = |trained: &CaseMi| {
        let case = trained.case;
        let mean_mi = |comparison: Comparison| {
            let table = measurements.case_mi(comparison, case);
            let table =
                table.with_context(|| format!("{} lacks case {case}", comparison.file()))?;
            anyhow::Ok(mean(table.means()))
        };
        let bounds = |network: Network| {
            measurements.bounds.iter().find(|row| row.case == case && row.network == network)
        };
        let (local, global) = (bounds(Network::Local), bounds(Network::Global));
        let probe = |pooling: &str| {
            let trained = |row: &&ProbeRow| {
                row.representation == Representation::Trained && row.case == Some(case)
            };
            let of_pooling = measurements.probe.iter().filter(trained);
            let rows = of_pooling.filter(|row| row.pooling == pooling);
            let accuracies: Vec<f64> = rows.map(|row| row.accuracy).collect();
            (!accuracies.is_empty()).then(|| mean(&accuracies))
        };
        let unseen = measurements.unseen.iter().find(|row| row.case == case);
        Ok(SeedRow {
            seed,
            case,
            mean_mi_nats: mean(trained.means()),
            max_mi_nats: mean(trained.maxima()),
            untrained_nats: measurements
                .untrained_of(case, seed)
                .with_context(|| format!("{UNTRAINED} lacks case {case}"))?
                .mean_mi_nats,
            other_image_nats: mean_mi(Comparison::OtherImage)?,
            unseen_nats: unseen.map(|row| row.mean_mi_nats),
            common_field_nats: mean_mi(Comparison::CommonField)?,
            local_jsd: local.map(|row| row.jsd),
            local_dv_nats: local.map(|row| row.dv_nats),
            local_infonce_nats: local.map(|row| row.infonce_nats),
            local_infonce_all_nats: local.map(|row| row.infonce_all_nats),
            global_jsd: global.map(|row| row.jsd),
            global_dv_nats: global.map(|row| row.dv_nats),
            global_infonce_nats: global.map(|row| row.infonce_nats),
            global_infonce_all_nats: global.map(|row| row.infonce_all_nats),
            probe_global_accuracy: probe("global"),
            probe_8x8_accuracy: probe("8x8"),
        })
    };
    measurements.mi(Comparison::Trained).iter().map(of_case).collect()
}
