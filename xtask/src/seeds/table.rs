//! `seeds.csv`: what each seed and case came to.

use anyhow::{Context, Result};
use dim_models::Case;

use crate::bounds::CaseBounds;
use crate::csv::{Row, optional};
use crate::findings::Findings;
use crate::measure::Pairing;
use crate::mi_table::CaseMi;
use crate::probe::Representation;
use crate::statistics::mean;

/// What one seed and case came to; MI in nats, over images and maps.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedCase {
    pub seed: u64,
    pub case: Case,
    pub mean_mi: f64,
    pub max_mi: f64,
    pub untrained: f64,
    pub same_field: f64,
    /// Of the local and of the global network; none where too few images were measured.
    pub bounds: Vec<CaseBounds>,
    /// Accuracy of the linear probe on 8 x 8 cells of the trained maps; `None` where it was left out.
    pub probe: Option<f64>,
}

impl SeedCase {
    /// The rows of one seed.
    pub fn of_seed(seed: u64, findings: &Findings) -> Result<Vec<Self>> {
        let of_case = |trained: &CaseMi| {
            let case = trained.case;
            let of = |pairing: Pairing| {
                let table = findings.of_case(pairing, case);
                let table =
                    table.with_context(|| format!("{} lacks case {case}", pairing.table()))?;
                anyhow::Ok(mean(table.means()))
            };
            let is_of = |score: &&crate::probe::Score| {
                score.representation == Representation::Trained(case) && score.pooling == "8x8"
            };
            let probe: Vec<f64> =
                findings.probe.iter().filter(is_of).map(|score| score.accuracy).collect();
            Ok(Self {
                seed,
                case,
                mean_mi: mean(trained.means()),
                max_mi: mean(trained.maxima()),
                untrained: of(Pairing::Untrained)?,
                same_field: of(Pairing::SameField)?,
                bounds: findings.bounds.iter().filter(|row| row.case == case).cloned().collect(),
                probe: (!probe.is_empty()).then(|| mean(&probe)),
            })
        };
        findings.of(Pairing::Trained).iter().map(of_case).collect()
    }
}

impl Row for SeedCase {
    const COLUMNS: &'static [&'static str] = &[
        "seed",
        "case",
        "mean_mi_nats",
        "max_mi_nats",
        "untrained_nats",
        "same_field_nats",
        "local_jsd",
        "local_dv_nats",
        "local_infonce_nats",
        "global_jsd",
        "global_dv_nats",
        "global_infonce_nats",
        "probe_8x8_accuracy",
    ];

    fn fields(&self) -> Vec<String> {
        let mut fields = vec![self.seed.to_string(), self.case.id().to_owned()];
        let mi = [self.mean_mi, self.max_mi, self.untrained, self.same_field];
        fields.extend(mi.map(|v| format!("{v:.6}")));
        for network in ["local", "global"] {
            let row = self.bounds.iter().find(|row| row.network == network);
            let values = row.map_or([None; 3], |b| [Some(b.jsd), Some(b.dv), Some(b.infonce)]);
            fields.extend(values.map(|v| optional(v.map(|v| format!("{v:.6}")))));
        }
        fields.push(optional(self.probe.map(|v| format!("{v:.6}"))));
        fields
    }
}
