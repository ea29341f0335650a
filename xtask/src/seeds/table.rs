//! `seeds.csv`: what each seed and case came to.

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
    pub local: Option<Bounds>,
    pub global: Option<Bounds>,
    /// Accuracy of the linear probe on 8 x 8 cells of the trained maps.
    pub probe: Option<f64>,
}

/// The bounds of one network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub jsd: f64,
    pub dv: f64,
    pub infonce: f64,
}

impl SeedCase {
    /// The rows of one seed.
    pub fn of_seed(seed: u64, findings: &Findings) -> Vec<Self> {
        let of_case = |trained: &CaseMi| {
            let case = trained.case;
            let other = |pairing| findings.of_case(pairing, case).map(|t| mean(t.means()));
            let bounds = |network: &str| {
                let row =
                    findings.bounds.iter().find(|b| b.case == case && b.network == network)?;
                Some(Bounds { jsd: row.jsd, dv: row.dv, infonce: row.infonce })
            };
            let probe: Vec<f64> = findings
                .probe
                .iter()
                .filter(|s| s.representation == Representation::Trained(case) && s.pooling == "8x8")
                .map(|score| score.accuracy)
                .collect();
            let mean_mi = mean(trained.means());
            Self {
                seed,
                case,
                mean_mi,
                max_mi: mean(trained.maxima()),
                untrained: other(Pairing::Untrained).unwrap_or(f64::NAN),
                same_field: other(Pairing::SameField).unwrap_or(mean_mi),
                local: bounds("local"),
                global: bounds("global"),
                probe: (!probe.is_empty()).then(|| mean(&probe)),
            }
        };
        findings.of(Pairing::Trained).iter().map(of_case).collect()
    }

    /// The bounds of its networks, as the tables of a run have them.
    pub fn bounds(&self) -> impl Iterator<Item = CaseBounds> {
        let networks = [("local", self.local), ("global", self.global)];
        let case = self.case;
        networks.into_iter().filter_map(move |(network, bounds)| {
            let Bounds { jsd, dv, infonce } = bounds?;
            Some(CaseBounds { case, network: network.to_owned(), images: 0, jsd, dv, infonce })
        })
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
        for bounds in [self.local, self.global] {
            let values = bounds.map_or([None; 3], |b| [Some(b.jsd), Some(b.dv), Some(b.infonce)]);
            fields.extend(values.map(|v| optional(v.map(|v| format!("{v:.6}")))));
        }
        fields.push(optional(self.probe.map(|v| format!("{v:.6}"))));
        fields
    }
}
