//! The rows of `seeds.csv`, from the tables of a seed's run.

use anyhow::{Context, Result};

use crate::maths::statistics::mean;
use crate::report::measurements::Measurements;
use crate::run::folder::UNTRAINED;
use crate::tables::bounds::Network;
use crate::tables::comparison::Comparison;
use crate::tables::mi::CaseMi;
use crate::tables::probe::Representation;
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
        let probe: Vec<f64> = measurements
            .probe
            .iter()
            .filter(|row| row.representation == Representation::Trained && row.case == Some(case))
            .filter(|row| row.pooling == "8x8")
            .map(|row| row.accuracy)
            .collect();
        Ok(SeedRow {
            seed,
            case,
            mean_mi_nats: mean(trained.means()),
            max_mi_nats: mean(trained.maxima()),
            untrained_nats: measurements
                .untrained_of(case, seed)
                .with_context(|| format!("{UNTRAINED} lacks case {case}"))?
                .mean_mi_nats,
            common_field_nats: mean_mi(Comparison::CommonField)?,
            local_jsd: local.map(|row| row.jsd),
            local_dv_nats: local.map(|row| row.dv_nats),
            local_infonce_nats: local.map(|row| row.infonce_nats),
            global_jsd: global.map(|row| row.jsd),
            global_dv_nats: global.map(|row| row.dv_nats),
            global_infonce_nats: global.map(|row| row.infonce_nats),
            probe_8x8_accuracy: (!probe.is_empty()).then(|| mean(&probe)),
        })
    };
    measurements.mi(Comparison::Trained).iter().map(of_case).collect()
}
