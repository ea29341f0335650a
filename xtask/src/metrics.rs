//! `metrics.csv`: losses by iteration and case.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use dim_models::{Case, EpochMetrics, GradientNorm, LossValues};

use crate::csv::{self, Fields};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// One-based iteration.
    pub iteration: usize,
    pub case: Case,
    pub losses: LossValues,
    /// Before clipping, over the batches; `None` in tables of before it was recorded.
    pub gradient_norm: Option<GradientNorm>,
    pub seconds: f64,
    pub images_per_s: f64,
}

impl Row {
    pub fn new(case: Case, metrics: &EpochMetrics) -> Self {
        let EpochMetrics { epoch: iteration, losses, gradient_norm, images, seconds, .. } =
            *metrics;
        let (gradient_norm, images_per_s) = (Some(gradient_norm), images as f64 / seconds);
        Self { iteration, case, losses, gradient_norm, seconds, images_per_s }
    }
}

impl csv::Row for Row {
    const COLUMNS: &'static [&'static str] = &[
        "iteration",
        "case",
        "total",
        "local",
        "global",
        "prior",
        "gradient_norm_mean",
        "gradient_norm_max",
        "seconds",
        "images_per_s",
    ];

    fn fields(&self) -> Vec<String> {
        let Self { iteration, case, losses, gradient_norm, seconds, images_per_s } = self;
        let mut fields = vec![iteration.to_string(), case.id().to_owned()];
        // Losses in full precision; the clock has none worth more than milliseconds.
        let LossValues { total, local, global, prior } = losses;
        fields.extend([total, local, global, prior].map(f64::to_string));
        let norms = gradient_norm.map_or([None; 2], |norm| [Some(norm.mean), Some(norm.max)]);
        fields.extend(norms.map(csv::optional));
        fields.extend([format!("{seconds:.3}"), format!("{images_per_s:.2}")]);
        fields
    }
}

impl csv::Parse for Row {
    fn parse(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            iteration: fields.next()?,
            case: fields.next()?,
            losses: LossValues {
                total: fields.next()?,
                local: fields.next()?,
                global: fields.next()?,
                prior: fields.next()?,
            },
            gradient_norm: match (fields.optional()?, fields.optional()?) {
                (Some(mean), Some(max)) => Some(GradientNorm { mean, max }),
                _ => None,
            },
            seconds: fields.next()?,
            images_per_s: fields.next()?,
        })
    }
}

/// The rows of a run; none where there is no table yet.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    if path.exists() { csv::read(path) } else { Ok(Vec::new()) }
}

/// The header and the rows of one case as they stand in the file; `None` where it has none of them.
pub fn rows_text(path: &Path, case: &str) -> Result<Option<String>> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let of_case = |line: &&str| line.split(',').nth(1) == Some(case);
    let rows: Vec<&str> = text.lines().skip(1).filter(of_case).collect();
    let header = text.lines().next().unwrap_or_default();
    Ok((!rows.is_empty()).then(|| format!("{header}\n{}", rows.join("\n"))))
}

fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_to_the_last_digit_and_no_table_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        assert_eq!(read(&path).unwrap(), []);
        let losses = LossValues { total: 2.125, local: 1.0 / 3.0, global: -0.5, prior: 0.7 };
        let gradient_norm = Some(GradientNorm { mean: 0.1, max: 0.7 });
        let row = Row {
            iteration: 3,
            case: Case::B,
            losses,
            gradient_norm,
            seconds: 1.5,
            images_per_s: 42.67,
        };
        csv::write(&path, &[row, Row { iteration: 4, ..row }]).unwrap();
        assert_eq!(read(&path).unwrap(), [row, Row { iteration: 4, ..row }]);
    }
}
