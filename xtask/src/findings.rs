//! All tables that a measured run holds.

use anyhow::Result;
use dim_models::Case;

use crate::bounds::CaseBounds;
use crate::csv;
use crate::measure::Pairing;
use crate::mi_table::{CaseMi, MiTable};
use crate::probe::Score;
use crate::record::Inputs;
use crate::run::{BOUNDS, PROBE, Run, SENSITIVITY};
use crate::sensitivity::Estimate;

/// What a run measured.
#[derive(Debug, Default)]
pub struct Findings {
    /// A table of MI each, in the order of [`Pairing::ALL`].
    pairings: Vec<Vec<CaseMi>>,
    pub sensitivity: Vec<Estimate>,
    pub bounds: Vec<CaseBounds>,
    pub probe: Vec<Score>,
}

impl Findings {
    /// Reads the tables of a run.
    pub fn open(run: &Run) -> Result<Self> {
        let table = |pairing: Pairing| Ok(MiTable::open(&run.path(pairing.table()))?.cases);
        Ok(Self {
            pairings: Pairing::ALL.into_iter().map(table).collect::<Result<_>>()?,
            sensitivity: csv::read(&run.path(SENSITIVITY))?,
            bounds: csv::read(&run.path(BOUNDS))?,
            probe: csv::read(&run.path(PROBE))?,
        })
    }

    /// MI of one pairing, a case each.
    pub fn of(&self, pairing: Pairing) -> &[CaseMi] {
        let position = Pairing::ALL.iter().position(|&other| other == pairing);
        position.and_then(|i| self.pairings.get(i)).map_or(&[], Vec::as_slice)
    }

    /// MI of one pairing and case, where there is any.
    pub fn of_case(&self, pairing: Pairing, case: Case) -> Option<&CaseMi> {
        self.of(pairing).iter().find(|table| table.case == case)
    }
}

/// The tables as inputs of a step.
pub fn inputs(run: &Run) -> Result<Inputs> {
    let mut inputs = Inputs::new();
    let files = Pairing::ALL.map(Pairing::table).into_iter().chain([SENSITIVITY, BOUNDS, PROBE]);
    for name in files {
        inputs.insert(name.to_owned(), crate::files::digest(&run.path(name))?);
    }
    Ok(inputs)
}

#[cfg(test)]
impl Findings {
    /// Findings of MI alone, in the order of [`Pairing::ALL`], for tests of what is made of it.
    pub fn of_pairings(pairings: Vec<Vec<CaseMi>>) -> Self {
        Self { pairings, ..Self::default() }
    }
}
