//! The same measure over images that training has not seen.

use std::fmt::Write;

use serde::Serialize;

use crate::report::verdict::order;
use crate::tables::unseen::UnseenRow;

/// MI over unseen images, by case.
#[derive(Debug, Serialize)]
pub(super) struct Unseen {
    cases: Vec<UnseenRow>,
}

impl Unseen {
    pub(super) fn new(rows: &[UnseenRow]) -> Self {
        Self { cases: rows.to_vec() }
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Unseen images\n\n".to_owned();
        let Some(first) = self.cases.first() else {
            return text
                + "Not measured. In a run on the sample photographs, the crops that training did not see \
                       share photographs with those that it saw.\n";
        };
        text += "| case | mean MI (nats) | sd | largest MI (nats) | sd |\n|---|---|---|---|---|\n";
        for row in &self.cases {
            let _ = writeln!(
                text,
                "| {} | {:.4} | {:.4} | {:.4} | {:.4} |",
                row.case, row.mean_mi_nats, row.mean_mi_sd, row.max_mi_nats, row.max_mi_sd
            );
        }
        let _ = writeln!(
            text,
            "\nThe same measure over {} images that training has not seen: {}.",
            first.images, first.source
        );
        text
    }

    /// The order of the cases there.
    pub(super) fn note(&self) -> Option<String> {
        let first = self.cases.first()?;
        let values = self.cases.iter().map(|row| (row.case, row.mean_mi_nats)).collect();
        Some(format!(
            "Over {} unseen images ({}) the order is {}.",
            first.images,
            first.source,
            order(values)
        ))
    }
}
