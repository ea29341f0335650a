//! All tables of a measured run.

use anyhow::Result;
use dim_models::Case;

use crate::run::folder::{
    BLUR, BOUNDS, COPIES, GEOMETRY, JOINT, LEADS, PROBE, RunFolder, SENSITIVITY, UNSEEN, UNTRAINED,
    losses,
};
use crate::tables::blur::{BlurRow, CopyRow};
use crate::tables::bounds::BoundsRow;
use crate::tables::comparison::Comparison;
use crate::tables::csv;
use crate::tables::geometry::GeometryRow;
use crate::tables::joint::JointRow;
use crate::tables::losses::EpochLosses;
use crate::tables::mi::{CaseMi, MiTable};
use crate::tables::probe::ProbeRow;
use crate::tables::sensitivity::{EstimateRow, LeadRow};
use crate::tables::unseen::UnseenRow;
use crate::tables::untrained::UntrainedRow;

/// The tables of a run.
#[derive(Debug, Default)]
pub struct Measurements {
    /// In the order of [`Comparison::ALL`].
    pub(super) comparisons: Vec<Vec<CaseMi>>,
    /// By case, then epoch.
    pub losses: Vec<EpochLosses>,
    pub geometry: Vec<GeometryRow>,
    pub blur: Vec<BlurRow>,
    pub copies: Vec<CopyRow>,
    pub untrained: Vec<UntrainedRow>,
    pub unseen: Vec<UnseenRow>,
    pub leads: Vec<LeadRow>,
    pub joint: Vec<JointRow>,
    pub sensitivity: Vec<EstimateRow>,
    pub bounds: Vec<BoundsRow>,
    pub probe: Vec<ProbeRow>,
}

impl Measurements {
    /// Reads the tables of a run.
    pub fn read(run: &RunFolder, cases: &[Case]) -> Result<Self> {
        let table = |comparison: Comparison| Ok(MiTable::open(&run.path(comparison.file()))?.cases);
        let mut all_losses = Vec::new();
        for &case in cases {
            all_losses.extend(csv::read::<EpochLosses>(&run.path(&losses(case)))?);
        }
        Ok(Self {
            comparisons: Comparison::ALL.into_iter().map(table).collect::<Result<_>>()?,
            losses: all_losses,
            geometry: csv::read(&run.path(GEOMETRY))?,
            blur: csv::read(&run.path(BLUR))?,
            copies: csv::read(&run.path(COPIES))?,
            untrained: csv::read(&run.path(UNTRAINED))?,
            unseen: csv::read(&run.path(UNSEEN))?,
            leads: csv::read(&run.path(LEADS))?,
            joint: csv::read(&run.path(JOINT))?,
            sensitivity: csv::read(&run.path(SENSITIVITY))?,
            bounds: csv::read(&run.path(BOUNDS))?,
            probe: csv::read(&run.path(PROBE))?,
        })
    }

    /// MI of one comparison, by case.
    pub fn mi(&self, comparison: Comparison) -> &[CaseMi] {
        let position = Comparison::ALL.iter().position(|&other| other == comparison);
        position.and_then(|i| self.comparisons.get(i)).map_or(&[], Vec::as_slice)
    }

    /// MI of untrained encoders of a case with the weights of one seed, if that was measured.
    pub fn untrained_of(&self, case: Case, weights_seed: u64) -> Option<&UntrainedRow> {
        self.untrained.iter().find(|row| row.case == case && row.weights_seed == weights_seed)
    }

    /// MI of one comparison and case, if it was measured.
    pub fn case_mi(&self, comparison: Comparison, case: Case) -> Option<&CaseMi> {
        self.mi(comparison).iter().find(|table| table.case == case)
    }
}

#[cfg(test)]
impl Measurements {
    /// MI alone, in the order of [`Comparison::ALL`].
    pub fn of_comparisons(comparisons: Vec<Vec<CaseMi>>) -> Self {
        Self { comparisons, ..Self::default() }
    }
}
